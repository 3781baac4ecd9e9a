const THREADS = 256u;

struct Job {
	rows: u32,
	columns: u32,
	groupsX: u32,
	operandOffsets: vec4u,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>; // [rows, columns]
@group(0) @binding(2) var<storage, read> operand0: array<vec4f>; // [rows, columns]
@group(0) @binding(3) var<storage, read> operand1: array<f32>; // [rows]

fn widen2(halves: u32) -> vec2f { return unpack2x16float(halves); }

fn operand0At(row: u32, column: u32) -> vec4f { return operand0[(job.operandOffsets[0] + row * job.columns + column) >> 2u]; }
fn operand1At(row: u32, column: u32) -> vec4f { return vec4f(operand1[job.operandOffsets[1] + row]); }

fn epilogue(sum0: vec4f, sum1: vec4f, row: u32, column: u32) -> vec4f {
	let o0 = operand0At(row, column);
	let o1 = operand1At(row, column);
	return (o0 * tanh(clamp(o1, vec4f(-20.0), vec4f(20.0))));
}

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let index = (group.y * job.groupsX + group.x) * THREADS + thread;
	let vectors = (job.columns + 3u) / 4u;
	let row = index / vectors;
	let column = (index % vectors) * 4u;
	if (row >= job.rows) { return; }
	let value = epilogue(vec4f(), vec4f(), row, column);
	y[(row * job.columns + column) >> 2u] = value;
}
