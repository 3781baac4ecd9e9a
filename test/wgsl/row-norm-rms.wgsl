const THREADS = 256u;
const STEP = 1024u;
const EPSILON = 1e-5;

struct Job {
	rows: u32,
	columns: u32,
	operandOffsets: vec4u,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<vec4f>; // [rows, columns]
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>; // [rows, columns]
@group(0) @binding(3) var<storage, read> operand0: array<vec2u>; // FP16 [columns]

fn widen2(halves: u32) -> vec2f { return unpack2x16float(halves); }

fn operand0At(row: u32, column: u32) -> vec4f {
	let halves = operand0[(job.operandOffsets[0] + column) >> 2u];
	return vec4f(widen2(halves.x), widen2(halves.y));
}

fn epilogue(sum0: vec4f, sum1: vec4f, row: u32, column: u32) -> vec4f {
	let o0 = operand0At(row, column);
	return (sum0 * o0);
}

fn xAt(row: u32, column: u32) -> vec4f { return x[(row * job.columns + column) >> 2u]; }
fn present(column: u32) -> vec4f { return vec4f(1.0); }
fn put(row: u32, column: u32, value: vec4f) { y[(row * job.columns + column) >> 2u] = value; }

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
	let row = group.x;
	let mean = 0.0;
	var squares = 0.0;
	for (var column = thread * 4u; column < job.columns; column += STEP) {
		let centred = (xAt(row, column) - mean) * present(column);
		squares += dot(centred, centred);
	}
	let scale = 1.0 / sqrt(total(thread, squares) / f32(job.columns) + EPSILON);
	for (var column = thread * 4u; column < job.columns; column += STEP) {
		let normalized = (xAt(row, column) - mean) * scale;
		put(row, column, epilogue(normalized, normalized, row, column));
	}
}
