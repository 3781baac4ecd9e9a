const THREADS = 256u;

struct Job {
	rows: u32,
	columns: u32,
	firstColumn: u32,
	inner: u32,
	width: u32,
	groupsX: u32,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [rows, inner, width]
@group(0) @binding(2) var<storage, read> weight: array<f32>; // [outer, inner]
@group(0) @binding(3) var<storage, read_write> y: array<f32>; // [rows, columns]

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let index = (group.y * job.groupsX + group.x) * THREADS + thread;
	let row = index / job.columns;
	if (row >= job.rows) { return; }
	let column = job.firstColumn + index % job.columns;
	var place = row * job.inner * job.width + column % job.width;
	let line = column / job.width * job.inner;
	var sum = 0.0;
	for (var j = 0u; j < job.inner; j++) {
		sum = fma(weight[line + j], x[place], sum);
		place += job.width;
	}
	y[index] = sum;
}
