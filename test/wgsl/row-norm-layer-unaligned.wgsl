const THREADS = 256u;
const STEP = 1024u;
const EPSILON = 1e-5;

struct Job {
	rows: u32,
	columns: u32,
	operandOffsets: vec4u,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [rows, columns]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [rows, columns]
@group(0) @binding(3) var<storage, read> operand0: array<f32>; // [columns]

fn widen2(halves: u32) -> vec2f {
	let bits = vec2u(halves & 0xffffu, halves >> 16u);
	let magnitude = bits & vec2u(0x7fffu);
	let normal = bitcast<vec2f>((magnitude << vec2u(13u)) + vec2u(0x38000000u));
	let small = bitcast<vec2f>(magnitude | vec2u(0x3f000000u)) - vec2f(0.5);
	let positive = bitcast<vec2u>(select(normal, small, magnitude < vec2u(0x400u)));
	return bitcast<vec2f>(positive | ((bits & vec2u(0x8000u)) << vec2u(16u)));
}

fn operand0At(row: u32, column: u32) -> vec4f {
	let at = job.operandOffsets[0] + column;
	return vec4f(operand0[at + 0u], operand0[at + 1u], operand0[at + 2u], operand0[at + 3u]);
}

fn epilogue(sum0: vec4f, sum1: vec4f, row: u32, column: u32) -> vec4f {
	let o0 = operand0At(row, column);
	return (sum0 * o0);
}

fn xAt(row: u32, column: u32) -> vec4f {
	let at = row * job.columns + column;
	return select(vec4f(), vec4f(x[at], x[at + 1u], x[at + 2u], x[at + 3u]), inRow(column));
}
fn inRow(column: u32) -> vec4<bool> { return vec4u(column) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.columns); }
fn present(column: u32) -> vec4f { return select(vec4f(), vec4f(1.0), inRow(column)); }
fn put(row: u32, column: u32, value: vec4f) {
	for (var i = 0u; i < 4u; i++) {
		if (column + i < job.columns) { y[row * job.columns + column + i] = value[i]; }
	}
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
	let row = group.x;
	var sum = 0.0;
	for (var column = thread * 4u; column < job.columns; column += STEP) { sum += dot(xAt(row, column), vec4f(1.0)); }
	let mean = total(thread, sum) / f32(job.columns);
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
