const TILE_ROWS = 32u;
const TILE_COLUMNS = 16u;
const TILE_DEPTH = 8u;
const X_STRIDE = 9u;
const THREADS = 16u;

struct Job {
	rows: u32,
	columns: u32,
	depth: u32,
	operandOffsets: vec4u,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [rows, depth]
@group(0) @binding(2) var<storage, read> w0: array<u32>; // FP16 [depth, columns]
@group(0) @binding(3) var<storage, read> w1: array<u32>; // FP16 [depth, columns]
@group(0) @binding(4) var<storage, read_write> y: array<f32>; // [rows, columns]
@group(0) @binding(5) var<storage, read> operand0: array<u32>; // FP16 [columns]
@group(0) @binding(6) var<storage, read> operand1: array<f32>; // [rows, columns]

var<workgroup> xTile: array<array<array<vec4f, X_STRIDE>, TILE_DEPTH>, 1>; // [depth][rows / 4 + 1], transposed
var<workgroup> wTile: array<array<array<vec4f, 8>, TILE_DEPTH>, 1>; // [depth][columns / 4]

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
	return vec4f(widen2(operand0[(at + 0u) >> 1u])[(at + 0u) & 1u], widen2(operand0[(at + 1u) >> 1u])[(at + 1u) & 1u], widen2(operand0[(at + 2u) >> 1u])[(at + 2u) & 1u], widen2(operand0[(at + 3u) >> 1u])[(at + 3u) & 1u]);
}
fn operand1At(row: u32, column: u32) -> vec4f {
	let at = job.operandOffsets[1] + row * job.columns + column;
	return vec4f(operand1[at + 0u], operand1[at + 1u], operand1[at + 2u], operand1[at + 3u]);
}

fn epilogue(sum0: vec4f, sum1: vec4f, row: u32, column: u32) -> vec4f {
	let o0 = operand0At(row, column);
	let o1 = operand1At(row, column);
	return (((sum0 + o0) * sum1) + o1);
}

fn xAt(row: u32, depth: u32) -> vec4f {
	let at = row * job.depth + depth;
	return select(vec4f(), vec4f(x[at], x[at + 1u], x[at + 2u], x[at + 3u]), vec4u(depth) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.depth));
}
fn pair(low: u32, high: u32) -> u32 { return low | (high << 16u); }
fn halfOfw0(at: u32) -> u32 { return (w0[at >> 1u] >> ((at & 1u) * 16u)) & 0xffffu; }
fn halfOfw1(at: u32) -> u32 { return (w1[at >> 1u] >> ((at & 1u) * 16u)) & 0xffffu; }
fn wAt(depth: u32, firstColumn: u32, column: u32) -> vec4u {
	if (depth >= job.depth) { return vec4u(); }
	let half = column / TILE_COLUMNS;
	let at = depth * job.columns + min(firstColumn + column % TILE_COLUMNS, job.columns - 1u);
	if (half == 0u) { return vec4u(pair(halfOfw0(at + 0u), halfOfw0(at + 1u)), pair(halfOfw0(at + 2u), halfOfw0(at + 3u)), pair(halfOfw0(at + 4u), halfOfw0(at + 5u)), pair(halfOfw0(at + 6u), halfOfw0(at + 7u))); }
	return vec4u(pair(halfOfw1(at + 0u), halfOfw1(at + 1u)), pair(halfOfw1(at + 2u), halfOfw1(at + 3u)), pair(halfOfw1(at + 4u), halfOfw1(at + 5u)), pair(halfOfw1(at + 6u), halfOfw1(at + 7u)));
}
fn put(row: u32, column: u32, sum0: vec4f, sum1: vec4f) {
	if (row >= job.rows) { return; }
	let result = epilogue(sum0, sum1, row, column);
	for (var i = 0u; i < 4u; i++) {
		if (column + i < job.columns) { y[row * job.columns + column + i] = result[i]; }
	}
}

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let firstRow = group.y * TILE_ROWS;
	let firstColumn = group.x * TILE_COLUMNS;
	let threadRow = thread / 4u;
	let threadColumn = thread % 4u;
	var c0_0 = vec4f(); var c0_1 = vec4f();
	var c1_0 = vec4f(); var c1_1 = vec4f();
	var c2_0 = vec4f(); var c2_1 = vec4f();
	var c3_0 = vec4f(); var c3_1 = vec4f();
	var c4_0 = vec4f(); var c4_1 = vec4f();
	var c5_0 = vec4f(); var c5_1 = vec4f();
	var c6_0 = vec4f(); var c6_1 = vec4f();
	var c7_0 = vec4f(); var c7_1 = vec4f();
	for (var k = 0u; k < job.depth; k += TILE_DEPTH) {
		var x0_0: vec4f; var x0_1: vec4f; var x0_2: vec4f; var x0_3: vec4f;
		var w0_: vec4u;
		var w1_: vec4u;
		{
			x0_0 = xAt(min(firstRow + thread / 2u * 4u + 0u, job.rows - 1u), k + thread % 2u * 4u);
			x0_1 = xAt(min(firstRow + thread / 2u * 4u + 1u, job.rows - 1u), k + thread % 2u * 4u);
			x0_2 = xAt(min(firstRow + thread / 2u * 4u + 2u, job.rows - 1u), k + thread % 2u * 4u);
			x0_3 = xAt(min(firstRow + thread / 2u * 4u + 3u, job.rows - 1u), k + thread % 2u * 4u);
		}
		{
			w0_ = wAt(k + thread / 4u, firstColumn, thread % 4u * 8u);
		}
		{
			w1_ = wAt(k + (thread + 16u) / 4u, firstColumn, (thread + 16u) % 4u * 8u);
		}
		{
			xTile[0u][thread % 2u * 4u + 0u][thread / 2u] = vec4f(x0_0[0], x0_1[0], x0_2[0], x0_3[0]);
			xTile[0u][thread % 2u * 4u + 1u][thread / 2u] = vec4f(x0_0[1], x0_1[1], x0_2[1], x0_3[1]);
			xTile[0u][thread % 2u * 4u + 2u][thread / 2u] = vec4f(x0_0[2], x0_1[2], x0_2[2], x0_3[2]);
			xTile[0u][thread % 2u * 4u + 3u][thread / 2u] = vec4f(x0_0[3], x0_1[3], x0_2[3], x0_3[3]);
		}
		{
			wTile[0u][thread / 4u][thread % 4u * 2u + 0u] = vec4f(widen2(w0_.xy.x), widen2(w0_.xy.y));
			wTile[0u][thread / 4u][thread % 4u * 2u + 1u] = vec4f(widen2(w0_.zw.x), widen2(w0_.zw.y));
		}
		{
			wTile[0u][(thread + 16u) / 4u][(thread + 16u) % 4u * 2u + 0u] = vec4f(widen2(w1_.xy.x), widen2(w1_.xy.y));
			wTile[0u][(thread + 16u) / 4u][(thread + 16u) % 4u * 2u + 1u] = vec4f(widen2(w1_.zw.x), widen2(w1_.zw.y));
		}
		workgroupBarrier();
		{
			let a0 = xTile[0u][0u][0u + threadRow]; let a1 = xTile[0u][0u][4u + threadRow];
			let b0 = wTile[0u][0u][0u + threadColumn]; let b1 = wTile[0u][0u][4u + threadColumn];
			c0_0 = fma(vec4f(a0[0]), b0, c0_0); c0_1 = fma(vec4f(a0[0]), b1, c0_1);
			c1_0 = fma(vec4f(a0[1]), b0, c1_0); c1_1 = fma(vec4f(a0[1]), b1, c1_1);
			c2_0 = fma(vec4f(a0[2]), b0, c2_0); c2_1 = fma(vec4f(a0[2]), b1, c2_1);
			c3_0 = fma(vec4f(a0[3]), b0, c3_0); c3_1 = fma(vec4f(a0[3]), b1, c3_1);
			c4_0 = fma(vec4f(a1[0]), b0, c4_0); c4_1 = fma(vec4f(a1[0]), b1, c4_1);
			c5_0 = fma(vec4f(a1[1]), b0, c5_0); c5_1 = fma(vec4f(a1[1]), b1, c5_1);
			c6_0 = fma(vec4f(a1[2]), b0, c6_0); c6_1 = fma(vec4f(a1[2]), b1, c6_1);
			c7_0 = fma(vec4f(a1[3]), b0, c7_0); c7_1 = fma(vec4f(a1[3]), b1, c7_1);
		}
		{
			let a0 = xTile[0u][1u][0u + threadRow]; let a1 = xTile[0u][1u][4u + threadRow];
			let b0 = wTile[0u][1u][0u + threadColumn]; let b1 = wTile[0u][1u][4u + threadColumn];
			c0_0 = fma(vec4f(a0[0]), b0, c0_0); c0_1 = fma(vec4f(a0[0]), b1, c0_1);
			c1_0 = fma(vec4f(a0[1]), b0, c1_0); c1_1 = fma(vec4f(a0[1]), b1, c1_1);
			c2_0 = fma(vec4f(a0[2]), b0, c2_0); c2_1 = fma(vec4f(a0[2]), b1, c2_1);
			c3_0 = fma(vec4f(a0[3]), b0, c3_0); c3_1 = fma(vec4f(a0[3]), b1, c3_1);
			c4_0 = fma(vec4f(a1[0]), b0, c4_0); c4_1 = fma(vec4f(a1[0]), b1, c4_1);
			c5_0 = fma(vec4f(a1[1]), b0, c5_0); c5_1 = fma(vec4f(a1[1]), b1, c5_1);
			c6_0 = fma(vec4f(a1[2]), b0, c6_0); c6_1 = fma(vec4f(a1[2]), b1, c6_1);
			c7_0 = fma(vec4f(a1[3]), b0, c7_0); c7_1 = fma(vec4f(a1[3]), b1, c7_1);
		}
		{
			let a0 = xTile[0u][2u][0u + threadRow]; let a1 = xTile[0u][2u][4u + threadRow];
			let b0 = wTile[0u][2u][0u + threadColumn]; let b1 = wTile[0u][2u][4u + threadColumn];
			c0_0 = fma(vec4f(a0[0]), b0, c0_0); c0_1 = fma(vec4f(a0[0]), b1, c0_1);
			c1_0 = fma(vec4f(a0[1]), b0, c1_0); c1_1 = fma(vec4f(a0[1]), b1, c1_1);
			c2_0 = fma(vec4f(a0[2]), b0, c2_0); c2_1 = fma(vec4f(a0[2]), b1, c2_1);
			c3_0 = fma(vec4f(a0[3]), b0, c3_0); c3_1 = fma(vec4f(a0[3]), b1, c3_1);
			c4_0 = fma(vec4f(a1[0]), b0, c4_0); c4_1 = fma(vec4f(a1[0]), b1, c4_1);
			c5_0 = fma(vec4f(a1[1]), b0, c5_0); c5_1 = fma(vec4f(a1[1]), b1, c5_1);
			c6_0 = fma(vec4f(a1[2]), b0, c6_0); c6_1 = fma(vec4f(a1[2]), b1, c6_1);
			c7_0 = fma(vec4f(a1[3]), b0, c7_0); c7_1 = fma(vec4f(a1[3]), b1, c7_1);
		}
		{
			let a0 = xTile[0u][3u][0u + threadRow]; let a1 = xTile[0u][3u][4u + threadRow];
			let b0 = wTile[0u][3u][0u + threadColumn]; let b1 = wTile[0u][3u][4u + threadColumn];
			c0_0 = fma(vec4f(a0[0]), b0, c0_0); c0_1 = fma(vec4f(a0[0]), b1, c0_1);
			c1_0 = fma(vec4f(a0[1]), b0, c1_0); c1_1 = fma(vec4f(a0[1]), b1, c1_1);
			c2_0 = fma(vec4f(a0[2]), b0, c2_0); c2_1 = fma(vec4f(a0[2]), b1, c2_1);
			c3_0 = fma(vec4f(a0[3]), b0, c3_0); c3_1 = fma(vec4f(a0[3]), b1, c3_1);
			c4_0 = fma(vec4f(a1[0]), b0, c4_0); c4_1 = fma(vec4f(a1[0]), b1, c4_1);
			c5_0 = fma(vec4f(a1[1]), b0, c5_0); c5_1 = fma(vec4f(a1[1]), b1, c5_1);
			c6_0 = fma(vec4f(a1[2]), b0, c6_0); c6_1 = fma(vec4f(a1[2]), b1, c6_1);
			c7_0 = fma(vec4f(a1[3]), b0, c7_0); c7_1 = fma(vec4f(a1[3]), b1, c7_1);
		}
		{
			let a0 = xTile[0u][4u][0u + threadRow]; let a1 = xTile[0u][4u][4u + threadRow];
			let b0 = wTile[0u][4u][0u + threadColumn]; let b1 = wTile[0u][4u][4u + threadColumn];
			c0_0 = fma(vec4f(a0[0]), b0, c0_0); c0_1 = fma(vec4f(a0[0]), b1, c0_1);
			c1_0 = fma(vec4f(a0[1]), b0, c1_0); c1_1 = fma(vec4f(a0[1]), b1, c1_1);
			c2_0 = fma(vec4f(a0[2]), b0, c2_0); c2_1 = fma(vec4f(a0[2]), b1, c2_1);
			c3_0 = fma(vec4f(a0[3]), b0, c3_0); c3_1 = fma(vec4f(a0[3]), b1, c3_1);
			c4_0 = fma(vec4f(a1[0]), b0, c4_0); c4_1 = fma(vec4f(a1[0]), b1, c4_1);
			c5_0 = fma(vec4f(a1[1]), b0, c5_0); c5_1 = fma(vec4f(a1[1]), b1, c5_1);
			c6_0 = fma(vec4f(a1[2]), b0, c6_0); c6_1 = fma(vec4f(a1[2]), b1, c6_1);
			c7_0 = fma(vec4f(a1[3]), b0, c7_0); c7_1 = fma(vec4f(a1[3]), b1, c7_1);
		}
		{
			let a0 = xTile[0u][5u][0u + threadRow]; let a1 = xTile[0u][5u][4u + threadRow];
			let b0 = wTile[0u][5u][0u + threadColumn]; let b1 = wTile[0u][5u][4u + threadColumn];
			c0_0 = fma(vec4f(a0[0]), b0, c0_0); c0_1 = fma(vec4f(a0[0]), b1, c0_1);
			c1_0 = fma(vec4f(a0[1]), b0, c1_0); c1_1 = fma(vec4f(a0[1]), b1, c1_1);
			c2_0 = fma(vec4f(a0[2]), b0, c2_0); c2_1 = fma(vec4f(a0[2]), b1, c2_1);
			c3_0 = fma(vec4f(a0[3]), b0, c3_0); c3_1 = fma(vec4f(a0[3]), b1, c3_1);
			c4_0 = fma(vec4f(a1[0]), b0, c4_0); c4_1 = fma(vec4f(a1[0]), b1, c4_1);
			c5_0 = fma(vec4f(a1[1]), b0, c5_0); c5_1 = fma(vec4f(a1[1]), b1, c5_1);
			c6_0 = fma(vec4f(a1[2]), b0, c6_0); c6_1 = fma(vec4f(a1[2]), b1, c6_1);
			c7_0 = fma(vec4f(a1[3]), b0, c7_0); c7_1 = fma(vec4f(a1[3]), b1, c7_1);
		}
		{
			let a0 = xTile[0u][6u][0u + threadRow]; let a1 = xTile[0u][6u][4u + threadRow];
			let b0 = wTile[0u][6u][0u + threadColumn]; let b1 = wTile[0u][6u][4u + threadColumn];
			c0_0 = fma(vec4f(a0[0]), b0, c0_0); c0_1 = fma(vec4f(a0[0]), b1, c0_1);
			c1_0 = fma(vec4f(a0[1]), b0, c1_0); c1_1 = fma(vec4f(a0[1]), b1, c1_1);
			c2_0 = fma(vec4f(a0[2]), b0, c2_0); c2_1 = fma(vec4f(a0[2]), b1, c2_1);
			c3_0 = fma(vec4f(a0[3]), b0, c3_0); c3_1 = fma(vec4f(a0[3]), b1, c3_1);
			c4_0 = fma(vec4f(a1[0]), b0, c4_0); c4_1 = fma(vec4f(a1[0]), b1, c4_1);
			c5_0 = fma(vec4f(a1[1]), b0, c5_0); c5_1 = fma(vec4f(a1[1]), b1, c5_1);
			c6_0 = fma(vec4f(a1[2]), b0, c6_0); c6_1 = fma(vec4f(a1[2]), b1, c6_1);
			c7_0 = fma(vec4f(a1[3]), b0, c7_0); c7_1 = fma(vec4f(a1[3]), b1, c7_1);
		}
		{
			let a0 = xTile[0u][7u][0u + threadRow]; let a1 = xTile[0u][7u][4u + threadRow];
			let b0 = wTile[0u][7u][0u + threadColumn]; let b1 = wTile[0u][7u][4u + threadColumn];
			c0_0 = fma(vec4f(a0[0]), b0, c0_0); c0_1 = fma(vec4f(a0[0]), b1, c0_1);
			c1_0 = fma(vec4f(a0[1]), b0, c1_0); c1_1 = fma(vec4f(a0[1]), b1, c1_1);
			c2_0 = fma(vec4f(a0[2]), b0, c2_0); c2_1 = fma(vec4f(a0[2]), b1, c2_1);
			c3_0 = fma(vec4f(a0[3]), b0, c3_0); c3_1 = fma(vec4f(a0[3]), b1, c3_1);
			c4_0 = fma(vec4f(a1[0]), b0, c4_0); c4_1 = fma(vec4f(a1[0]), b1, c4_1);
			c5_0 = fma(vec4f(a1[1]), b0, c5_0); c5_1 = fma(vec4f(a1[1]), b1, c5_1);
			c6_0 = fma(vec4f(a1[2]), b0, c6_0); c6_1 = fma(vec4f(a1[2]), b1, c6_1);
			c7_0 = fma(vec4f(a1[3]), b0, c7_0); c7_1 = fma(vec4f(a1[3]), b1, c7_1);
		}
		workgroupBarrier();
	}
	put(firstRow + 0u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c0_0, c0_1);
	put(firstRow + 1u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c1_0, c1_1);
	put(firstRow + 2u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c2_0, c2_1);
	put(firstRow + 3u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c3_0, c3_1);
	put(firstRow + 16u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c4_0, c4_1);
	put(firstRow + 17u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c5_0, c5_1);
	put(firstRow + 18u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c6_0, c6_1);
	put(firstRow + 19u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c7_0, c7_1);
}
