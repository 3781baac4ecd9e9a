const TILE_ROWS = 32u;
const TILE_COLUMNS = 16u;
const TILE_DEPTH = 8u;
const X_STRIDE = 9u;
const THREADS = 8u;

struct Job {
	rows: u32,
	columns: u32,
	depth: u32,
	operandOffsets: vec4u,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<vec4f>; // [rows, depth]
@group(0) @binding(2) var<storage, read> w0: array<vec4u>; // FP16 [depth, columns]
@group(0) @binding(3) var<storage, read> w1: array<vec4u>; // FP16 [depth, columns]
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>; // [rows, columns]

var<workgroup> xTile: array<array<array<vec4f, X_STRIDE>, TILE_DEPTH>, 1>; // [depth][rows / 4 + 1], transposed
var<workgroup> wTile: array<array<array<vec4f, 8>, TILE_DEPTH>, 1>; // [depth][columns / 4]

fn widen2(halves: u32) -> vec2f { return unpack2x16float(halves); }

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

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let tilesAcross = (job.columns + TILE_COLUMNS - 1u) / TILE_COLUMNS;
	let tilesDown = (job.rows + TILE_ROWS - 1u) / TILE_ROWS;
	let place = group.y * tilesAcross + group.x;
	let bandStart = place / (8u * tilesAcross) * 8u;
	let bandTiles = min(8u, tilesDown - bandStart);
	let placeInBand = place - bandStart * tilesAcross;
	let firstRow = (bandStart + placeInBand % bandTiles) * TILE_ROWS;
	let firstColumn = placeInBand / bandTiles * TILE_COLUMNS;
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
	var c8_0 = vec4f(); var c8_1 = vec4f();
	var c9_0 = vec4f(); var c9_1 = vec4f();
	var c10_0 = vec4f(); var c10_1 = vec4f();
	var c11_0 = vec4f(); var c11_1 = vec4f();
	var c12_0 = vec4f(); var c12_1 = vec4f();
	var c13_0 = vec4f(); var c13_1 = vec4f();
	var c14_0 = vec4f(); var c14_1 = vec4f();
	var c15_0 = vec4f(); var c15_1 = vec4f();
	var x0_0: vec4f; var x0_1: vec4f; var x0_2: vec4f; var x0_3: vec4f;
	var x1_0: vec4f; var x1_1: vec4f; var x1_2: vec4f; var x1_3: vec4f;
	var w0_: vec4u;
	var w1_: vec4u;
	var w2_: vec4u;
	var w3_: vec4u;
	{
		x0_0 = xAt(min(firstRow + thread / 2u * 4u + 0u, job.rows - 1u), 0u + thread % 2u * 4u);
		x0_1 = xAt(min(firstRow + thread / 2u * 4u + 1u, job.rows - 1u), 0u + thread % 2u * 4u);
		x0_2 = xAt(min(firstRow + thread / 2u * 4u + 2u, job.rows - 1u), 0u + thread % 2u * 4u);
		x0_3 = xAt(min(firstRow + thread / 2u * 4u + 3u, job.rows - 1u), 0u + thread % 2u * 4u);
	}
	{
		x1_0 = xAt(min(firstRow + (thread + 8u) / 2u * 4u + 0u, job.rows - 1u), 0u + (thread + 8u) % 2u * 4u);
		x1_1 = xAt(min(firstRow + (thread + 8u) / 2u * 4u + 1u, job.rows - 1u), 0u + (thread + 8u) % 2u * 4u);
		x1_2 = xAt(min(firstRow + (thread + 8u) / 2u * 4u + 2u, job.rows - 1u), 0u + (thread + 8u) % 2u * 4u);
		x1_3 = xAt(min(firstRow + (thread + 8u) / 2u * 4u + 3u, job.rows - 1u), 0u + (thread + 8u) % 2u * 4u);
	}
	{
		w0_ = wAt(0u + thread / 4u, firstColumn, thread % 4u * 8u);
	}
	{
		w1_ = wAt(0u + (thread + 8u) / 4u, firstColumn, (thread + 8u) % 4u * 8u);
	}
	{
		w2_ = wAt(0u + (thread + 16u) / 4u, firstColumn, (thread + 16u) % 4u * 8u);
	}
	{
		w3_ = wAt(0u + (thread + 24u) / 4u, firstColumn, (thread + 24u) % 4u * 8u);
	}
	for (var k = 0u; k < job.depth; k += TILE_DEPTH) {
		{
			xTile[0u][thread % 2u * 4u + 0u][thread / 2u] = vec4f(x0_0[0], x0_1[0], x0_2[0], x0_3[0]);
			xTile[0u][thread % 2u * 4u + 1u][thread / 2u] = vec4f(x0_0[1], x0_1[1], x0_2[1], x0_3[1]);
			xTile[0u][thread % 2u * 4u + 2u][thread / 2u] = vec4f(x0_0[2], x0_1[2], x0_2[2], x0_3[2]);
			xTile[0u][thread % 2u * 4u + 3u][thread / 2u] = vec4f(x0_0[3], x0_1[3], x0_2[3], x0_3[3]);
		}
		{
			xTile[0u][(thread + 8u) % 2u * 4u + 0u][(thread + 8u) / 2u] = vec4f(x1_0[0], x1_1[0], x1_2[0], x1_3[0]);
			xTile[0u][(thread + 8u) % 2u * 4u + 1u][(thread + 8u) / 2u] = vec4f(x1_0[1], x1_1[1], x1_2[1], x1_3[1]);
			xTile[0u][(thread + 8u) % 2u * 4u + 2u][(thread + 8u) / 2u] = vec4f(x1_0[2], x1_1[2], x1_2[2], x1_3[2]);
			xTile[0u][(thread + 8u) % 2u * 4u + 3u][(thread + 8u) / 2u] = vec4f(x1_0[3], x1_1[3], x1_2[3], x1_3[3]);
		}
		{
			wTile[0u][thread / 4u][thread % 4u * 2u + 0u] = vec4f(widen2(w0_.xy.x), widen2(w0_.xy.y));
			wTile[0u][thread / 4u][thread % 4u * 2u + 1u] = vec4f(widen2(w0_.zw.x), widen2(w0_.zw.y));
		}
		{
			wTile[0u][(thread + 8u) / 4u][(thread + 8u) % 4u * 2u + 0u] = vec4f(widen2(w1_.xy.x), widen2(w1_.xy.y));
			wTile[0u][(thread + 8u) / 4u][(thread + 8u) % 4u * 2u + 1u] = vec4f(widen2(w1_.zw.x), widen2(w1_.zw.y));
		}
		{
			wTile[0u][(thread + 16u) / 4u][(thread + 16u) % 4u * 2u + 0u] = vec4f(widen2(w2_.xy.x), widen2(w2_.xy.y));
			wTile[0u][(thread + 16u) / 4u][(thread + 16u) % 4u * 2u + 1u] = vec4f(widen2(w2_.zw.x), widen2(w2_.zw.y));
		}
		{
			wTile[0u][(thread + 24u) / 4u][(thread + 24u) % 4u * 2u + 0u] = vec4f(widen2(w3_.xy.x), widen2(w3_.xy.y));
			wTile[0u][(thread + 24u) / 4u][(thread + 24u) % 4u * 2u + 1u] = vec4f(widen2(w3_.zw.x), widen2(w3_.zw.y));
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
				x1_0 = xAt(min(firstRow + (thread + 8u) / 2u * 4u + 0u, job.rows - 1u), (k + TILE_DEPTH) + (thread + 8u) % 2u * 4u);
				x1_1 = xAt(min(firstRow + (thread + 8u) / 2u * 4u + 1u, job.rows - 1u), (k + TILE_DEPTH) + (thread + 8u) % 2u * 4u);
				x1_2 = xAt(min(firstRow + (thread + 8u) / 2u * 4u + 2u, job.rows - 1u), (k + TILE_DEPTH) + (thread + 8u) % 2u * 4u);
				x1_3 = xAt(min(firstRow + (thread + 8u) / 2u * 4u + 3u, job.rows - 1u), (k + TILE_DEPTH) + (thread + 8u) % 2u * 4u);
			}
			{
				w0_ = wAt((k + TILE_DEPTH) + thread / 4u, firstColumn, thread % 4u * 8u);
			}
			{
				w1_ = wAt((k + TILE_DEPTH) + (thread + 8u) / 4u, firstColumn, (thread + 8u) % 4u * 8u);
			}
			{
				w2_ = wAt((k + TILE_DEPTH) + (thread + 16u) / 4u, firstColumn, (thread + 16u) % 4u * 8u);
			}
			{
				w3_ = wAt((k + TILE_DEPTH) + (thread + 24u) / 4u, firstColumn, (thread + 24u) % 4u * 8u);
			}
		}
		for (var i = 0u; i < 8u; i += 2u) {
			{
				let a0 = xTile[0u][i + 0u][0u + threadRow]; let a1 = xTile[0u][i + 0u][2u + threadRow]; let a2 = xTile[0u][i + 0u][4u + threadRow]; let a3 = xTile[0u][i + 0u][6u + threadRow];
				let b0 = wTile[0u][i + 0u][0u + threadColumn]; let b1 = wTile[0u][i + 0u][4u + threadColumn];
				c0_0 = fma(vec4f(a0[0]), b0, c0_0); c0_1 = fma(vec4f(a0[0]), b1, c0_1);
				c1_0 = fma(vec4f(a0[1]), b0, c1_0); c1_1 = fma(vec4f(a0[1]), b1, c1_1);
				c2_0 = fma(vec4f(a0[2]), b0, c2_0); c2_1 = fma(vec4f(a0[2]), b1, c2_1);
				c3_0 = fma(vec4f(a0[3]), b0, c3_0); c3_1 = fma(vec4f(a0[3]), b1, c3_1);
				c4_0 = fma(vec4f(a1[0]), b0, c4_0); c4_1 = fma(vec4f(a1[0]), b1, c4_1);
				c5_0 = fma(vec4f(a1[1]), b0, c5_0); c5_1 = fma(vec4f(a1[1]), b1, c5_1);
				c6_0 = fma(vec4f(a1[2]), b0, c6_0); c6_1 = fma(vec4f(a1[2]), b1, c6_1);
				c7_0 = fma(vec4f(a1[3]), b0, c7_0); c7_1 = fma(vec4f(a1[3]), b1, c7_1);
				c8_0 = fma(vec4f(a2[0]), b0, c8_0); c8_1 = fma(vec4f(a2[0]), b1, c8_1);
				c9_0 = fma(vec4f(a2[1]), b0, c9_0); c9_1 = fma(vec4f(a2[1]), b1, c9_1);
				c10_0 = fma(vec4f(a2[2]), b0, c10_0); c10_1 = fma(vec4f(a2[2]), b1, c10_1);
				c11_0 = fma(vec4f(a2[3]), b0, c11_0); c11_1 = fma(vec4f(a2[3]), b1, c11_1);
				c12_0 = fma(vec4f(a3[0]), b0, c12_0); c12_1 = fma(vec4f(a3[0]), b1, c12_1);
				c13_0 = fma(vec4f(a3[1]), b0, c13_0); c13_1 = fma(vec4f(a3[1]), b1, c13_1);
				c14_0 = fma(vec4f(a3[2]), b0, c14_0); c14_1 = fma(vec4f(a3[2]), b1, c14_1);
				c15_0 = fma(vec4f(a3[3]), b0, c15_0); c15_1 = fma(vec4f(a3[3]), b1, c15_1);
			}
			{
				let a0 = xTile[0u][i + 1u][0u + threadRow]; let a1 = xTile[0u][i + 1u][2u + threadRow]; let a2 = xTile[0u][i + 1u][4u + threadRow]; let a3 = xTile[0u][i + 1u][6u + threadRow];
				let b0 = wTile[0u][i + 1u][0u + threadColumn]; let b1 = wTile[0u][i + 1u][4u + threadColumn];
				c0_0 = fma(vec4f(a0[0]), b0, c0_0); c0_1 = fma(vec4f(a0[0]), b1, c0_1);
				c1_0 = fma(vec4f(a0[1]), b0, c1_0); c1_1 = fma(vec4f(a0[1]), b1, c1_1);
				c2_0 = fma(vec4f(a0[2]), b0, c2_0); c2_1 = fma(vec4f(a0[2]), b1, c2_1);
				c3_0 = fma(vec4f(a0[3]), b0, c3_0); c3_1 = fma(vec4f(a0[3]), b1, c3_1);
				c4_0 = fma(vec4f(a1[0]), b0, c4_0); c4_1 = fma(vec4f(a1[0]), b1, c4_1);
				c5_0 = fma(vec4f(a1[1]), b0, c5_0); c5_1 = fma(vec4f(a1[1]), b1, c5_1);
				c6_0 = fma(vec4f(a1[2]), b0, c6_0); c6_1 = fma(vec4f(a1[2]), b1, c6_1);
				c7_0 = fma(vec4f(a1[3]), b0, c7_0); c7_1 = fma(vec4f(a1[3]), b1, c7_1);
				c8_0 = fma(vec4f(a2[0]), b0, c8_0); c8_1 = fma(vec4f(a2[0]), b1, c8_1);
				c9_0 = fma(vec4f(a2[1]), b0, c9_0); c9_1 = fma(vec4f(a2[1]), b1, c9_1);
				c10_0 = fma(vec4f(a2[2]), b0, c10_0); c10_1 = fma(vec4f(a2[2]), b1, c10_1);
				c11_0 = fma(vec4f(a2[3]), b0, c11_0); c11_1 = fma(vec4f(a2[3]), b1, c11_1);
				c12_0 = fma(vec4f(a3[0]), b0, c12_0); c12_1 = fma(vec4f(a3[0]), b1, c12_1);
				c13_0 = fma(vec4f(a3[1]), b0, c13_0); c13_1 = fma(vec4f(a3[1]), b1, c13_1);
				c14_0 = fma(vec4f(a3[2]), b0, c14_0); c14_1 = fma(vec4f(a3[2]), b1, c14_1);
				c15_0 = fma(vec4f(a3[3]), b0, c15_0); c15_1 = fma(vec4f(a3[3]), b1, c15_1);
			}
		}
		workgroupBarrier();
	}
	put(firstRow + 0u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c0_0, c0_1);
	put(firstRow + 1u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c1_0, c1_1);
	put(firstRow + 2u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c2_0, c2_1);
	put(firstRow + 3u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c3_0, c3_1);
	put(firstRow + 8u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c4_0, c4_1);
	put(firstRow + 9u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c5_0, c5_1);
	put(firstRow + 10u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c6_0, c6_1);
	put(firstRow + 11u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c7_0, c7_1);
	put(firstRow + 16u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c8_0, c8_1);
	put(firstRow + 17u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c9_0, c9_1);
	put(firstRow + 18u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c10_0, c10_1);
	put(firstRow + 19u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c11_0, c11_1);
	put(firstRow + 24u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c12_0, c12_1);
	put(firstRow + 25u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c13_0, c13_1);
	put(firstRow + 26u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c14_0, c14_1);
	put(firstRow + 27u + threadRow * 4u, firstColumn + 0u + threadColumn * 4u, c15_0, c15_1);
}
