import { Bindings, read, readWrite } from '../wgsl/bindings.ts';
import { forPieces } from '../wgsl/cooperative-load.ts';
import { type EpilogueShape, epilogueWgsl, operandBindings } from '../wgsl/epilogue.ts';
import { halfWgsl } from '../wgsl/half-wgsl.ts';
import { jobLayout, u32 } from '../wgsl/job-layout.ts';
import { range } from '../wgsl/range.ts';
import { wgsl } from '../wgsl/wgsl.ts';
import { type ConvLoad, convLoads } from './conv-loads.ts';
import {
	convThreads,
	type ConvTile,
	patchVectors,
	THREAD_PIXELS,
	weightVectors,
} from './conv-tile.ts';

export interface ConvShader {
	readonly tile: ConvTile;
	readonly kernel: 1 | 3;
	readonly upscale: 1 | 2;
	readonly hasAffine: boolean;
	readonly accumulate: boolean;
	/** True if four weights in a row are eight aligned bytes. */
	readonly weightsAligned: boolean;
	readonly unpackKeepsSubnormals: boolean;
	readonly epilogue: EpilogueShape;
}

/** `columns`: elements of an output channel in its buffer. `inputColumns`: the same of an input channel. */
export const CONV_JOB = jobLayout({
	...u32('channels', 'columns', 'width', 'height'),
	operandOffsets: 'vec4u',
	...u32('firstInput', 'inputs', 'inputColumns', 'inputRows', 'inputWidth', 'firstOutput'),
	...u32('outputRows', 'weightsPerOutput', 'firstRow', 'endRow', 'tilesX'),
});

export function convBindings({
	kernel,
	weightsAligned,
	hasAffine,
	epilogue,
}: ConvShader): Bindings {
	const weights = `FP16 [all outputs, all inputs, ${kernel}, ${kernel}]`;
	return new Bindings([
		read('x', 'f32', '[inputs, inputRows, inputWidth]'),
		read('weights', weightsAligned ? 'vec2u' : 'u32', weights),
		readWrite('y', epilogue.vectorised ? 'vec4f' : 'f32', '[channels, outputRows, width]'),
		hasAffine && read('affine', 'vec2f', '[all inputs]: scale, shift'),
		...operandBindings(epilogue),
	]);
}

/**
 * A workgroup computes a tile of output channels for a patch of the image, a few input channels at a
 * time: their patch, with a border for the kernel's taps, goes to workgroup memory once, normalized
 * and activated, zero beyond the image; and so do their weights, widened and transposed. Then for each
 * channel and row of the kernel a thread reads the 12 pixels that its 8 see through all taps of that
 * row, and adds the products with its 8 (or 4) output channels' weights: 9 vec4f reads for 192
 * multiply-adds. A thread's channels lie in groups of four, half a tile apart. With prefetch, the next
 * slice is on its way from the GPU's memory to registers meanwhile.
 */
export function convWgsl(shader: ConvShader): string {
	const { tile, kernel } = shader;
	const segments = tile.width / THREAD_PIXELS;
	const patchRows = tile.height + kernel - 1;
	const weightLine = kernel * weightVectors(tile);
	const sums = range(tile.threadChannels / 4).flatMap((group) =>
		range(4).map((row) => ({ group, row })),
	);
	return wgsl`
		const TILE_CHANNELS = ${tile.outChannels}u;
		const TILE_WIDTH = ${tile.width}u;
		const TILE_HEIGHT = ${tile.height}u;
		const TILE_DEPTH = ${tile.depth}u;
		const KERNEL = ${kernel}u;
		const TAPS = ${kernel ** 2}u;
		const PATCH_ROWS = ${patchRows}u;
		const PATCH_STRIDE = ${patchVectors(tile)}u;
		const WEIGHT_STRIDE = ${weightVectors(tile)}u;
		const SEGMENTS = ${segments}u;
		const PIXEL_THREADS = ${segments * tile.height}u;
		const THREADS = ${convThreads(tile)}u;

		${CONV_JOB.wgsl}
		${convBindings(shader).wgsl}

		var<workgroup> weightTile: array<vec4f, TILE_DEPTH * TAPS * WEIGHT_STRIDE>; // [input][tap][outputs / 4 + 1]
		var<workgroup> patchTile: array<vec4f, TILE_DEPTH * PATCH_ROWS * PATCH_STRIDE>; // [input][row][x / 4 + 1]

		${halfWgsl(shader.unpackKeepsSubnormals)}

		${epilogueWgsl(shader.epilogue)}

		${accessorsWgsl(shader)}

		@compute @workgroup_size(THREADS)
		fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
			let firstChannel = group.y * TILE_CHANNELS;
			let firstX = (group.x % job.tilesX) * TILE_WIDTH;
			let firstRow = job.firstRow + (group.x / job.tilesX) * TILE_HEIGHT;
			let threadChannel = thread / PIXEL_THREADS;
			let threadRow = (thread % PIXEL_THREADS) / SEGMENTS;
			let threadSegment = thread % SEGMENTS;
			${sums.map(({ group, row }) => `var c${group}${row}0 = vec4f(); var c${group}${row}1 = vec4f();`)}
			${slicesWgsl(
				shader,
				wgsl`
					for (var line = 0u; line < TILE_DEPTH * KERNEL; line++) {
						let patchAt = ((line / KERNEL) * PATCH_ROWS + threadRow + line % KERNEL) * PATCH_STRIDE + threadSegment * 2u;
						let weightAt = line * ${weightLine}u + threadChannel;
						let b0 = patchTile[patchAt];
						let b1 = patchTile[patchAt + 1u];
						${kernel === 3 && 'let b2 = patchTile[patchAt + 2u];'}
						${range(kernel).map((tap) => multiplyTapWgsl(tile, tap))}
					}
				`,
			)}
			${sums.flatMap(({ group, row }) =>
				range(2).map(
					(half) =>
						`put(firstChannel + ${(group * tile.outChannels) / 2}u + threadChannel * 4u + ${row}u, firstRow + threadRow, firstX + threadSegment * ${THREAD_PIXELS}u + ${half * 4}u, c${group}${row}${half});`,
				),
			)}
		}
	`;
}

/** All slices of input channels, moved and multiplied. */
function slicesWgsl({ tile, kernel }: ConvShader, multiply: string): string {
	const all = convLoads(tile, kernel);
	const statements = (of: (load: ConvLoad) => readonly string[]): readonly string[] =>
		all.flatMap((load) => forPieces([load.piece], () => of(load)));
	const fetch = (input: string) => statements((load) => [...load.place(input), ...load.fetch]);
	if (!tile.prefetch) {
		return wgsl`
			for (var input = 0u; input < job.inputs; input += TILE_DEPTH) {
				${statements((load) => [...load.place('input'), ...load.declare, ...load.fetch, ...load.store])}
				workgroupBarrier();
				${multiply}
				workgroupBarrier();
			}
		`;
	}
	return wgsl`
		${all.map(({ declare }) => declare)}
		${fetch('0u')}
		for (var input = 0u; input < job.inputs; input += TILE_DEPTH) {
			${statements((load) => [...load.place('input'), ...load.store])}
			workgroupBarrier();
			${fetch('input + TILE_DEPTH')}
			${multiply}
			workgroupBarrier();
		}
	`;
}

/** Adds the products of one tap in a row of them. */
function multiplyTapWgsl({ outChannels, threadChannels }: ConvTile, tap: number): string {
	const groups = range(threadChannels / 4);
	const [left, right] = pixelsOfTap(tap);
	const stride = weightVectors({ outChannels });
	return wgsl`
		{
			let left = ${left};
			let right = ${right};
			${groups.map((group) => `let a${group} = weightTile[weightAt + ${tap * stride + (group * outChannels) / 8}u];`)}
			${groups.flatMap((group) =>
				range(4).map((row) =>
					['left', 'right']
						.map((pixels, half) => {
							const sum = `c${group}${row}${half}`;
							return `${sum} = fma(vec4f(a${group}[${row}]), ${pixels}, ${sum});`;
						})
						.join(' '),
				),
			)}
		}
	`;
}

/** The eight pixels that a thread's own see through a tap, of the twelve that it has read. */
function pixelsOfTap(tap: number): readonly [left: string, right: string] {
	if (tap === 0) return ['b0', 'b1'];
	const [end, start] = ['xyzw'.slice(tap), 'xyzw'.slice(0, tap)];
	return [`vec4f(b0.${end}, b1.${start})`, `vec4f(b1.${end}, b2.${start})`];
}

function accessorsWgsl(shader: ConvShader): string {
	const { upscale, hasAffine, weightsAligned } = shader;
	const isUpscaled = upscale === 2;
	const fourHalves = [0, 2].map((i) => `halfAt(at + ${i}u) | (halfAt(at + ${i + 1}u) << 16u)`);
	return wgsl`
		${!weightsAligned && 'fn halfAt(at: u32) -> u32 { return (weights[at >> 1u] >> ((at & 1u) * 16u)) & 0xffffu; }'}

		/// Four weights of an output channel, from place k of the inputs' taps.
		fn weightsAt(channel: u32, k: u32) -> vec2u {
			let at = (job.firstOutput + min(channel, job.channels - 1u)) * job.weightsPerOutput + job.firstInput * TAPS + k;
			return ${weightsAligned ? 'weights[at >> 2u]' : `vec2u(${fourHalves.join(', ')})`};
		}

		/// Four weights widened to f32; zero past the last input.
		fn widened(halves: vec2u, k: u32) -> vec4f {
			let isInside = vec4u(k) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.inputs * TAPS);
			return select(vec4f(), vec4f(widen2(halves.x), widen2(halves.y)), isInside);
		}

		/// Four pixels of an input channel; anything outside the image.
		fn pixelsAt(input: u32, row: u32, firstX: i32) -> vec4f {
			let atX = clamp(vec4i(firstX) + vec4i(0, 1, 2, 3), vec4i(), vec4i(i32(job.width) - 1));
			let atRow = (min(row, job.height - 1u)${isUpscaled && ' >> 1u'}) % job.inputRows;
			let at = (vec4u(atX)${isUpscaled && ' >> vec4u(1u)'}) + min(input, job.inputs - 1u) * job.inputColumns + atRow * job.inputWidth;
			return vec4f(x[at.x], x[at.y], x[at.z], x[at.w]);
		}

		/// Pixels after normalisation and SiLU; zero outside the image.
		fn seen(pixels: vec4f, input: u32, row: u32, firstX: i32) -> vec4f {
			if (input >= job.inputs || row >= job.height) { return vec4f(); }
			let isInside = vec4u(vec4i(firstX) + vec4i(0, 1, 2, 3)) < vec4u(job.width);
			${hasAffine ? ACTIVATED : 'let values = pixels;'}
			return select(vec4f(), values, isInside);
		}

		fn put(channel: u32, row: u32, pixelX: u32, sum: vec4f) {
			if (channel >= job.channels || row >= job.endRow || pixelX >= job.width) { return; }
			let column = (row % job.outputRows) * job.width + pixelX;
			${storeWgsl(shader)}
		}
	`;
}

const ACTIVATED = wgsl`
	let change = affine[job.firstInput + input];
	let normalized = pixels * change.x + change.y;
	let values = normalized / (1.0 + exp(min(-normalized, vec4f(80.0))));
`;

function storeWgsl({ accumulate, epilogue }: ConvShader): string {
	if (epilogue.vectorised) {
		return wgsl`
			let at = (channel * job.columns + column) >> 2u;
			y[at] = epilogue(${accumulate && 'y[at] + '}sum, sum, channel, column);
		`;
	}
	return wgsl`
		let at = channel * job.columns + column;
		let total = ${accumulate && 'vec4f(y[at], y[at + 1u], y[at + 2u], y[at + 3u]) + '}sum;
		let result = epilogue(total, total, channel, column);
		for (var i = 0u; i < 4u; i++) {
			if (pixelX + i < job.width) { y[at + i] = result[i]; }
		}
	`;
}
