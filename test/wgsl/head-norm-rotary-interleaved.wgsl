const LANES = 16u;
const HEADS_PER_GROUP = 16u;
const THREADS = 256u;
const EPSILON = 1e-5;

struct Job {
	tokens: u32,
	heads: u32,
	headDim: u32,
	groupsX: u32,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [tokens, heads, headDim]
@group(0) @binding(2) var<storage, read> weight: array<u32>; // FP16 [headDim]
@group(0) @binding(3) var<storage, read> cosines: array<f32>; // [tokens, headDim / 2]
@group(0) @binding(4) var<storage, read> sines: array<f32>; // [tokens, headDim / 2]
@group(0) @binding(5) var<storage, read_write> y: array<f32>; // [tokens, heads, headDim]

fn widen2(halves: u32) -> vec2f { return unpack2x16float(halves); }
fn weightAt(i: u32) -> f32 { return widen2(weight[i >> 1u])[i & 1u]; }

var<workgroup> partials: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let lane = thread % LANES;
	let wanted = (group.y * job.groupsX + group.x) * HEADS_PER_GROUP + thread / LANES;
	let last = job.tokens * job.heads - 1u;
	let item = min(wanted, last);
	let base = item * job.headDim;
	let half = job.headDim / 2u;

	var squares = 0.0;
	for (var i = lane; i < job.headDim; i += LANES) {
		let value = x[base + i];
		squares += value * value;
	}
	partials[thread] = squares;
	workgroupBarrier();
	var total = 0.0;
	for (var i = 0u; i < LANES; i++) { total += partials[thread - lane + i]; }
	let scale = 1.0 / sqrt(total / f32(job.headDim) + EPSILON);

	if (wanted > last) { return; }
	let angles = (item / job.heads) * half;
	for (var k = lane; k < half; k += LANES) {
		let i = 2u * k;
		let j = 2u * k + 1u;
		let a = x[base + i] * scale * weightAt(i);
		let b = x[base + j] * scale * weightAt(j);
		let c = cosines[angles + k];
		let s = sines[angles + k];
		y[base + i] = a * c - b * s;
		y[base + j] = a * s + b * c;
	}
}
