const THREADS = 256u;

struct Job {
	firstRow: u32,
	rows: u32,
	width: u32,
	inputRows: u32,
	outputRows: u32,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [channels, inputRows, width]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [channels, outputRows, width]

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let pixel = group.x * THREADS + thread;
	if (pixel >= job.rows * job.width) { return; }
	let row = job.firstRow + pixel / job.width;
	let column = pixel % job.width;
	let place = (group.y * job.inputRows + row % job.inputRows) * job.width + column;
	y[(group.y * job.outputRows + row % job.outputRows) * job.width + column] = x[place];
}
