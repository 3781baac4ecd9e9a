const TILE_CHANNELS = 32u;
const TILE_WIDTH = 16u;
const TILE_HEIGHT = 4u;
const TILE_DEPTH = 4u;
const KERNEL = 3u;
const TAPS = 9u;
const PATCH_ROWS = 6u;
const PATCH_STRIDE = 5u;
const WEIGHT_STRIDE = 9u;
const SEGMENTS = 2u;
const PIXEL_THREADS = 8u;
const THREADS = 32u;

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
@group(0) @binding(2) var<storage, read> weights: array<vec2u>; // FP16 [all outputs, all inputs, 3, 3]
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>; // [channels, outputRows, width]
@group(0) @binding(4) var<storage, read> affine: array<vec2f>; // [all inputs]: scale, shift
@group(0) @binding(5) var<storage, read> operand0: array<u32>; // FP16 [rows]

var<workgroup> weightTile: array<vec4f, TILE_DEPTH * TAPS * WEIGHT_STRIDE>; // [input][tap][outputs / 4 + 1]
var<workgroup> patchTile: array<vec4f, TILE_DEPTH * PATCH_ROWS * PATCH_STRIDE>; // [input][row][x / 4 + 1]

fn widen2(halves: u32) -> vec2f { return unpack2x16float(halves); }

fn operand0At(row: u32, column: u32) -> vec4f { return vec4f(widen2(operand0[(job.operandOffsets[0] + row) >> 1u])[(job.operandOffsets[0] + row) & 1u]); }

fn epilogue(sum0: vec4f, sum1: vec4f, row: u32, column: u32) -> vec4f {
	let o0 = operand0At(row, column);
	return (sum0 + o0);
}

/// Four weights of an output channel, from place k of the inputs' taps.
fn weightsAt(channel: u32, k: u32) -> vec2u {
	let at = (job.firstOutput + min(channel, job.channels - 1u)) * job.weightsPerOutput + job.firstInput * TAPS + k;
	return weights[at >> 2u];
}

/// Four weights widened to f32; zero past the last input.
fn widened(halves: vec2u, k: u32) -> vec4f {
	let isInside = vec4u(k) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.inputs * TAPS);
	return select(vec4f(), vec4f(widen2(halves.x), widen2(halves.y)), isInside);
}

/// Four pixels of an input channel; anything outside the image.
fn pixelsAt(input: u32, row: u32, firstX: i32) -> vec4f {
	let atX = clamp(vec4i(firstX) + vec4i(0, 1, 2, 3), vec4i(), vec4i(i32(job.width) - 1));
	let atRow = (min(row, job.height - 1u)) % job.inputRows;
	let at = (vec4u(atX)) + min(input, job.inputs - 1u) * job.inputColumns + atRow * job.inputWidth;
	return vec4f(x[at.x], x[at.y], x[at.z], x[at.w]);
}

/// Pixels after normalisation and SiLU; zero outside the image.
fn seen(pixels: vec4f, input: u32, row: u32, firstX: i32) -> vec4f {
	if (input >= job.inputs || row >= job.height) { return vec4f(); }
	let isInside = vec4u(vec4i(firstX) + vec4i(0, 1, 2, 3)) < vec4u(job.width);
	let change = affine[job.firstInput + input];
	let normalized = pixels * change.x + change.y;
	let values = normalized / (1.0 + exp(min(-normalized, vec4f(80.0))));
	return select(vec4f(), values, isInside);
}

fn put(channel: u32, row: u32, pixelX: u32, sum: vec4f) {
	if (channel >= job.channels || row >= job.endRow || pixelX >= job.width) { return; }
	let column = (row % job.outputRows) * job.width + pixelX;
	let at = (channel * job.columns + column) >> 2u;
	y[at] = epilogue(sum, sum, channel, column);
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
	var c100 = vec4f(); var c101 = vec4f();
	var c110 = vec4f(); var c111 = vec4f();
	var c120 = vec4f(); var c121 = vec4f();
	var c130 = vec4f(); var c131 = vec4f();
	var weight00 = vec2u();
	var weight01 = vec2u();
	var weight02 = vec2u();
	var weight03 = vec2u();
	var weight10 = vec2u();
	var weight11 = vec2u();
	var weight12 = vec2u();
	var weight13 = vec2u();
	var weight20 = vec2u();
	var weight21 = vec2u();
	var weight22 = vec2u();
	var weight23 = vec2u();
	var pixels0 = vec4f();
	var pixels1 = vec4f();
	var pixels2 = vec4f();
	var pixels3 = vec4f();
	{
		let vector = thread / 9u;
		let k = (thread % 9u) * 4u;
		let at = (0u) * TAPS + k;
		weight00 = weightsAt(firstChannel + vector * 4u + 0u, at);
		weight01 = weightsAt(firstChannel + vector * 4u + 1u, at);
		weight02 = weightsAt(firstChannel + vector * 4u + 2u, at);
		weight03 = weightsAt(firstChannel + vector * 4u + 3u, at);
	}
	{
		let vector = (thread + 32u) / 9u;
		let k = ((thread + 32u) % 9u) * 4u;
		let at = (0u) * TAPS + k;
		weight10 = weightsAt(firstChannel + vector * 4u + 0u, at);
		weight11 = weightsAt(firstChannel + vector * 4u + 1u, at);
		weight12 = weightsAt(firstChannel + vector * 4u + 2u, at);
		weight13 = weightsAt(firstChannel + vector * 4u + 3u, at);
	}
	if (thread < 8u) {
		let vector = (thread + 64u) / 9u;
		let k = ((thread + 64u) % 9u) * 4u;
		let at = (0u) * TAPS + k;
		weight20 = weightsAt(firstChannel + vector * 4u + 0u, at);
		weight21 = weightsAt(firstChannel + vector * 4u + 1u, at);
		weight22 = weightsAt(firstChannel + vector * 4u + 2u, at);
		weight23 = weightsAt(firstChannel + vector * 4u + 3u, at);
	}
	{
		let channel = 0u + thread / (PATCH_ROWS * PATCH_STRIDE);
		let row = firstRow + (thread / PATCH_STRIDE) % PATCH_ROWS - 1u;
		let pixelX = i32(firstX + (thread % PATCH_STRIDE) * 4u) - 1;
		pixels0 = pixelsAt(channel, row, pixelX);
	}
	{
		let channel = 0u + (thread + 32u) / (PATCH_ROWS * PATCH_STRIDE);
		let row = firstRow + ((thread + 32u) / PATCH_STRIDE) % PATCH_ROWS - 1u;
		let pixelX = i32(firstX + ((thread + 32u) % PATCH_STRIDE) * 4u) - 1;
		pixels1 = pixelsAt(channel, row, pixelX);
	}
	{
		let channel = 0u + (thread + 64u) / (PATCH_ROWS * PATCH_STRIDE);
		let row = firstRow + ((thread + 64u) / PATCH_STRIDE) % PATCH_ROWS - 1u;
		let pixelX = i32(firstX + ((thread + 64u) % PATCH_STRIDE) * 4u) - 1;
		pixels2 = pixelsAt(channel, row, pixelX);
	}
	if (thread < 24u) {
		let channel = 0u + (thread + 96u) / (PATCH_ROWS * PATCH_STRIDE);
		let row = firstRow + ((thread + 96u) / PATCH_STRIDE) % PATCH_ROWS - 1u;
		let pixelX = i32(firstX + ((thread + 96u) % PATCH_STRIDE) * 4u) - 1;
		pixels3 = pixelsAt(channel, row, pixelX);
	}
	for (var input = 0u; input < job.inputs; input += TILE_DEPTH) {
		{
			let vector = thread / 9u;
			let k = (thread % 9u) * 4u;
			let at = (input) * TAPS + k;
			let row0 = widened(weight00, at);
			let row1 = widened(weight01, at);
			let row2 = widened(weight02, at);
			let row3 = widened(weight03, at);
			weightTile[(k + 0u) * WEIGHT_STRIDE + vector] = vec4f(row0.x, row1.x, row2.x, row3.x);
			weightTile[(k + 1u) * WEIGHT_STRIDE + vector] = vec4f(row0.y, row1.y, row2.y, row3.y);
			weightTile[(k + 2u) * WEIGHT_STRIDE + vector] = vec4f(row0.z, row1.z, row2.z, row3.z);
			weightTile[(k + 3u) * WEIGHT_STRIDE + vector] = vec4f(row0.w, row1.w, row2.w, row3.w);
		}
		{
			let vector = (thread + 32u) / 9u;
			let k = ((thread + 32u) % 9u) * 4u;
			let at = (input) * TAPS + k;
			let row0 = widened(weight10, at);
			let row1 = widened(weight11, at);
			let row2 = widened(weight12, at);
			let row3 = widened(weight13, at);
			weightTile[(k + 0u) * WEIGHT_STRIDE + vector] = vec4f(row0.x, row1.x, row2.x, row3.x);
			weightTile[(k + 1u) * WEIGHT_STRIDE + vector] = vec4f(row0.y, row1.y, row2.y, row3.y);
			weightTile[(k + 2u) * WEIGHT_STRIDE + vector] = vec4f(row0.z, row1.z, row2.z, row3.z);
			weightTile[(k + 3u) * WEIGHT_STRIDE + vector] = vec4f(row0.w, row1.w, row2.w, row3.w);
		}
		if (thread < 8u) {
			let vector = (thread + 64u) / 9u;
			let k = ((thread + 64u) % 9u) * 4u;
			let at = (input) * TAPS + k;
			let row0 = widened(weight20, at);
			let row1 = widened(weight21, at);
			let row2 = widened(weight22, at);
			let row3 = widened(weight23, at);
			weightTile[(k + 0u) * WEIGHT_STRIDE + vector] = vec4f(row0.x, row1.x, row2.x, row3.x);
			weightTile[(k + 1u) * WEIGHT_STRIDE + vector] = vec4f(row0.y, row1.y, row2.y, row3.y);
			weightTile[(k + 2u) * WEIGHT_STRIDE + vector] = vec4f(row0.z, row1.z, row2.z, row3.z);
			weightTile[(k + 3u) * WEIGHT_STRIDE + vector] = vec4f(row0.w, row1.w, row2.w, row3.w);
		}
		{
			let channel = input + thread / (PATCH_ROWS * PATCH_STRIDE);
			let row = firstRow + (thread / PATCH_STRIDE) % PATCH_ROWS - 1u;
			let pixelX = i32(firstX + (thread % PATCH_STRIDE) * 4u) - 1;
			patchTile[thread] = seen(pixels0, channel, row, pixelX);
		}
		{
			let channel = input + (thread + 32u) / (PATCH_ROWS * PATCH_STRIDE);
			let row = firstRow + ((thread + 32u) / PATCH_STRIDE) % PATCH_ROWS - 1u;
			let pixelX = i32(firstX + ((thread + 32u) % PATCH_STRIDE) * 4u) - 1;
			patchTile[(thread + 32u)] = seen(pixels1, channel, row, pixelX);
		}
		{
			let channel = input + (thread + 64u) / (PATCH_ROWS * PATCH_STRIDE);
			let row = firstRow + ((thread + 64u) / PATCH_STRIDE) % PATCH_ROWS - 1u;
			let pixelX = i32(firstX + ((thread + 64u) % PATCH_STRIDE) * 4u) - 1;
			patchTile[(thread + 64u)] = seen(pixels2, channel, row, pixelX);
		}
		if (thread < 24u) {
			let channel = input + (thread + 96u) / (PATCH_ROWS * PATCH_STRIDE);
			let row = firstRow + ((thread + 96u) / PATCH_STRIDE) % PATCH_ROWS - 1u;
			let pixelX = i32(firstX + ((thread + 96u) % PATCH_STRIDE) * 4u) - 1;
			patchTile[(thread + 96u)] = seen(pixels3, channel, row, pixelX);
		}
		workgroupBarrier();
		{
			let vector = thread / 9u;
			let k = (thread % 9u) * 4u;
			let at = (input + TILE_DEPTH) * TAPS + k;
			weight00 = weightsAt(firstChannel + vector * 4u + 0u, at);
			weight01 = weightsAt(firstChannel + vector * 4u + 1u, at);
			weight02 = weightsAt(firstChannel + vector * 4u + 2u, at);
			weight03 = weightsAt(firstChannel + vector * 4u + 3u, at);
		}
		{
			let vector = (thread + 32u) / 9u;
			let k = ((thread + 32u) % 9u) * 4u;
			let at = (input + TILE_DEPTH) * TAPS + k;
			weight10 = weightsAt(firstChannel + vector * 4u + 0u, at);
			weight11 = weightsAt(firstChannel + vector * 4u + 1u, at);
			weight12 = weightsAt(firstChannel + vector * 4u + 2u, at);
			weight13 = weightsAt(firstChannel + vector * 4u + 3u, at);
		}
		if (thread < 8u) {
			let vector = (thread + 64u) / 9u;
			let k = ((thread + 64u) % 9u) * 4u;
			let at = (input + TILE_DEPTH) * TAPS + k;
			weight20 = weightsAt(firstChannel + vector * 4u + 0u, at);
			weight21 = weightsAt(firstChannel + vector * 4u + 1u, at);
			weight22 = weightsAt(firstChannel + vector * 4u + 2u, at);
			weight23 = weightsAt(firstChannel + vector * 4u + 3u, at);
		}
		{
			let channel = input + TILE_DEPTH + thread / (PATCH_ROWS * PATCH_STRIDE);
			let row = firstRow + (thread / PATCH_STRIDE) % PATCH_ROWS - 1u;
			let pixelX = i32(firstX + (thread % PATCH_STRIDE) * 4u) - 1;
			pixels0 = pixelsAt(channel, row, pixelX);
		}
		{
			let channel = input + TILE_DEPTH + (thread + 32u) / (PATCH_ROWS * PATCH_STRIDE);
			let row = firstRow + ((thread + 32u) / PATCH_STRIDE) % PATCH_ROWS - 1u;
			let pixelX = i32(firstX + ((thread + 32u) % PATCH_STRIDE) * 4u) - 1;
			pixels1 = pixelsAt(channel, row, pixelX);
		}
		{
			let channel = input + TILE_DEPTH + (thread + 64u) / (PATCH_ROWS * PATCH_STRIDE);
			let row = firstRow + ((thread + 64u) / PATCH_STRIDE) % PATCH_ROWS - 1u;
			let pixelX = i32(firstX + ((thread + 64u) % PATCH_STRIDE) * 4u) - 1;
			pixels2 = pixelsAt(channel, row, pixelX);
		}
		if (thread < 24u) {
			let channel = input + TILE_DEPTH + (thread + 96u) / (PATCH_ROWS * PATCH_STRIDE);
			let row = firstRow + ((thread + 96u) / PATCH_STRIDE) % PATCH_ROWS - 1u;
			let pixelX = i32(firstX + ((thread + 96u) % PATCH_STRIDE) * 4u) - 1;
			pixels3 = pixelsAt(channel, row, pixelX);
		}
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
				let a1 = weightTile[weightAt + 4u];
				c000 = fma(vec4f(a0[0]), left, c000); c001 = fma(vec4f(a0[0]), right, c001);
				c010 = fma(vec4f(a0[1]), left, c010); c011 = fma(vec4f(a0[1]), right, c011);
				c020 = fma(vec4f(a0[2]), left, c020); c021 = fma(vec4f(a0[2]), right, c021);
				c030 = fma(vec4f(a0[3]), left, c030); c031 = fma(vec4f(a0[3]), right, c031);
				c100 = fma(vec4f(a1[0]), left, c100); c101 = fma(vec4f(a1[0]), right, c101);
				c110 = fma(vec4f(a1[1]), left, c110); c111 = fma(vec4f(a1[1]), right, c111);
				c120 = fma(vec4f(a1[2]), left, c120); c121 = fma(vec4f(a1[2]), right, c121);
				c130 = fma(vec4f(a1[3]), left, c130); c131 = fma(vec4f(a1[3]), right, c131);
			}
			{
				let left = vec4f(b0.yzw, b1.x);
				let right = vec4f(b1.yzw, b2.x);
				let a0 = weightTile[weightAt + 9u];
				let a1 = weightTile[weightAt + 13u];
				c000 = fma(vec4f(a0[0]), left, c000); c001 = fma(vec4f(a0[0]), right, c001);
				c010 = fma(vec4f(a0[1]), left, c010); c011 = fma(vec4f(a0[1]), right, c011);
				c020 = fma(vec4f(a0[2]), left, c020); c021 = fma(vec4f(a0[2]), right, c021);
				c030 = fma(vec4f(a0[3]), left, c030); c031 = fma(vec4f(a0[3]), right, c031);
				c100 = fma(vec4f(a1[0]), left, c100); c101 = fma(vec4f(a1[0]), right, c101);
				c110 = fma(vec4f(a1[1]), left, c110); c111 = fma(vec4f(a1[1]), right, c111);
				c120 = fma(vec4f(a1[2]), left, c120); c121 = fma(vec4f(a1[2]), right, c121);
				c130 = fma(vec4f(a1[3]), left, c130); c131 = fma(vec4f(a1[3]), right, c131);
			}
			{
				let left = vec4f(b0.zw, b1.xy);
				let right = vec4f(b1.zw, b2.xy);
				let a0 = weightTile[weightAt + 18u];
				let a1 = weightTile[weightAt + 22u];
				c000 = fma(vec4f(a0[0]), left, c000); c001 = fma(vec4f(a0[0]), right, c001);
				c010 = fma(vec4f(a0[1]), left, c010); c011 = fma(vec4f(a0[1]), right, c011);
				c020 = fma(vec4f(a0[2]), left, c020); c021 = fma(vec4f(a0[2]), right, c021);
				c030 = fma(vec4f(a0[3]), left, c030); c031 = fma(vec4f(a0[3]), right, c031);
				c100 = fma(vec4f(a1[0]), left, c100); c101 = fma(vec4f(a1[0]), right, c101);
				c110 = fma(vec4f(a1[1]), left, c110); c111 = fma(vec4f(a1[1]), right, c111);
				c120 = fma(vec4f(a1[2]), left, c120); c121 = fma(vec4f(a1[2]), right, c121);
				c130 = fma(vec4f(a1[3]), left, c130); c131 = fma(vec4f(a1[3]), right, c131);
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
	put(firstChannel + 16u + threadChannel * 4u + 0u, firstRow + threadRow, firstX + threadSegment * 8u + 0u, c100);
	put(firstChannel + 16u + threadChannel * 4u + 0u, firstRow + threadRow, firstX + threadSegment * 8u + 4u, c101);
	put(firstChannel + 16u + threadChannel * 4u + 1u, firstRow + threadRow, firstX + threadSegment * 8u + 0u, c110);
	put(firstChannel + 16u + threadChannel * 4u + 1u, firstRow + threadRow, firstX + threadSegment * 8u + 4u, c111);
	put(firstChannel + 16u + threadChannel * 4u + 2u, firstRow + threadRow, firstX + threadSegment * 8u + 0u, c120);
	put(firstChannel + 16u + threadChannel * 4u + 2u, firstRow + threadRow, firstX + threadSegment * 8u + 4u, c121);
	put(firstChannel + 16u + threadChannel * 4u + 3u, firstRow + threadRow, firstX + threadSegment * 8u + 0u, c130);
	put(firstChannel + 16u + threadChannel * 4u + 3u, firstRow + threadRow, firstX + threadSegment * 8u + 4u, c131);
}
