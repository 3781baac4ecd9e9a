diagnostic(off, chromium.subgroup_matrix_uniformity);
enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;

alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sum = subgroup_matrix_result<f32, 16, 16>;
const TILE_ROWS = 64u;
const TILE_COLUMNS = 32u;
const TILE_DEPTH = 32u;
const PART_ROWS = 32u;
const PART_COLUMNS = 16u;
const PARTS_ACROSS = 2u;
const BAND = 16u; // row tiles that are computed side by side before the next columns: what they read stays in the cache
const X_STRIDE = 5u; // of a row in workgroup memory, in vectors of eight halves
const W_STRIDE = 5u;
const RESULT_VECTORS = 64u;
const SUBGROUP = 32u;
const THREADS = 128u;

struct Job {
	rows: u32,
	columns: u32,
	depth: u32,
	firstRow: u32,
	rowTiles: u32,
	columnTiles: u32,
	operandOffsets: vec4u,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<vec4u>; // FP16 [paddedRows, depth]
@group(0) @binding(2) var<storage, read> scales: array<f32>; // [rows]
@group(0) @binding(3) var<storage, read> weight0: array<vec4u>; // FP16 [depth, columns]
@group(0) @binding(4) var<storage, read> weight1: array<vec4u>; // FP16 [depth, columns]
@group(0) @binding(5) var<storage, read_write> y: array<vec4f>; // [rows, columns]

var<workgroup> xTile: array<vec4u, TILE_ROWS * X_STRIDE>; // FP16 [rows][depth + 8]
var<workgroup> wTile: array<vec4u, 64u * W_STRIDE>; // FP16 [weights][depth][columns + 8]
var<workgroup> results: array<vec4f, 8u * RESULT_VECTORS>; // [subgroups][weights][16][16]

fn widen2(halves: u32) -> vec2f { return unpack2x16float(halves); }

fn epilogue(sum0: vec4f, sum1: vec4f, row: u32, column: u32) -> vec4f {
	return ((sum0 / (1.0 + exp(min(-sum0, vec4f(80.0))))) * sum1);
}

fn finish(place: u32, lane: u32, firstRow: u32, firstColumn: u32) {
	for (var i = lane; i < RESULT_VECTORS; i += SUBGROUP) {
		let row = firstRow + i / 4u;
		let column = firstColumn + i % 4u * 4u;
		if (row < job.rows) {
			let sum0 = results[place + i] * scales[row];
			let sum1 = results[place + RESULT_VECTORS + i] * scales[row];
			y[(row * job.columns + column) >> 2u] = epilogue(sum0, sum1, row, column);
		}
	}
}

@compute @workgroup_size(THREADS)
fn main(
	@builtin(local_invocation_index) thread: u32,
	@builtin(workgroup_id) group: vec3u,
	@builtin(subgroup_id) subgroup: u32,
	@builtin(subgroup_invocation_id) lane: u32,
) {
	let index = group.y * job.rowTiles + group.x;
	let band = index / (BAND * job.columnTiles) * BAND;
	let bandRows = min(BAND, job.rowTiles - band);
	let within = index % (BAND * job.columnTiles);
	let firstRow = (band + within % bandRows) * TILE_ROWS;
	let firstColumn = within / bandRows * TILE_COLUMNS;
	let partRow = subgroup / PARTS_ACROSS * PART_ROWS;
	let partColumn = subgroup % PARTS_ACROSS * PART_COLUMNS;
	let place = subgroup * 128u;
	var c0_0 = Sum(); var c0_1 = Sum();
	var c1_0 = Sum(); var c1_1 = Sum();
	var x_0: vec4u; var x_1: vec4u; var w0_0: vec4u; var w1_0: vec4u;
	{
		let k = 0u;
		{
			x_0 = x[((job.firstRow + firstRow + thread / 4u) * job.depth + k) / 8u + thread % 4u];
		}
		{
			x_1 = x[((job.firstRow + firstRow + (thread + 128u) / 4u) * job.depth + k) / 8u + (thread + 128u) % 4u];
		}
		{
			w0_0 = weight0[((k + thread / 4u) * job.columns + firstColumn) / 8u + thread % 4u];
		}
		{
			w1_0 = weight1[((k + thread / 4u) * job.columns + firstColumn) / 8u + thread % 4u];
		}
	}
	for (var k = 0u; k < job.depth; k += TILE_DEPTH) {
		workgroupBarrier();
		{
			xTile[thread / 4u * X_STRIDE + thread % 4u] = x_0;
		}
		{
			xTile[(thread + 128u) / 4u * X_STRIDE + (thread + 128u) % 4u] = x_1;
		}
		{
			wTile[(0u + thread / 4u) * W_STRIDE + thread % 4u] = w0_0;
		}
		{
			wTile[(32u + thread / 4u) * W_STRIDE + thread % 4u] = w1_0;
		}
		workgroupBarrier();
		if (k + TILE_DEPTH < job.depth) {
			{
				let k = k + TILE_DEPTH;
				{
					x_0 = x[((job.firstRow + firstRow + thread / 4u) * job.depth + k) / 8u + thread % 4u];
				}
				{
					x_1 = x[((job.firstRow + firstRow + (thread + 128u) / 4u) * job.depth + k) / 8u + (thread + 128u) % 4u];
				}
				{
					w0_0 = weight0[((k + thread / 4u) * job.columns + firstColumn) / 8u + thread % 4u];
				}
				{
					w1_0 = weight1[((k + thread / 4u) * job.columns + firstColumn) / 8u + thread % 4u];
				}
			}
		}
		{
			let b0 = subgroupMatrixLoad<Right>(&wTile, 0u + partColumn / 8u, false, W_STRIDE);
			let b1 = subgroupMatrixLoad<Right>(&wTile, 160u + partColumn / 8u, false, W_STRIDE);
			let a0 = subgroupMatrixLoad<Left>(&xTile, (partRow + 0u) * X_STRIDE + 0u, false, X_STRIDE);
			c0_0 = subgroupMatrixMultiplyAccumulate(a0, b0, c0_0);
			c0_1 = subgroupMatrixMultiplyAccumulate(a0, b1, c0_1);
			let a1 = subgroupMatrixLoad<Left>(&xTile, (partRow + 16u) * X_STRIDE + 0u, false, X_STRIDE);
			c1_0 = subgroupMatrixMultiplyAccumulate(a1, b0, c1_0);
			c1_1 = subgroupMatrixMultiplyAccumulate(a1, b1, c1_1);
		}
		{
			let b0 = subgroupMatrixLoad<Right>(&wTile, 80u + partColumn / 8u, false, W_STRIDE);
			let b1 = subgroupMatrixLoad<Right>(&wTile, 240u + partColumn / 8u, false, W_STRIDE);
			let a0 = subgroupMatrixLoad<Left>(&xTile, (partRow + 0u) * X_STRIDE + 2u, false, X_STRIDE);
			c0_0 = subgroupMatrixMultiplyAccumulate(a0, b0, c0_0);
			c0_1 = subgroupMatrixMultiplyAccumulate(a0, b1, c0_1);
			let a1 = subgroupMatrixLoad<Left>(&xTile, (partRow + 16u) * X_STRIDE + 2u, false, X_STRIDE);
			c1_0 = subgroupMatrixMultiplyAccumulate(a1, b0, c1_0);
			c1_1 = subgroupMatrixMultiplyAccumulate(a1, b1, c1_1);
		}
	}
	workgroupBarrier();
	subgroupMatrixStore(&results, place + 0u, c0_0, false, 4u); subgroupMatrixStore(&results, place + 64u, c0_1, false, 4u);
	workgroupBarrier();
	finish(place, lane, firstRow + partRow + 0u, firstColumn + partColumn + 0u);
	workgroupBarrier();
	subgroupMatrixStore(&results, place + 0u, c1_0, false, 4u); subgroupMatrixStore(&results, place + 64u, c1_1, false, 4u);
	workgroupBarrier();
	finish(place, lane, firstRow + partRow + 16u, firstColumn + partColumn + 0u);
}
