const TILE_ROWS = 32u;
const TILE_COLUMNS = 32u;
const TILE_DEPTH = 8u;
const X_STRIDE = 3u;
const THREADS = 16u;

struct Job {
	rows: u32,
	columns: u32,
	depth: u32,
	operandOffsets: vec4u,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<vec4f>; // [rows, depth]
@group(0) @binding(2) var<storage, read> w0: array<vec4u>; // FP16 [depth, columns]
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>; // [rows, columns]

var<workgroup> xTile: array<array<array<vec4f, X_STRIDE>, TILE_ROWS>, 2>; // [rows][depth / 4 + 1]
var<workgroup> wTile: array<array<array<vec2u, 8>, TILE_DEPTH>, 2>; // [depth][columns / 4]

fn widen2(halves: u32) -> vec2f { return unpack2x16float(halves); }

fn epilogue(sum0: vec4f, sum1: vec4f, row: u32, column: u32) -> vec4f {
	return sum0;
}

fn xAt(row: u32, depth: u32) -> vec4f {
	if (depth >= job.depth) { return vec4f(); }
	return x[(row * job.depth + depth) >> 2u];
}
fn wAt(depth: u32, firstColumn: u32, column: u32) -> vec4u {
	if (depth >= job.depth) { return vec4u(); }
	let at = depth * job.columns + min(firstColumn + column, job.columns - 8u);
	return w0[at >> 3u];
}
fn put(row: u32, column: u32, sum0: vec4f, sum1: vec4f) {
	if (row >= job.rows || column >= job.columns) { return; }
	y[(row * job.columns + column) >> 2u] = epilogue(sum0, sum1, row, column);
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
	var x0_0: vec4f;
	var x1_0: vec4f;
	var x2_0: vec4f;
	var x3_0: vec4f;
	var w0_: vec4u;
	var w1_: vec4u;
	{
		x0_0 = xAt(min(firstRow + thread / 2u + 0u, job.rows - 1u), 0u + thread % 2u * 4u);
	}
	{
		x1_0 = xAt(min(firstRow + (thread + 16u) / 2u + 0u, job.rows - 1u), 0u + (thread + 16u) % 2u * 4u);
	}
	{
		x2_0 = xAt(min(firstRow + (thread + 32u) / 2u + 0u, job.rows - 1u), 0u + (thread + 32u) % 2u * 4u);
	}
	{
		x3_0 = xAt(min(firstRow + (thread + 48u) / 2u + 0u, job.rows - 1u), 0u + (thread + 48u) % 2u * 4u);
	}
	{
		w0_ = wAt(0u + thread / 4u, firstColumn, thread % 4u * 8u);
	}
	{
		w1_ = wAt(0u + (thread + 16u) / 4u, firstColumn, (thread + 16u) % 4u * 8u);
	}
	{
		xTile[0u][thread / 2u][thread % 2u] = x0_0;
	}
	{
		xTile[0u][(thread + 16u) / 2u][(thread + 16u) % 2u] = x1_0;
	}
	{
		xTile[0u][(thread + 32u) / 2u][(thread + 32u) % 2u] = x2_0;
	}
	{
		xTile[0u][(thread + 48u) / 2u][(thread + 48u) % 2u] = x3_0;
	}
	{
		wTile[0u][thread / 4u][thread % 4u * 2u + 0u] = w0_.xy;
		wTile[0u][thread / 4u][thread % 4u * 2u + 1u] = w0_.zw;
	}
	{
		wTile[0u][(thread + 16u) / 4u][(thread + 16u) % 4u * 2u + 0u] = w1_.xy;
		wTile[0u][(thread + 16u) / 4u][(thread + 16u) % 4u * 2u + 1u] = w1_.zw;
	}
	workgroupBarrier();
	var k = 0u;
	loop {
		if (k + TILE_DEPTH < job.depth) {
			{
				x0_0 = xAt(min(firstRow + thread / 2u + 0u, job.rows - 1u), (k + TILE_DEPTH) + thread % 2u * 4u);
			}
			{
				x1_0 = xAt(min(firstRow + (thread + 16u) / 2u + 0u, job.rows - 1u), (k + TILE_DEPTH) + (thread + 16u) % 2u * 4u);
			}
			{
				x2_0 = xAt(min(firstRow + (thread + 32u) / 2u + 0u, job.rows - 1u), (k + TILE_DEPTH) + (thread + 32u) % 2u * 4u);
			}
			{
				x3_0 = xAt(min(firstRow + (thread + 48u) / 2u + 0u, job.rows - 1u), (k + TILE_DEPTH) + (thread + 48u) % 2u * 4u);
			}
			{
				w0_ = wAt((k + TILE_DEPTH) + thread / 4u, firstColumn, thread % 4u * 8u);
			}
			{
				w1_ = wAt((k + TILE_DEPTH) + (thread + 16u) / 4u, firstColumn, (thread + 16u) % 4u * 8u);
			}
		}
		for (var i = 0u; i < 8u; i += 4u) {
			{
				let a0 = xTile[0u][0u + threadRow][(i + 0u) / 4u];
				let a1 = xTile[0u][4u + threadRow][(i + 0u) / 4u];
				let a2 = xTile[0u][8u + threadRow][(i + 0u) / 4u];
				let a3 = xTile[0u][12u + threadRow][(i + 0u) / 4u];
				let a4 = xTile[0u][16u + threadRow][(i + 0u) / 4u];
				let a5 = xTile[0u][20u + threadRow][(i + 0u) / 4u];
				let a6 = xTile[0u][24u + threadRow][(i + 0u) / 4u];
				let a7 = xTile[0u][28u + threadRow][(i + 0u) / 4u];
				{
					let h0 = wTile[0u][i + 0u][0u + threadColumn]; let b0 = vec4f(widen2(h0.x), widen2(h0.y)); let h1 = wTile[0u][i + 0u][4u + threadColumn]; let b1 = vec4f(widen2(h1.x), widen2(h1.y));
					c0_0 = fma(vec4f(a0[0]), b0, c0_0); c0_1 = fma(vec4f(a0[0]), b1, c0_1);
					c1_0 = fma(vec4f(a1[0]), b0, c1_0); c1_1 = fma(vec4f(a1[0]), b1, c1_1);
					c2_0 = fma(vec4f(a2[0]), b0, c2_0); c2_1 = fma(vec4f(a2[0]), b1, c2_1);
					c3_0 = fma(vec4f(a3[0]), b0, c3_0); c3_1 = fma(vec4f(a3[0]), b1, c3_1);
					c4_0 = fma(vec4f(a4[0]), b0, c4_0); c4_1 = fma(vec4f(a4[0]), b1, c4_1);
					c5_0 = fma(vec4f(a5[0]), b0, c5_0); c5_1 = fma(vec4f(a5[0]), b1, c5_1);
					c6_0 = fma(vec4f(a6[0]), b0, c6_0); c6_1 = fma(vec4f(a6[0]), b1, c6_1);
					c7_0 = fma(vec4f(a7[0]), b0, c7_0); c7_1 = fma(vec4f(a7[0]), b1, c7_1);
				}
				{
					let h0 = wTile[0u][i + 1u][0u + threadColumn]; let b0 = vec4f(widen2(h0.x), widen2(h0.y)); let h1 = wTile[0u][i + 1u][4u + threadColumn]; let b1 = vec4f(widen2(h1.x), widen2(h1.y));
					c0_0 = fma(vec4f(a0[1]), b0, c0_0); c0_1 = fma(vec4f(a0[1]), b1, c0_1);
					c1_0 = fma(vec4f(a1[1]), b0, c1_0); c1_1 = fma(vec4f(a1[1]), b1, c1_1);
					c2_0 = fma(vec4f(a2[1]), b0, c2_0); c2_1 = fma(vec4f(a2[1]), b1, c2_1);
					c3_0 = fma(vec4f(a3[1]), b0, c3_0); c3_1 = fma(vec4f(a3[1]), b1, c3_1);
					c4_0 = fma(vec4f(a4[1]), b0, c4_0); c4_1 = fma(vec4f(a4[1]), b1, c4_1);
					c5_0 = fma(vec4f(a5[1]), b0, c5_0); c5_1 = fma(vec4f(a5[1]), b1, c5_1);
					c6_0 = fma(vec4f(a6[1]), b0, c6_0); c6_1 = fma(vec4f(a6[1]), b1, c6_1);
					c7_0 = fma(vec4f(a7[1]), b0, c7_0); c7_1 = fma(vec4f(a7[1]), b1, c7_1);
				}
				{
					let h0 = wTile[0u][i + 2u][0u + threadColumn]; let b0 = vec4f(widen2(h0.x), widen2(h0.y)); let h1 = wTile[0u][i + 2u][4u + threadColumn]; let b1 = vec4f(widen2(h1.x), widen2(h1.y));
					c0_0 = fma(vec4f(a0[2]), b0, c0_0); c0_1 = fma(vec4f(a0[2]), b1, c0_1);
					c1_0 = fma(vec4f(a1[2]), b0, c1_0); c1_1 = fma(vec4f(a1[2]), b1, c1_1);
					c2_0 = fma(vec4f(a2[2]), b0, c2_0); c2_1 = fma(vec4f(a2[2]), b1, c2_1);
					c3_0 = fma(vec4f(a3[2]), b0, c3_0); c3_1 = fma(vec4f(a3[2]), b1, c3_1);
					c4_0 = fma(vec4f(a4[2]), b0, c4_0); c4_1 = fma(vec4f(a4[2]), b1, c4_1);
					c5_0 = fma(vec4f(a5[2]), b0, c5_0); c5_1 = fma(vec4f(a5[2]), b1, c5_1);
					c6_0 = fma(vec4f(a6[2]), b0, c6_0); c6_1 = fma(vec4f(a6[2]), b1, c6_1);
					c7_0 = fma(vec4f(a7[2]), b0, c7_0); c7_1 = fma(vec4f(a7[2]), b1, c7_1);
				}
				{
					let h0 = wTile[0u][i + 3u][0u + threadColumn]; let b0 = vec4f(widen2(h0.x), widen2(h0.y)); let h1 = wTile[0u][i + 3u][4u + threadColumn]; let b1 = vec4f(widen2(h1.x), widen2(h1.y));
					c0_0 = fma(vec4f(a0[3]), b0, c0_0); c0_1 = fma(vec4f(a0[3]), b1, c0_1);
					c1_0 = fma(vec4f(a1[3]), b0, c1_0); c1_1 = fma(vec4f(a1[3]), b1, c1_1);
					c2_0 = fma(vec4f(a2[3]), b0, c2_0); c2_1 = fma(vec4f(a2[3]), b1, c2_1);
					c3_0 = fma(vec4f(a3[3]), b0, c3_0); c3_1 = fma(vec4f(a3[3]), b1, c3_1);
					c4_0 = fma(vec4f(a4[3]), b0, c4_0); c4_1 = fma(vec4f(a4[3]), b1, c4_1);
					c5_0 = fma(vec4f(a5[3]), b0, c5_0); c5_1 = fma(vec4f(a5[3]), b1, c5_1);
					c6_0 = fma(vec4f(a6[3]), b0, c6_0); c6_1 = fma(vec4f(a6[3]), b1, c6_1);
					c7_0 = fma(vec4f(a7[3]), b0, c7_0); c7_1 = fma(vec4f(a7[3]), b1, c7_1);
				}
			}
		}
		k += TILE_DEPTH;
		if (k >= job.depth) { break; }
		{
			xTile[1u][thread / 2u][thread % 2u] = x0_0;
		}
		{
			xTile[1u][(thread + 16u) / 2u][(thread + 16u) % 2u] = x1_0;
		}
		{
			xTile[1u][(thread + 32u) / 2u][(thread + 32u) % 2u] = x2_0;
		}
		{
			xTile[1u][(thread + 48u) / 2u][(thread + 48u) % 2u] = x3_0;
		}
		{
			wTile[1u][thread / 4u][thread % 4u * 2u + 0u] = w0_.xy;
			wTile[1u][thread / 4u][thread % 4u * 2u + 1u] = w0_.zw;
		}
		{
			wTile[1u][(thread + 16u) / 4u][(thread + 16u) % 4u * 2u + 0u] = w1_.xy;
			wTile[1u][(thread + 16u) / 4u][(thread + 16u) % 4u * 2u + 1u] = w1_.zw;
		}
		workgroupBarrier();
		if (k + TILE_DEPTH < job.depth) {
			{
				x0_0 = xAt(min(firstRow + thread / 2u + 0u, job.rows - 1u), (k + TILE_DEPTH) + thread % 2u * 4u);
			}
			{
				x1_0 = xAt(min(firstRow + (thread + 16u) / 2u + 0u, job.rows - 1u), (k + TILE_DEPTH) + (thread + 16u) % 2u * 4u);
			}
			{
				x2_0 = xAt(min(firstRow + (thread + 32u) / 2u + 0u, job.rows - 1u), (k + TILE_DEPTH) + (thread + 32u) % 2u * 4u);
			}
			{
				x3_0 = xAt(min(firstRow + (thread + 48u) / 2u + 0u, job.rows - 1u), (k + TILE_DEPTH) + (thread + 48u) % 2u * 4u);
			}
			{
				w0_ = wAt((k + TILE_DEPTH) + thread / 4u, firstColumn, thread % 4u * 8u);
			}
			{
				w1_ = wAt((k + TILE_DEPTH) + (thread + 16u) / 4u, firstColumn, (thread + 16u) % 4u * 8u);
			}
		}
		for (var i = 0u; i < 8u; i += 4u) {
			{
				let a0 = xTile[1u][0u + threadRow][(i + 0u) / 4u];
				let a1 = xTile[1u][4u + threadRow][(i + 0u) / 4u];
				let a2 = xTile[1u][8u + threadRow][(i + 0u) / 4u];
				let a3 = xTile[1u][12u + threadRow][(i + 0u) / 4u];
				let a4 = xTile[1u][16u + threadRow][(i + 0u) / 4u];
				let a5 = xTile[1u][20u + threadRow][(i + 0u) / 4u];
				let a6 = xTile[1u][24u + threadRow][(i + 0u) / 4u];
				let a7 = xTile[1u][28u + threadRow][(i + 0u) / 4u];
				{
					let h0 = wTile[1u][i + 0u][0u + threadColumn]; let b0 = vec4f(widen2(h0.x), widen2(h0.y)); let h1 = wTile[1u][i + 0u][4u + threadColumn]; let b1 = vec4f(widen2(h1.x), widen2(h1.y));
					c0_0 = fma(vec4f(a0[0]), b0, c0_0); c0_1 = fma(vec4f(a0[0]), b1, c0_1);
					c1_0 = fma(vec4f(a1[0]), b0, c1_0); c1_1 = fma(vec4f(a1[0]), b1, c1_1);
					c2_0 = fma(vec4f(a2[0]), b0, c2_0); c2_1 = fma(vec4f(a2[0]), b1, c2_1);
					c3_0 = fma(vec4f(a3[0]), b0, c3_0); c3_1 = fma(vec4f(a3[0]), b1, c3_1);
					c4_0 = fma(vec4f(a4[0]), b0, c4_0); c4_1 = fma(vec4f(a4[0]), b1, c4_1);
					c5_0 = fma(vec4f(a5[0]), b0, c5_0); c5_1 = fma(vec4f(a5[0]), b1, c5_1);
					c6_0 = fma(vec4f(a6[0]), b0, c6_0); c6_1 = fma(vec4f(a6[0]), b1, c6_1);
					c7_0 = fma(vec4f(a7[0]), b0, c7_0); c7_1 = fma(vec4f(a7[0]), b1, c7_1);
				}
				{
					let h0 = wTile[1u][i + 1u][0u + threadColumn]; let b0 = vec4f(widen2(h0.x), widen2(h0.y)); let h1 = wTile[1u][i + 1u][4u + threadColumn]; let b1 = vec4f(widen2(h1.x), widen2(h1.y));
					c0_0 = fma(vec4f(a0[1]), b0, c0_0); c0_1 = fma(vec4f(a0[1]), b1, c0_1);
					c1_0 = fma(vec4f(a1[1]), b0, c1_0); c1_1 = fma(vec4f(a1[1]), b1, c1_1);
					c2_0 = fma(vec4f(a2[1]), b0, c2_0); c2_1 = fma(vec4f(a2[1]), b1, c2_1);
					c3_0 = fma(vec4f(a3[1]), b0, c3_0); c3_1 = fma(vec4f(a3[1]), b1, c3_1);
					c4_0 = fma(vec4f(a4[1]), b0, c4_0); c4_1 = fma(vec4f(a4[1]), b1, c4_1);
					c5_0 = fma(vec4f(a5[1]), b0, c5_0); c5_1 = fma(vec4f(a5[1]), b1, c5_1);
					c6_0 = fma(vec4f(a6[1]), b0, c6_0); c6_1 = fma(vec4f(a6[1]), b1, c6_1);
					c7_0 = fma(vec4f(a7[1]), b0, c7_0); c7_1 = fma(vec4f(a7[1]), b1, c7_1);
				}
				{
					let h0 = wTile[1u][i + 2u][0u + threadColumn]; let b0 = vec4f(widen2(h0.x), widen2(h0.y)); let h1 = wTile[1u][i + 2u][4u + threadColumn]; let b1 = vec4f(widen2(h1.x), widen2(h1.y));
					c0_0 = fma(vec4f(a0[2]), b0, c0_0); c0_1 = fma(vec4f(a0[2]), b1, c0_1);
					c1_0 = fma(vec4f(a1[2]), b0, c1_0); c1_1 = fma(vec4f(a1[2]), b1, c1_1);
					c2_0 = fma(vec4f(a2[2]), b0, c2_0); c2_1 = fma(vec4f(a2[2]), b1, c2_1);
					c3_0 = fma(vec4f(a3[2]), b0, c3_0); c3_1 = fma(vec4f(a3[2]), b1, c3_1);
					c4_0 = fma(vec4f(a4[2]), b0, c4_0); c4_1 = fma(vec4f(a4[2]), b1, c4_1);
					c5_0 = fma(vec4f(a5[2]), b0, c5_0); c5_1 = fma(vec4f(a5[2]), b1, c5_1);
					c6_0 = fma(vec4f(a6[2]), b0, c6_0); c6_1 = fma(vec4f(a6[2]), b1, c6_1);
					c7_0 = fma(vec4f(a7[2]), b0, c7_0); c7_1 = fma(vec4f(a7[2]), b1, c7_1);
				}
				{
					let h0 = wTile[1u][i + 3u][0u + threadColumn]; let b0 = vec4f(widen2(h0.x), widen2(h0.y)); let h1 = wTile[1u][i + 3u][4u + threadColumn]; let b1 = vec4f(widen2(h1.x), widen2(h1.y));
					c0_0 = fma(vec4f(a0[3]), b0, c0_0); c0_1 = fma(vec4f(a0[3]), b1, c0_1);
					c1_0 = fma(vec4f(a1[3]), b0, c1_0); c1_1 = fma(vec4f(a1[3]), b1, c1_1);
					c2_0 = fma(vec4f(a2[3]), b0, c2_0); c2_1 = fma(vec4f(a2[3]), b1, c2_1);
					c3_0 = fma(vec4f(a3[3]), b0, c3_0); c3_1 = fma(vec4f(a3[3]), b1, c3_1);
					c4_0 = fma(vec4f(a4[3]), b0, c4_0); c4_1 = fma(vec4f(a4[3]), b1, c4_1);
					c5_0 = fma(vec4f(a5[3]), b0, c5_0); c5_1 = fma(vec4f(a5[3]), b1, c5_1);
					c6_0 = fma(vec4f(a6[3]), b0, c6_0); c6_1 = fma(vec4f(a6[3]), b1, c6_1);
					c7_0 = fma(vec4f(a7[3]), b0, c7_0); c7_1 = fma(vec4f(a7[3]), b1, c7_1);
				}
			}
		}
		k += TILE_DEPTH;
		if (k >= job.depth) { break; }
		{
			xTile[0u][thread / 2u][thread % 2u] = x0_0;
		}
		{
			xTile[0u][(thread + 16u) / 2u][(thread + 16u) % 2u] = x1_0;
		}
		{
			xTile[0u][(thread + 32u) / 2u][(thread + 32u) % 2u] = x2_0;
		}
		{
			xTile[0u][(thread + 48u) / 2u][(thread + 48u) % 2u] = x3_0;
		}
		{
			wTile[0u][thread / 4u][thread % 4u * 2u + 0u] = w0_.xy;
			wTile[0u][thread / 4u][thread % 4u * 2u + 1u] = w0_.zw;
		}
		{
			wTile[0u][(thread + 16u) / 4u][(thread + 16u) % 4u * 2u + 0u] = w1_.xy;
			wTile[0u][(thread + 16u) / 4u][(thread + 16u) % 4u * 2u + 1u] = w1_.zw;
		}
		workgroupBarrier();
	}
	put(firstRow + 0u + threadRow, firstColumn + 0u + threadColumn * 4u, c0_0, c0_0);
	put(firstRow + 0u + threadRow, firstColumn + 16u + threadColumn * 4u, c0_1, c0_1);
	put(firstRow + 4u + threadRow, firstColumn + 0u + threadColumn * 4u, c1_0, c1_0);
	put(firstRow + 4u + threadRow, firstColumn + 16u + threadColumn * 4u, c1_1, c1_1);
	put(firstRow + 8u + threadRow, firstColumn + 0u + threadColumn * 4u, c2_0, c2_0);
	put(firstRow + 8u + threadRow, firstColumn + 16u + threadColumn * 4u, c2_1, c2_1);
	put(firstRow + 12u + threadRow, firstColumn + 0u + threadColumn * 4u, c3_0, c3_0);
	put(firstRow + 12u + threadRow, firstColumn + 16u + threadColumn * 4u, c3_1, c3_1);
	put(firstRow + 16u + threadRow, firstColumn + 0u + threadColumn * 4u, c4_0, c4_0);
	put(firstRow + 16u + threadRow, firstColumn + 16u + threadColumn * 4u, c4_1, c4_1);
	put(firstRow + 20u + threadRow, firstColumn + 0u + threadColumn * 4u, c5_0, c5_0);
	put(firstRow + 20u + threadRow, firstColumn + 16u + threadColumn * 4u, c5_1, c5_1);
	put(firstRow + 24u + threadRow, firstColumn + 0u + threadColumn * 4u, c6_0, c6_0);
	put(firstRow + 24u + threadRow, firstColumn + 16u + threadColumn * 4u, c6_1, c6_1);
	put(firstRow + 28u + threadRow, firstColumn + 0u + threadColumn * 4u, c7_0, c7_0);
	put(firstRow + 28u + threadRow, firstColumn + 16u + threadColumn * 4u, c7_1, c7_1);
}
