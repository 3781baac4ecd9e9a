const TILE = 32u;
const STRIDE = 33u;
const THREADS_Y = 8u;

struct Job {
	rows: u32,
	columns: u32,
	firstColumn: u32,
	endColumn: u32,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [rows, columns]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [endColumn - firstColumn, rows]
@group(0) @binding(3) var<storage, read> affine: array<vec2f>; // [rows]: scale, shift

var<workgroup> tile: array<f32, TILE * STRIDE>;

@compute @workgroup_size(TILE, THREADS_Y)
fn main(@builtin(local_invocation_id) thread: vec3u, @builtin(workgroup_id) group: vec3u) {
	for (var i = thread.y; i < TILE; i += THREADS_Y) {
		let row = group.y * TILE + i;
		let column = job.firstColumn + group.x * TILE + thread.x;
		if (row < job.rows && column < job.endColumn) {
			tile[i * STRIDE + thread.x] = x[row * job.columns + column] * affine[row].x + affine[row].y;
		}
	}
	workgroupBarrier();
	for (var i = thread.y; i < TILE; i += THREADS_Y) {
		let row = group.y * TILE + thread.x;
		let column = job.firstColumn + group.x * TILE + i;
		if (row < job.rows && column < job.endColumn) {
			y[(column - job.firstColumn) * job.rows + row] = tile[thread.x * STRIDE + i];
		}
	}
}
