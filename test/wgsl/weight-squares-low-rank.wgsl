const THREADS = 64u;

struct Job {
	depth: u32,
	outFeatures: u32,
	first: u32,
	rank: u32,
	outerInputs: u32,
	innerInputs: u32,
	innerOutputs: u32,
	firstColumn: u32,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> weight: array<u32>; // FP16 [depth, outFeatures]
@group(0) @binding(2) var<storage, read> down: array<f32>; // [depth, rank]
@group(0) @binding(3) var<storage, read> scales: array<f32>; // [rank]
@group(0) @binding(4) var<storage, read> up: array<f32>; // [rank, outFeatures]
@group(0) @binding(5) var<storage, read_write> squares: array<f32>; // [results]

fn widen2(halves: u32) -> vec2f { return unpack2x16float(halves); }

fn changeAt(input: u32, output: u32) -> f32 {
	var sum = 0.0;
	for (var r = 0u; r < job.rank; r++) {
		sum = fma(down[input * job.rank + r] * scales[r], up[r * job.outFeatures + output], sum);
	}
	return sum;
}

var<workgroup> partials: array<f32, THREADS>;

/// The sum of all threads' values.
fn total(thread: u32, value: f32) -> f32 {
	partials[thread] = value;
	workgroupBarrier();
	for (var stride = THREADS / 2u; stride > 0u; stride >>= 1u) {
		if (thread < stride) { partials[thread] += partials[thread + stride]; }
		workgroupBarrier();
	}
	let sum = partials[0];
	workgroupBarrier();
	return sum;
}

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let place = job.first + group.x;
	var sum = 0.0;
	for (var i = thread; i < job.depth; i += THREADS) {
		let at = i * job.outFeatures + place;
		let value = widen2(weight[at >> 1u])[at & 1u] + changeAt(i, place);
		sum = fma(value, value, sum);
	}
	let all = total(thread, sum);
	if (thread == 0u) { squares[place] = all; }
}
