enable subgroups;

struct Job { rows: u32, depth: u32, paddedRows: u32, unused: u32 }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<vec4f>; // [rows, depth]
@group(0) @binding(2) var<storage, read_write> halves: array<vec2u>; // FP16 [paddedRows, depth]
@group(0) @binding(3) var<storage, read_write> scales: array<f32>; // [rows]

@compute @workgroup_size(256)
fn main(
	@builtin(workgroup_id) group: vec3u,
	@builtin(subgroup_id) subgroup: u32,
	@builtin(subgroup_invocation_id) lane: u32,
) {
	let row = (group.y * 32768u + group.x) * 8u + subgroup;
	let vectors = job.depth / 4u;
	let isRow = row < job.rows;
	var largest = vec4f();
	if (isRow) {
		for (var i = lane; i < vectors; i += 32u) {
			largest = max(largest, abs(x[row * vectors + i]));
		}
	}
	let magnitude = subgroupMax(max(max(largest.x, largest.y), max(largest.z, largest.w)));
	let exponent = clamp(i32(bitcast<u32>(magnitude) >> 23u) - 127, -40, 100);
	let factor = bitcast<f32>(u32(127 + 14 - exponent) << 23u);
	if (lane == 0u && isRow) { scales[row] = bitcast<f32>(u32(127 - 14 + exponent) << 23u); }
	if (row >= job.paddedRows) { return; }
	for (var i = lane; i < vectors; i += 32u) {
		var value = vec4f();
		if (isRow) { value = x[row * vectors + i] * factor; }
		halves[row * vectors + i] = vec2u(pack2x16float(value.xy), pack2x16float(value.zw));
	}
}
