enable subgroups;

const TOP_EXPONENT = 14; // halves are below 2^(this + 1): FP16 ends at 2^16
const LEAST_EXPONENT = -40; // smaller rows are scaled as if they were so large: attention needs the scales' ratios to be f32 numbers
const MOST_EXPONENT = 100; // beyond it a factor would be no normal number
const WORKGROUPS_X = 32768u;
const ROWS_AT_ONCE = 8u;
const SUBGROUP = 32u;
const THREADS = 256u;

struct Job {
	rows: u32,
	depth: u32,
	paddedRows: u32,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<vec4f>; // [rows, depth]
@group(0) @binding(2) var<storage, read_write> halves: array<vec2u>; // FP16 [paddedRows, depth]
@group(0) @binding(3) var<storage, read_write> scales: array<f32>; // [rows]

@compute @workgroup_size(THREADS)
fn main(
	@builtin(workgroup_id) group: vec3u,
	@builtin(subgroup_id) subgroup: u32,
	@builtin(subgroup_invocation_id) lane: u32,
) {
	let row = (group.y * WORKGROUPS_X + group.x) * ROWS_AT_ONCE + subgroup;
	let vectors = job.depth / 4u;
	let isRow = row < job.rows;
	var largest = vec4f();
	if (isRow) {
		for (var i = lane; i < vectors; i += SUBGROUP) {
			largest = max(largest, abs(x[row * vectors + i]));
		}
	}
	let magnitude = subgroupMax(max(max(largest.x, largest.y), max(largest.z, largest.w)));
	let exponent = clamp(i32(bitcast<u32>(magnitude) >> 23u) - 127, LEAST_EXPONENT, MOST_EXPONENT);
	let factor = bitcast<f32>(u32(127 + TOP_EXPONENT - exponent) << 23u);
	if (lane == 0u && isRow) { scales[row] = bitcast<f32>(u32(127 - TOP_EXPONENT + exponent) << 23u); }
	if (row >= job.paddedRows) { return; }
	for (var i = lane; i < vectors; i += SUBGROUP) {
		var value = vec4f();
		if (isRow) { value = x[row * vectors + i] * factor; }
		halves[row * vectors + i] = vec2u(pack2x16float(value.xy), pack2x16float(value.zw));
	}
}
