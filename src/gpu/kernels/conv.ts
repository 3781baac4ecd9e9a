import {
	type EpilogueShape,
	epilogueWgsl,
	type Expression,
	type Operand,
	operandOffsets,
	operandsAreAligned,
} from './expression.ts';
import { halfWgsl } from './half-wgsl.ts';
import {
	type BoundRange,
	F32_BYTES,
	f32Rows,
	type KernelDispatch,
	type KernelTarget,
} from './kernel-dispatch.ts';

export interface ConvArguments<Ref> {
	readonly label: string;
	/** f32 [inChannels, height/upscale, width/upscale] */
	readonly x: Ref;
	/** f32 [inChannels, 2]: the input becomes SiLU(x · scale + shift) first, which is GroupNorm with SiLU. */
	readonly affine?: Ref;
	/** FP16 [outChannels, inChannels, kernel, kernel] */
	readonly weight: BoundRange<Ref>;
	/** f32 [outChannels, height, width] */
	readonly output: Ref;
	readonly inChannels: number;
	readonly outChannels: number;
	/** Of the output. */
	readonly height: number;
	readonly width: number;
	readonly kernel: 1 | 3;
	/** 2: each pixel of x counts as 2 by 2. */
	readonly upscale: 1 | 2;
	/** Of the sum: plus bias, plus a residual. */
	readonly expression: Expression;
	readonly operands: readonly Operand<Ref>[];
}

const COLUMNS = 128;
const DEPTH = 16;
const THREADS_X = COLUMNS / 8;

/**
 * 'Same' convolution on FP16 weights, in f32.
 *
 * @throws RangeError for a tensor that one binding cannot hold
 */
export function conv<Ref>(
	args: ConvArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { inChannels, outChannels, height, width, kernel, upscale, operands } = args;
	const pixels = height * width;
	const inputPixels = pixels / upscale ** 2;
	const depth = inChannels * kernel ** 2;
	const largest = Math.max(pixels * outChannels, inputPixels * inChannels) * F32_BYTES;
	if (largest > target.limits.maxStorageBufferBindingSize) {
		throw new RangeError(`${args.label}: ${largest} bytes exceed a binding`);
	}
	const vectorised = operandsAreAligned(operands, pixels);
	const rowGroups = outChannels <= 16 ? 1 : 2;
	const tileRows = rowGroups === 1 ? 16 : 64;
	const wgsl = convWgsl({
		rowGroups,
		tileRows,
		kernel,
		upscale,
		hasAffine: args.affine !== undefined,
		weightsAligned: depth % 4 === 0,
		unpackKeepsSubnormals: target.unpackKeepsSubnormals,
		epilogue: { expression: args.expression, operands, vectorised },
	});
	const flopsPerPixel = 2 * depth * outChannels;
	const affordable = Math.floor(target.maxDispatchFlops / flopsPerPixel / COLUMNS) * COLUMNS;
	const step = Math.max(COLUMNS, Math.min(pixels, affordable));
	const dispatches: KernelDispatch<Ref>[] = [];
	for (let first = 0; first < pixels; first += step) {
		const count = Math.min(step, pixels - first);
		const shape = [outChannels, pixels, depth, first];
		const extents = [width, height, inputPixels, width / upscale];
		dispatches.push({
			label: args.label,
			wgsl,
			job: new Uint32Array([...shape, ...operandOffsets(operands), ...extents]),
			bindings: [
				f32Rows(args.x, inputPixels, { start: 0, count: inChannels }),
				args.weight,
				f32Rows(args.output, pixels, { start: 0, count: outChannels }),
				...(args.affine === undefined
					? []
					: [f32Rows(args.affine, 2, { start: 0, count: inChannels })]),
				...operands,
			],
			workgroups: [Math.ceil(count / COLUMNS), Math.ceil(outChannels / tileRows), 1],
			flops: flopsPerPixel * count,
		});
	}
	return dispatches;
}

interface ConvShader {
	readonly rowGroups: 1 | 2;
	readonly tileRows: number;
	readonly kernel: 1 | 3;
	readonly upscale: 1 | 2;
	readonly hasAffine: boolean;
	/** True if four weights in a row are eight aligned bytes. */
	readonly weightsAligned: boolean;
	readonly unpackKeepsSubnormals: boolean;
	readonly epilogue: EpilogueShape;
}

/**
 * A matrix product, as in `linear`: rows are output channels, columns are pixels, and the shared extent
 * runs over input channels and the kernel's taps. The second operand is never stored: its slice is
 * gathered from the image, zero beyond the border. A thread gathers the same four pixels of every
 * slice, so their coordinates are computed once.
 */
function convWgsl(shader: ConvShader): string {
	const { rowGroups, tileRows, kernel, upscale, hasAffine, epilogue } = shader;
	const threads = (tileRows / (4 * rowGroups)) * THREADS_X;
	const taps = kernel ** 2;
	const rowVectors = tileRows / 4;
	const stride = rowVectors + 1;
	const vectors = COLUMNS / 4;
	const groups = rowGroups === 1 ? [0] : [0, 1];
	const sums = groups.flatMap((group) => [0, 1, 2, 3].map((row) => ({ group, row })));
	const lines = (depth: number, parts: readonly string[]): string =>
		parts.map((part) => '\t'.repeat(depth) + part).join('\n');
	const element = epilogue.vectorised ? 'vec4f' : 'f32';
	const source = upscale === 2 ? ' >> vec4u(1u)' : '';
	const weightsAt = shader.weightsAligned
		? `	let halves = weights[at >> 2u];
	return vec4f(widen2(halves.x), widen2(halves.y));`
		: `	return vec4f(${[0, 1, 2, 3]
				.map((i) => `widen2(weights[(at + ${i}u) >> 1u])[(at + ${i}u) & 1u]`)
				.join(
					', ',
				)}) * select(vec4f(), vec4f(1.0), vec4u(k) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.depth));`;
	const put = epilogue.vectorised
		? '	y[(row * job.columns + column) >> 2u] = epilogue(sum, sum, row, column);'
		: `	let result = epilogue(sum, sum, row, column);
	for (var i = 0u; i < 4u; i++) {
		if (column + i < job.columns) { y[row * job.columns + column + i] = result[i]; }
	}`;
	return `struct Job { rows: u32, columns: u32, depth: u32, firstColumn: u32, operandOffsets: vec4u, width: u32, height: u32, inputPixels: u32, inputWidth: u32 }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [inChannels, inputPixels]
@group(0) @binding(2) var<storage, read> weights: array<${shader.weightsAligned ? 'vec2u' : 'u32'}>; // FP16 [rows, depth]
@group(0) @binding(3) var<storage, read_write> y: array<${element}>; // [rows, columns]
${hasAffine ? '@group(0) @binding(4) var<storage, read> affine: array<vec2f>; // [inChannels]: scale, shift\n' : ''}
var<workgroup> weightTile: array<vec4f, ${DEPTH * stride}>; // [depth][rows / 4 + 1], transposed
var<workgroup> pixelTile: array<vec4f, ${DEPTH * vectors}>; // [depth][columns / 4]

${halfWgsl(shader.unpackKeepsSubnormals)}${epilogueWgsl(epilogue, hasAffine ? 5 : 4)}
/// Four weights of an output channel.
fn weightsAt(row: u32, k: u32) -> vec4f {
	if (k >= job.depth) { return vec4f(); }
	let at = min(row, job.rows - 1u) * job.depth + k;
${weightsAt}
}

/// What place k of the shared extent sees of four pixels.
fn pixelsAt(k: u32, pixelX: vec4i, pixelY: vec4i) -> vec4f {
	if (k >= job.depth) { return vec4f(); }
	let channel = k / ${taps}u;
	let tap = k % ${taps}u;
	let atX = pixelX + vec4i(i32(tap % ${kernel}u) - ${(kernel - 1) / 2});
	let atY = pixelY + vec4i(i32(tap / ${kernel}u) - ${(kernel - 1) / 2});
	let inside = (vec4u(atX) < vec4u(job.width)) & (vec4u(atY) < vec4u(job.height));
	let at = select(vec4u(), (vec4u(atY)${source}) * job.inputWidth + (vec4u(atX)${source}), inside) + channel * job.inputPixels;
	var values = vec4f(x[at.x], x[at.y], x[at.z], x[at.w]);
${
	hasAffine
		? `	let change = affine[channel];
	values = values * change.x + change.y;
	values = values / (1.0 + exp(-values));
`
		: ''
}	return select(vec4f(), values, inside);
}

fn put(row: u32, column: u32, sum: vec4f) {
	if (row >= job.rows || column >= job.columns) { return; }
${put}
}

@compute @workgroup_size(${threads})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let firstRow = group.y * ${tileRows}u;
	let firstColumn = job.firstColumn + group.x * ${COLUMNS}u;
	let threadRow = thread / ${THREADS_X}u;
	let threadColumn = thread % ${THREADS_X}u;
	let ownColumns = vec4u(firstColumn + (thread % ${vectors}u) * 4u) + vec4u(0u, 1u, 2u, 3u);
	let pixelX = vec4i(ownColumns % job.width);
	let pixelY = vec4i(ownColumns / job.width);
${lines(
	1,
	sums.map(({ group, row }) => `var c${group}${row}0 = vec4f(); var c${group}${row}1 = vec4f();`),
)}
	for (var k = 0u; k < job.depth; k += ${DEPTH}u) {
		for (var block = thread; block < ${(rowVectors * DEPTH) / 4}u; block += ${threads}u) {
			let row = block / ${DEPTH / 4}u;
			let depth = (block % ${DEPTH / 4}u) * 4u;
			let a = weightsAt(firstRow + row * 4u, k + depth);
			let b = weightsAt(firstRow + row * 4u + 1u, k + depth);
			let c = weightsAt(firstRow + row * 4u + 2u, k + depth);
			let d = weightsAt(firstRow + row * 4u + 3u, k + depth);
${lines(
	3,
	['x', 'y', 'z', 'w'].map(
		(lane, i) =>
			`weightTile[(depth + ${i}u) * ${stride}u + row] = vec4f(a.${lane}, b.${lane}, c.${lane}, d.${lane});`,
	),
)}
		}
		for (var depth = thread / ${vectors}u; depth < ${DEPTH}u; depth += ${threads / vectors}u) {
			pixelTile[depth * ${vectors}u + thread % ${vectors}u] = pixelsAt(k + depth, pixelX, pixelY);
		}
		workgroupBarrier();
		for (var d = 0u; d < ${DEPTH}u; d++) {
${lines(
	3,
	groups.map(
		(group) =>
			`let a${group} = weightTile[d * ${stride}u + ${(group * rowVectors) / 2}u + threadRow];`,
	),
)}
			let b0 = pixelTile[d * ${vectors}u + threadColumn];
			let b1 = pixelTile[d * ${vectors}u + ${vectors / 2}u + threadColumn];
${lines(
	3,
	sums.map(
		({ group, row }) =>
			`c${group}${row}0 = fma(vec4f(a${group}[${row}]), b0, c${group}${row}0); c${group}${row}1 = fma(vec4f(a${group}[${row}]), b1, c${group}${row}1);`,
	),
)}
		}
		workgroupBarrier();
	}
${lines(
	1,
	sums.flatMap(({ group, row }) =>
		[0, 1].map(
			(half) =>
				`put(firstRow + ${(group * tileRows) / 2}u + threadRow * 4u + ${row}u, firstColumn + ${(half * COLUMNS) / 2}u + threadColumn * 4u, c${group}${row}${half});`,
		),
	),
)}
}
`;
}
