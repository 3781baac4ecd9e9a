const TILE_ROWS = 32u;
const TILE_COLUMNS = 16u;
const TILE_DEPTH = 8u;
const X_STRIDE = 9u;
const THREADS = 16u;

struct Job {
	rows: u32,
	columns: u32,
	depth: u32,
	downColumns: u32,
	sideFirst: u32,
	sideDepth: u32,
	sideFirst0: u32,
	sideRank0: u32,
	sideFirst1: u32,
	sideRank1: u32,
	operandOffsets: vec4u,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<vec4f>; // [rows, depth]
@group(0) @binding(2) var<storage, read> w0: array<vec4u>; // FP16 [depth, columns]
@group(0) @binding(3) var<storage, read> w1: array<vec4u>; // FP16 [depth, columns]
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>; // [rows, columns]
@group(0) @binding(5) var<storage, read> down: array<vec4f>; // [rows, downColumns]
@group(0) @binding(6) var<storage, read> up1: array<vec4u>; // BF16 [rank, columns]

var<workgroup> xTile: array<array<array<vec4f, X_STRIDE>, TILE_DEPTH>, 2>; // [depth][rows / 4 + 1], transposed
var<workgroup> wTile: array<array<array<vec4f, 8>, TILE_DEPTH>, 2>; // [depth][columns / 4]

fn widen2(halves: u32) -> vec2f { return unpack2x16float(halves); }
fn widenBf16(halves: u32) -> vec2f { return bitcast<vec2f>(vec2u(halves << 16u, halves & 0xffff0000u)); }

fn epilogue(sum0: vec4f, sum1: vec4f, row: u32, column: u32) -> vec4f {
	return ((sum0 / (1.0 + exp(min(-sum0, vec4f(80.0))))) * sum1);
}

fn xAt(row: u32, depth: u32) -> vec4f {
	return x[(row * job.depth + depth) >> 2u];
}
fn wAt(depth: u32, firstColumn: u32, column: u32) -> vec4u {
	let half = column / TILE_COLUMNS;
	let at = depth * job.columns + min(firstColumn + column % TILE_COLUMNS, job.columns - 8u);
	if (half == 0u) { return w0[at >> 3u]; }
	return w1[at >> 3u];
}
fn put(row: u32, column: u32, sum0: vec4f, sum1: vec4f) {
	if (row >= job.rows || column >= job.columns) { return; }
	y[(row * job.columns + column) >> 2u] = epilogue(sum0, sum1, row, column);
}
fn side_xAt(row: u32, depth: u32) -> vec4f {
	if (depth >= job.sideDepth) { return vec4f(); }
	let at = row * job.downColumns + job.sideFirst + depth;
	return down[at >> 2u];
}
fn side_wAt(depth: u32, firstColumn: u32, column: u32) -> vec4u {
	let place = min(firstColumn + column % TILE_COLUMNS, job.columns - 8u);
	if (column / TILE_COLUMNS == 0u) {
		return vec4u();
	}
	let line = depth - job.sideFirst1;
	if (line >= job.sideRank1) { return vec4u(); }
	let at = line * job.columns + place;
	return up1[at >> 3u];
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
	var x0_0: vec4f; var x0_1: vec4f; var x0_2: vec4f; var x0_3: vec4f;
	var w0_: vec4u;
	var w1_: vec4u;
	{
		x0_0 = xAt(min(firstRow + thread / 2u * 4u + 0u, job.rows - 1u), 0u + thread % 2u * 4u);
		x0_1 = xAt(min(firstRow + thread / 2u * 4u + 1u, job.rows - 1u), 0u + thread % 2u * 4u);
		x0_2 = xAt(min(firstRow + thread / 2u * 4u + 2u, job.rows - 1u), 0u + thread % 2u * 4u);
		x0_3 = xAt(min(firstRow + thread / 2u * 4u + 3u, job.rows - 1u), 0u + thread % 2u * 4u);
	}
	{
		w0_ = wAt(0u + thread / 4u, firstColumn, thread % 4u * 8u);
	}
	{
		w1_ = wAt(0u + (thread + 16u) / 4u, firstColumn, (thread + 16u) % 4u * 8u);
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
	var k = 0u;
	loop {
		if (k + TILE_DEPTH < job.depth) {
			{
				x0_0 = xAt(min(firstRow + thread / 2u * 4u + 0u, job.rows - 1u), (k + TILE_DEPTH) + thread % 2u * 4u);
				x0_1 = xAt(min(firstRow + thread / 2u * 4u + 1u, job.rows - 1u), (k + TILE_DEPTH) + thread % 2u * 4u);
				x0_2 = xAt(min(firstRow + thread / 2u * 4u + 2u, job.rows - 1u), (k + TILE_DEPTH) + thread % 2u * 4u);
				x0_3 = xAt(min(firstRow + thread / 2u * 4u + 3u, job.rows - 1u), (k + TILE_DEPTH) + thread % 2u * 4u);
			}
			{
				w0_ = wAt((k + TILE_DEPTH) + thread / 4u, firstColumn, thread % 4u * 8u);
			}
			{
				w1_ = wAt((k + TILE_DEPTH) + (thread + 16u) / 4u, firstColumn, (thread + 16u) % 4u * 8u);
			}
		}
		for (var i = 0u; i < 8u; i += 1u) {
			{
				let a0 = xTile[0u][i + 0u][0u + threadRow]; let a1 = xTile[0u][i + 0u][4u + threadRow];
				let b0 = wTile[0u][i + 0u][0u + threadColumn]; let b1 = wTile[0u][i + 0u][4u + threadColumn];
				c0_0 = fma(vec4f(a0[0]), b0, c0_0); c0_1 = fma(vec4f(a0[0]), b1, c0_1);
				c1_0 = fma(vec4f(a0[1]), b0, c1_0); c1_1 = fma(vec4f(a0[1]), b1, c1_1);
				c2_0 = fma(vec4f(a0[2]), b0, c2_0); c2_1 = fma(vec4f(a0[2]), b1, c2_1);
				c3_0 = fma(vec4f(a0[3]), b0, c3_0); c3_1 = fma(vec4f(a0[3]), b1, c3_1);
				c4_0 = fma(vec4f(a1[0]), b0, c4_0); c4_1 = fma(vec4f(a1[0]), b1, c4_1);
				c5_0 = fma(vec4f(a1[1]), b0, c5_0); c5_1 = fma(vec4f(a1[1]), b1, c5_1);
				c6_0 = fma(vec4f(a1[2]), b0, c6_0); c6_1 = fma(vec4f(a1[2]), b1, c6_1);
				c7_0 = fma(vec4f(a1[3]), b0, c7_0); c7_1 = fma(vec4f(a1[3]), b1, c7_1);
			}
		}
		k += TILE_DEPTH;
		if (k >= job.depth) { break; }
		{
			xTile[1u][thread % 2u * 4u + 0u][thread / 2u] = vec4f(x0_0[0], x0_1[0], x0_2[0], x0_3[0]);
			xTile[1u][thread % 2u * 4u + 1u][thread / 2u] = vec4f(x0_0[1], x0_1[1], x0_2[1], x0_3[1]);
			xTile[1u][thread % 2u * 4u + 2u][thread / 2u] = vec4f(x0_0[2], x0_1[2], x0_2[2], x0_3[2]);
			xTile[1u][thread % 2u * 4u + 3u][thread / 2u] = vec4f(x0_0[3], x0_1[3], x0_2[3], x0_3[3]);
		}
		{
			wTile[1u][thread / 4u][thread % 4u * 2u + 0u] = vec4f(widen2(w0_.xy.x), widen2(w0_.xy.y));
			wTile[1u][thread / 4u][thread % 4u * 2u + 1u] = vec4f(widen2(w0_.zw.x), widen2(w0_.zw.y));
		}
		{
			wTile[1u][(thread + 16u) / 4u][(thread + 16u) % 4u * 2u + 0u] = vec4f(widen2(w1_.xy.x), widen2(w1_.xy.y));
			wTile[1u][(thread + 16u) / 4u][(thread + 16u) % 4u * 2u + 1u] = vec4f(widen2(w1_.zw.x), widen2(w1_.zw.y));
		}
		workgroupBarrier();
		if (k + TILE_DEPTH < job.depth) {
			{
				x0_0 = xAt(min(firstRow + thread / 2u * 4u + 0u, job.rows - 1u), (k + TILE_DEPTH) + thread % 2u * 4u);
				x0_1 = xAt(min(firstRow + thread / 2u * 4u + 1u, job.rows - 1u), (k + TILE_DEPTH) + thread % 2u * 4u);
				x0_2 = xAt(min(firstRow + thread / 2u * 4u + 2u, job.rows - 1u), (k + TILE_DEPTH) + thread % 2u * 4u);
				x0_3 = xAt(min(firstRow + thread / 2u * 4u + 3u, job.rows - 1u), (k + TILE_DEPTH) + thread % 2u * 4u);
			}
			{
				w0_ = wAt((k + TILE_DEPTH) + thread / 4u, firstColumn, thread % 4u * 8u);
			}
			{
				w1_ = wAt((k + TILE_DEPTH) + (thread + 16u) / 4u, firstColumn, (thread + 16u) % 4u * 8u);
			}
		}
		for (var i = 0u; i < 8u; i += 1u) {
			{
				let a0 = xTile[1u][i + 0u][0u + threadRow]; let a1 = xTile[1u][i + 0u][4u + threadRow];
				let b0 = wTile[1u][i + 0u][0u + threadColumn]; let b1 = wTile[1u][i + 0u][4u + threadColumn];
				c0_0 = fma(vec4f(a0[0]), b0, c0_0); c0_1 = fma(vec4f(a0[0]), b1, c0_1);
				c1_0 = fma(vec4f(a0[1]), b0, c1_0); c1_1 = fma(vec4f(a0[1]), b1, c1_1);
				c2_0 = fma(vec4f(a0[2]), b0, c2_0); c2_1 = fma(vec4f(a0[2]), b1, c2_1);
				c3_0 = fma(vec4f(a0[3]), b0, c3_0); c3_1 = fma(vec4f(a0[3]), b1, c3_1);
				c4_0 = fma(vec4f(a1[0]), b0, c4_0); c4_1 = fma(vec4f(a1[0]), b1, c4_1);
				c5_0 = fma(vec4f(a1[1]), b0, c5_0); c5_1 = fma(vec4f(a1[1]), b1, c5_1);
				c6_0 = fma(vec4f(a1[2]), b0, c6_0); c6_1 = fma(vec4f(a1[2]), b1, c6_1);
				c7_0 = fma(vec4f(a1[3]), b0, c7_0); c7_1 = fma(vec4f(a1[3]), b1, c7_1);
			}
		}
		k += TILE_DEPTH;
		if (k >= job.depth) { break; }
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
	}
	workgroupBarrier();
	for (var k = 0u; k < job.sideDepth; k += TILE_DEPTH) {
		var x0_0: vec4f; var x0_1: vec4f; var x0_2: vec4f; var x0_3: vec4f;
		var w0_: vec4u;
		var w1_: vec4u;
		{
			x0_0 = side_xAt(min(firstRow + thread / 2u * 4u + 0u, job.rows - 1u), k + thread % 2u * 4u);
			x0_1 = side_xAt(min(firstRow + thread / 2u * 4u + 1u, job.rows - 1u), k + thread % 2u * 4u);
			x0_2 = side_xAt(min(firstRow + thread / 2u * 4u + 2u, job.rows - 1u), k + thread % 2u * 4u);
			x0_3 = side_xAt(min(firstRow + thread / 2u * 4u + 3u, job.rows - 1u), k + thread % 2u * 4u);
		}
		{
			w0_ = side_wAt(k + thread / 4u, firstColumn, thread % 4u * 8u);
		}
		{
			w1_ = side_wAt(k + (thread + 16u) / 4u, firstColumn, (thread + 16u) % 4u * 8u);
		}
		{
			xTile[0u][thread % 2u * 4u + 0u][thread / 2u] = vec4f(x0_0[0], x0_1[0], x0_2[0], x0_3[0]);
			xTile[0u][thread % 2u * 4u + 1u][thread / 2u] = vec4f(x0_0[1], x0_1[1], x0_2[1], x0_3[1]);
			xTile[0u][thread % 2u * 4u + 2u][thread / 2u] = vec4f(x0_0[2], x0_1[2], x0_2[2], x0_3[2]);
			xTile[0u][thread % 2u * 4u + 3u][thread / 2u] = vec4f(x0_0[3], x0_1[3], x0_2[3], x0_3[3]);
		}
		{
			wTile[0u][thread / 4u][thread % 4u * 2u + 0u] = vec4f(widenBf16(w0_.xy.x), widenBf16(w0_.xy.y));
			wTile[0u][thread / 4u][thread % 4u * 2u + 1u] = vec4f(widenBf16(w0_.zw.x), widenBf16(w0_.zw.y));
		}
		{
			wTile[0u][(thread + 16u) / 4u][(thread + 16u) % 4u * 2u + 0u] = vec4f(widenBf16(w1_.xy.x), widenBf16(w1_.xy.y));
			wTile[0u][(thread + 16u) / 4u][(thread + 16u) % 4u * 2u + 1u] = vec4f(widenBf16(w1_.zw.x), widenBf16(w1_.zw.y));
		}
		workgroupBarrier();
		for (var i = 0u; i < 8u; i += 1u) {
			{
				let a0 = xTile[0u][i + 0u][0u + threadRow]; let a1 = xTile[0u][i + 0u][4u + threadRow];
				let b0 = wTile[0u][i + 0u][0u + threadColumn]; let b1 = wTile[0u][i + 0u][4u + threadColumn];
				c0_0 = fma(vec4f(a0[0]), b0, c0_0); c0_1 = fma(vec4f(a0[0]), b1, c0_1);
				c1_0 = fma(vec4f(a0[1]), b0, c1_0); c1_1 = fma(vec4f(a0[1]), b1, c1_1);
				c2_0 = fma(vec4f(a0[2]), b0, c2_0); c2_1 = fma(vec4f(a0[2]), b1, c2_1);
				c3_0 = fma(vec4f(a0[3]), b0, c3_0); c3_1 = fma(vec4f(a0[3]), b1, c3_1);
				c4_0 = fma(vec4f(a1[0]), b0, c4_0); c4_1 = fma(vec4f(a1[0]), b1, c4_1);
				c5_0 = fma(vec4f(a1[1]), b0, c5_0); c5_1 = fma(vec4f(a1[1]), b1, c5_1);
				c6_0 = fma(vec4f(a1[2]), b0, c6_0); c6_1 = fma(vec4f(a1[2]), b1, c6_1);
				c7_0 = fma(vec4f(a1[3]), b0, c7_0); c7_1 = fma(vec4f(a1[3]), b1, c7_1);
			}
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
