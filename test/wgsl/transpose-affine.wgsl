struct Job { rows: u32, columns: u32, firstColumn: u32, endColumn: u32 }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [rows, columns]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [endColumn - firstColumn, rows]
@group(0) @binding(3) var<storage, read> affine: array<vec2f>; // [rows]: scale, shift

var<workgroup> tile: array<f32, 1056>;

@compute @workgroup_size(32, 8)
fn main(@builtin(local_invocation_id) thread: vec3u, @builtin(workgroup_id) group: vec3u) {
	for (var i = thread.y; i < 32u; i += 8u) {
		let row = group.y * 32u + i;
		let column = job.firstColumn + group.x * 32u + thread.x;
		if (row < job.rows && column < job.endColumn) {
			tile[i * 33u + thread.x] = x[row * job.columns + column] * affine[row].x + affine[row].y;
		}
	}
	workgroupBarrier();
	for (var i = thread.y; i < 32u; i += 8u) {
		let row = group.y * 32u + thread.x;
		let column = job.firstColumn + group.x * 32u + i;
		if (row < job.rows && column < job.endColumn) {
			y[(column - job.firstColumn) * job.rows + row] = tile[thread.x * 33u + i];
		}
	}
}
