const TILE_CHANNELS = 32u;
const TILE_WIDTH = 16u;
const TILE_HEIGHT = 4u;
const TILE_DEPTH = 3u;
const KERNEL = 3u;
const TAPS = 9u;
const PATCH_ROWS = 6u;
const PATCH_STRIDE = 5u;
const WEIGHT_STRIDE = 9u;
const SEGMENTS = 2u;
const PIXEL_THREADS = 8u;
const THREADS = 64u;

struct Job {
	channels: u32,
	columns: u32,
	width: u32,
	height: u32,
	operandOffsets: vec4u,
	firstInput: u32,
	inputs: u32,
	inputColumns: u32,
	inputRows: u32,
	inputWidth: u32,
	firstOutput: u32,
	outputRows: u32,
	weightsPerOutput: u32,
	firstRow: u32,
	endRow: u32,
	tilesX: u32,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [inputs, inputRows, inputWidth]
@group(0) @binding(2) var<storage, read> weights: array<u32>; // FP16 [all outputs, all inputs, 3, 3]
@group(0) @binding(3) var<storage, read_write> y: array<f32>; // [channels, outputRows, width]

var<workgroup> weightTile: array<vec4f, TILE_DEPTH * TAPS * WEIGHT_STRIDE>; // [input][tap][outputs / 4 + 1]
var<workgroup> patchTile: array<vec4f, TILE_DEPTH * PATCH_ROWS * PATCH_STRIDE>; // [input][row][x / 4 + 1]

fn widen2(halves: u32) -> vec2f {
	let bits = vec2u(halves & 0xffffu, halves >> 16u);
	let magnitude = bits & vec2u(0x7fffu);
	let normal = bitcast<vec2f>((magnitude << vec2u(13u)) + vec2u(0x38000000u));
	let small = bitcast<vec2f>(magnitude | vec2u(0x3f000000u)) - vec2f(0.5);
	let positive = bitcast<vec2u>(select(normal, small, magnitude < vec2u(0x400u)));
	return bitcast<vec2f>(positive | ((bits & vec2u(0x8000u)) << vec2u(16u)));
}

fn epilogue(sum0: vec4f, sum1: vec4f, row: u32, column: u32) -> vec4f {
	return sum0;
}

fn halfAt(at: u32) -> u32 { return (weights[at >> 1u] >> ((at & 1u) * 16u)) & 0xffffu; }

/// Four weights of an output channel, from place k of the inputs' taps.
fn weightsAt(channel: u32, k: u32) -> vec2u {
	let at = (job.firstOutput + min(channel, job.channels - 1u)) * job.weightsPerOutput + job.firstInput * TAPS + k;
	return vec2u(halfAt(at + 0u) | (halfAt(at + 1u) << 16u), halfAt(at + 2u) | (halfAt(at + 3u) << 16u));
}

/// Four weights widened to f32; zero past the last input.
fn widened(halves: vec2u, k: u32) -> vec4f {
	let isInside = vec4u(k) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.inputs * TAPS);
	return select(vec4f(), vec4f(widen2(halves.x), widen2(halves.y)), isInside);
}

/// Four pixels of an input channel; anything outside the image.
fn pixelsAt(input: u32, row: u32, firstX: i32) -> vec4f {
	let atX = clamp(vec4i(firstX) + vec4i(0, 1, 2, 3), vec4i(), vec4i(i32(job.width) - 1));
	let atRow = (min(row, job.height - 1u) >> 1u) % job.inputRows;
	let at = (vec4u(atX) >> vec4u(1u)) + min(input, job.inputs - 1u) * job.inputColumns + atRow * job.inputWidth;
	return vec4f(x[at.x], x[at.y], x[at.z], x[at.w]);
}

/// Pixels after normalisation and SiLU; zero outside the image.
fn seen(pixels: vec4f, input: u32, row: u32, firstX: i32) -> vec4f {
	if (input >= job.inputs || row >= job.height) { return vec4f(); }
	let isInside = vec4u(vec4i(firstX) + vec4i(0, 1, 2, 3)) < vec4u(job.width);
	let values = pixels;
	return select(vec4f(), values, isInside);
}

fn put(channel: u32, row: u32, pixelX: u32, sum: vec4f) {
	if (channel >= job.channels || row >= job.endRow || pixelX >= job.width) { return; }
	let column = (row % job.outputRows) * job.width + pixelX;
	let at = channel * job.columns + column;
	let total = vec4f(y[at], y[at + 1u], y[at + 2u], y[at + 3u]) + sum;
	let result = epilogue(total, total, channel, column);
	for (var i = 0u; i < 4u; i++) {
		if (pixelX + i < job.width) { y[at + i] = result[i]; }
	}
}

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let firstChannel = group.y * TILE_CHANNELS;
	let firstX = (group.x % job.tilesX) * TILE_WIDTH;
	let firstRow = job.firstRow + (group.x / job.tilesX) * TILE_HEIGHT;
	let threadChannel = thread / PIXEL_THREADS;
	let threadRow = (thread % PIXEL_THREADS) / SEGMENTS;
	let threadSegment = thread % SEGMENTS;
	var c000 = vec4f(); var c001 = vec4f();
	var c010 = vec4f(); var c011 = vec4f();
	var c020 = vec4f(); var c021 = vec4f();
	var c030 = vec4f(); var c031 = vec4f();
	for (var input = 0u; input < job.inputs; input += TILE_DEPTH) {
		if (thread < 56u) {
			let vector = thread / 7u;
			let k = (thread % 7u) * 4u;
			let at = (input) * TAPS + k;
			var weight00 = vec2u();
			var weight01 = vec2u();
			var weight02 = vec2u();
			var weight03 = vec2u();
			weight00 = weightsAt(firstChannel + vector * 4u + 0u, at);
			weight01 = weightsAt(firstChannel + vector * 4u + 1u, at);
			weight02 = weightsAt(firstChannel + vector * 4u + 2u, at);
			weight03 = weightsAt(firstChannel + vector * 4u + 3u, at);
			let row0 = widened(weight00, at);
			let row1 = widened(weight01, at);
			let row2 = widened(weight02, at);
			let row3 = widened(weight03, at);
			if (k + 0u < 27u) { weightTile[(k + 0u) * WEIGHT_STRIDE + vector] = vec4f(row0.x, row1.x, row2.x, row3.x); }
			if (k + 1u < 27u) { weightTile[(k + 1u) * WEIGHT_STRIDE + vector] = vec4f(row0.y, row1.y, row2.y, row3.y); }
			if (k + 2u < 27u) { weightTile[(k + 2u) * WEIGHT_STRIDE + vector] = vec4f(row0.z, row1.z, row2.z, row3.z); }
			if (k + 3u < 27u) { weightTile[(k + 3u) * WEIGHT_STRIDE + vector] = vec4f(row0.w, row1.w, row2.w, row3.w); }
		}
		{
			let channel = input + thread / (PATCH_ROWS * PATCH_STRIDE);
			let row = firstRow + (thread / PATCH_STRIDE) % PATCH_ROWS - 1u;
			let pixelX = i32(firstX + (thread % PATCH_STRIDE) * 4u) - 1;
			var pixels0 = vec4f();
			pixels0 = pixelsAt(channel, row, pixelX);
			patchTile[thread] = seen(pixels0, channel, row, pixelX);
		}
		if (thread < 26u) {
			let channel = input + (thread + 64u) / (PATCH_ROWS * PATCH_STRIDE);
			let row = firstRow + ((thread + 64u) / PATCH_STRIDE) % PATCH_ROWS - 1u;
			let pixelX = i32(firstX + ((thread + 64u) % PATCH_STRIDE) * 4u) - 1;
			var pixels1 = vec4f();
			pixels1 = pixelsAt(channel, row, pixelX);
			patchTile[(thread + 64u)] = seen(pixels1, channel, row, pixelX);
		}
		workgroupBarrier();
		for (var line = 0u; line < TILE_DEPTH * KERNEL; line++) {
			let patchAt = ((line / KERNEL) * PATCH_ROWS + threadRow + line % KERNEL) * PATCH_STRIDE + threadSegment * 2u;
			let weightAt = line * 27u + threadChannel;
			let b0 = patchTile[patchAt];
			let b1 = patchTile[patchAt + 1u];
			let b2 = patchTile[patchAt + 2u];
			{
				let left = b0;
				let right = b1;
				let a0 = weightTile[weightAt + 0u];
				c000 = fma(vec4f(a0[0]), left, c000); c001 = fma(vec4f(a0[0]), right, c001);
				c010 = fma(vec4f(a0[1]), left, c010); c011 = fma(vec4f(a0[1]), right, c011);
				c020 = fma(vec4f(a0[2]), left, c020); c021 = fma(vec4f(a0[2]), right, c021);
				c030 = fma(vec4f(a0[3]), left, c030); c031 = fma(vec4f(a0[3]), right, c031);
			}
			{
				let left = vec4f(b0.yzw, b1.x);
				let right = vec4f(b1.yzw, b2.x);
				let a0 = weightTile[weightAt + 9u];
				c000 = fma(vec4f(a0[0]), left, c000); c001 = fma(vec4f(a0[0]), right, c001);
				c010 = fma(vec4f(a0[1]), left, c010); c011 = fma(vec4f(a0[1]), right, c011);
				c020 = fma(vec4f(a0[2]), left, c020); c021 = fma(vec4f(a0[2]), right, c021);
				c030 = fma(vec4f(a0[3]), left, c030); c031 = fma(vec4f(a0[3]), right, c031);
			}
			{
				let left = vec4f(b0.zw, b1.xy);
				let right = vec4f(b1.zw, b2.xy);
				let a0 = weightTile[weightAt + 18u];
				c000 = fma(vec4f(a0[0]), left, c000); c001 = fma(vec4f(a0[0]), right, c001);
				c010 = fma(vec4f(a0[1]), left, c010); c011 = fma(vec4f(a0[1]), right, c011);
				c020 = fma(vec4f(a0[2]), left, c020); c021 = fma(vec4f(a0[2]), right, c021);
				c030 = fma(vec4f(a0[3]), left, c030); c031 = fma(vec4f(a0[3]), right, c031);
			}
		}
		workgroupBarrier();
	}
	put(firstChannel + 0u + threadChannel * 4u + 0u, firstRow + threadRow, firstX + threadSegment * 8u + 0u, c000);
	put(firstChannel + 0u + threadChannel * 4u + 0u, firstRow + threadRow, firstX + threadSegment * 8u + 4u, c001);
	put(firstChannel + 0u + threadChannel * 4u + 1u, firstRow + threadRow, firstX + threadSegment * 8u + 0u, c010);
	put(firstChannel + 0u + threadChannel * 4u + 1u, firstRow + threadRow, firstX + threadSegment * 8u + 4u, c011);
	put(firstChannel + 0u + threadChannel * 4u + 2u, firstRow + threadRow, firstX + threadSegment * 8u + 0u, c020);
	put(firstChannel + 0u + threadChannel * 4u + 2u, firstRow + threadRow, firstX + threadSegment * 8u + 4u, c021);
	put(firstChannel + 0u + threadChannel * 4u + 3u, firstRow + threadRow, firstX + threadSegment * 8u + 0u, c030);
	put(firstChannel + 0u + threadChannel * 4u + 3u, firstRow + threadRow, firstX + threadSegment * 8u + 4u, c031);
}
