const THREADS = 256u;
const EPSILON = 1e-6;

struct Job {
	values: u32,
	entries: u32,
	channelsPerGroup: u32,
	firstGroup: u32,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> moments: array<vec4f>; // [all groups, entries]: mean, squared deviations, count
@group(0) @binding(2) var<storage, read> weight: array<u32>; // FP16 [all channels]
@group(0) @binding(3) var<storage, read> bias: array<u32>; // FP16 [all channels]
@group(0) @binding(4) var<storage, read_write> affine: array<vec2f>; // [all channels]: scale, shift

fn widen2(halves: u32) -> vec2f { return unpack2x16float(halves); }

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
	let base = (job.firstGroup + group.x) * job.entries;
	var sum = 0.0;
	for (var i = thread; i < job.entries; i += THREADS) { sum += moments[base + i].x * moments[base + i].z; }
	let mean = total(thread, sum) / f32(job.values);
	var squares = 0.0;
	for (var i = thread; i < job.entries; i += THREADS) {
		let deviation = moments[base + i].x - mean;
		squares += moments[base + i].y + moments[base + i].z * deviation * deviation;
	}
	let inverse = 1.0 / sqrt(total(thread, squares) / f32(job.values) + EPSILON);
	for (var i = thread; i < job.channelsPerGroup; i += THREADS) {
		let channel = (job.firstGroup + group.x) * job.channelsPerGroup + i;
		let scale = inverse * widen2(weight[channel >> 1u])[channel & 1u];
		affine[channel] = vec2f(scale, widen2(bias[channel >> 1u])[channel & 1u] - mean * scale);
	}
}
