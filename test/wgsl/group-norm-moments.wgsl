const THREADS = 256u;
const CHUNK = 16384u;

struct Job {
	pixels: u32,
	plane: u32,
	firstPixel: u32,
	firstChannel: u32,
	chunks: u32,
	firstChunk: u32,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [channels, plane]
@group(0) @binding(2) var<storage, read_write> moments: array<vec4f>; // [all channels, chunks]: mean, squared deviations, count

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
	let first = group.x * CHUNK;
	let count = min(CHUNK, job.pixels - first);
	let base = group.y * job.plane + job.firstPixel + first;
	var sum = 0.0;
	for (var i = thread; i < count; i += THREADS) { sum += x[base + i]; }
	let mean = total(thread, sum) / f32(count);
	var squares = 0.0;
	for (var i = thread; i < count; i += THREADS) {
		let deviation = x[base + i] - mean;
		squares += deviation * deviation;
	}
	let deviations = total(thread, squares);
	if (thread == 0u) {
		let at = (job.firstChannel + group.y) * job.chunks + job.firstChunk + group.x;
		moments[at] = vec4f(mean, deviations, f32(count), 0.0);
	}
}
