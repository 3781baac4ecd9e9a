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
@group(0) @binding(2) var<storage, read> outer: array<f32>; // [outer outputs, outerInputs]
@group(0) @binding(3) var<storage, read> inner: array<f32>; // [innerInputs, innerOutputs]
@group(0) @binding(4) var<storage, read_write> squares: array<f32>; // [results]

fn widen2(halves: u32) -> vec2f {
	let bits = vec2u(halves & 0xffffu, halves >> 16u);
	let magnitude = bits & vec2u(0x7fffu);
	let normal = bitcast<vec2f>((magnitude << vec2u(13u)) + vec2u(0x38000000u));
	let small = bitcast<vec2f>(magnitude | vec2u(0x3f000000u)) - vec2f(0.5);
	let positive = bitcast<vec2u>(select(normal, small, magnitude < vec2u(0x400u)));
	return bitcast<vec2f>(positive | ((bits & vec2u(0x8000u)) << vec2u(16u)));
}

fn changeAt(input: u32, output: u32) -> f32 {
	let row = output + job.firstColumn;
	let outerPlace = row / job.innerOutputs * job.outerInputs + input / job.innerInputs;
	let innerPlace = input % job.innerInputs * job.innerOutputs + row % job.innerOutputs;
	return outer[outerPlace] * inner[innerPlace];
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
	for (var i = thread; i < job.outFeatures; i += THREADS) {
		let at = place * job.outFeatures + i;
		let value = widen2(weight[at >> 1u])[at & 1u] + changeAt(place, i);
		sum = fma(value, value, sum);
	}
	let all = total(thread, sum);
	if (thread == 0u) { squares[place] = all; }
}
