diagnostic(off, chromium.subgroup_matrix_uniformity);
enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;

alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sum = subgroup_matrix_result<f32, 16, 16>;
const TILE_KEYS = 32u;
const SUBGROUPS = 2u;
const MATRIX = 16u;
const THREADS = 64u;
const ROW_VECTORS = 4u;
const STRIDE = 5u; // of a row in workgroup memory, padded against bank conflicts
const SCORE_STRIDE = 9u;
const WEIGHT_STRIDE = 5u;
const SLACK = 8.0; // a row's reference moves once its maximum is 2^this times as much: p stays far below FP16's largest number

struct Job {
	queries: u32,
	keys: u32,
	heads: u32,
	keyValueHeads: u32,
	scale: f32,
	firstQuery: u32,
	allQueries: u32,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> q: array<vec4u>; // FP16 [queries, heads, 32]
@group(0) @binding(2) var<storage, read> qScales: array<f32>; // [queries, heads]
@group(0) @binding(3) var<storage, read> k: array<vec4u>; // FP16 [keys, keyValueHeads, 32]
@group(0) @binding(4) var<storage, read> kScales: array<f32>; // [keys, keyValueHeads]
@group(0) @binding(5) var<storage, read> v: array<vec4u>; // FP16 [keys, keyValueHeads, 32]
@group(0) @binding(6) var<storage, read> vScales: array<f32>; // [keys, keyValueHeads]
@group(0) @binding(7) var<storage, read_write> y: array<vec4f>; // [queries, heads, 32]

var<workgroup> kTile: array<vec4u, TILE_KEYS * STRIDE>; // FP16 [keys][32 + 8]
var<workgroup> vTile: array<vec4u, TILE_KEYS * STRIDE>; // FP16 [keys][32 + 8]
var<workgroup> kFactors: array<vec4f, TILE_KEYS / 4u>; // [keys]
var<workgroup> vExponents: array<vec4f, TILE_KEYS / 4u>; // [keys]
var<workgroup> vInverses: array<vec4f, TILE_KEYS / 4u>; // [keys]
var<workgroup> scores: array<vec4f, SUBGROUPS * MATRIX * SCORE_STRIDE>; // [subgroups][16][keys + 4]
var<workgroup> weights: array<vec4u, SUBGROUPS * MATRIX * WEIGHT_STRIDE>; // FP16 [subgroups][16][keys + 8]
var<workgroup> isAnyMoved: array<u32, SUBGROUPS>;

@compute @workgroup_size(THREADS)
fn main(
	@builtin(local_invocation_index) thread: u32,
	@builtin(workgroup_id) group: vec3u,
	@builtin(subgroup_id) subgroup: u32,
	@builtin(subgroup_invocation_id) lane: u32,
) {
	let head = group.y;
	let keyHead = head * job.keyValueHeads / job.heads;
	let firstQuery = group.x * (SUBGROUPS * MATRIX) + subgroup * MATRIX;
	let scorePlace = subgroup * (MATRIX * SCORE_STRIDE);
	let weightPlace = subgroup * (MATRIX * WEIGHT_STRIDE);
	// A lane has the left or the right side of a row.
	let row = lane >> 1u;
	let side = lane & 1u;
	let ownRow = scorePlace + row * SCORE_STRIDE;
	let ownWeights = weightPlace + row * WEIGHT_STRIDE + side * (TILE_KEYS / 16u);
	let query = min(job.firstQuery + firstQuery + row, job.allQueries - 1u);
	let qScale = qScales[query * job.heads + head];
	var reference = -1e32;
	var sum = vec4f();

	let qPlace = ((job.firstQuery + firstQuery) * job.heads + head) * ROW_VECTORS;
	let q0 = subgroupMatrixLoad<Left, row_major>(&q, qPlace + 0u, job.heads * ROW_VECTORS);
	let q1 = subgroupMatrixLoad<Left, row_major>(&q, qPlace + 2u, job.heads * ROW_VECTORS);
	var o0 = Sum(); var o1 = Sum();
	var nextK0: vec4u; var nextV0: vec4u; var nextK1: vec4u; var nextV1: vec4u;
	var nextKScale: f32; var nextVScale: f32;
	{
		let firstKey = 0u;
		{
			// Keys beyond the last read the last: they weigh nothing.
			let key = min(firstKey + thread / ROW_VECTORS, job.keys - 1u);
			let at = (key * job.keyValueHeads + keyHead) * ROW_VECTORS + thread % ROW_VECTORS;
			nextK0 = k[at];
			nextV0 = v[at];
		}
		{
			// Keys beyond the last read the last: they weigh nothing.
			let key = min(firstKey + (thread + 64u) / ROW_VECTORS, job.keys - 1u);
			let at = (key * job.keyValueHeads + keyHead) * ROW_VECTORS + (thread + 64u) % ROW_VECTORS;
			nextK1 = k[at];
			nextV1 = v[at];
		}
		if (thread < TILE_KEYS) {
			let at = min(firstKey + thread, job.keys - 1u) * job.keyValueHeads + keyHead;
			nextKScale = kScales[at] * job.scale;
			nextVScale = vScales[at];
		}
	}
	for (var firstKey = 0u; firstKey < job.keys; firstKey += TILE_KEYS) {
		workgroupBarrier();
		{
			let place = thread / ROW_VECTORS * STRIDE + thread % ROW_VECTORS;
			kTile[place] = nextK0;
			vTile[place] = nextV0;
		}
		{
			let place = (thread + 64u) / ROW_VECTORS * STRIDE + (thread + 64u) % ROW_VECTORS;
			kTile[place] = nextK1;
			vTile[place] = nextV1;
		}
		if (thread < TILE_KEYS) {
			kFactors[thread / 4u][thread % 4u] = nextKScale;
			vExponents[thread / 4u][thread % 4u] = log2(nextVScale);
			vInverses[thread / 4u][thread % 4u] = 1.0 / nextVScale;
		}
		workgroupBarrier();
		{
			let firstKey = firstKey + TILE_KEYS;
			{
				// Keys beyond the last read the last: they weigh nothing.
				let key = min(firstKey + thread / ROW_VECTORS, job.keys - 1u);
				let at = (key * job.keyValueHeads + keyHead) * ROW_VECTORS + thread % ROW_VECTORS;
				nextK0 = k[at];
				nextV0 = v[at];
			}
			{
				// Keys beyond the last read the last: they weigh nothing.
				let key = min(firstKey + (thread + 64u) / ROW_VECTORS, job.keys - 1u);
				let at = (key * job.keyValueHeads + keyHead) * ROW_VECTORS + (thread + 64u) % ROW_VECTORS;
				nextK1 = k[at];
				nextV1 = v[at];
			}
			if (thread < TILE_KEYS) {
				let at = min(firstKey + thread, job.keys - 1u) * job.keyValueHeads + keyHead;
				nextKScale = kScales[at] * job.scale;
				nextVScale = vScales[at];
			}
		}
		{
			var s = Sum();
			s = subgroupMatrixMultiplyAccumulate(q0, subgroupMatrixLoad<Right, col_major>(&kTile, 0u, STRIDE), s);
			s = subgroupMatrixMultiplyAccumulate(q1, subgroupMatrixLoad<Right, col_major>(&kTile, 2u, STRIDE), s);
			subgroupMatrixStore<row_major>(&scores, scorePlace + 0u, s, SCORE_STRIDE);
		}
		{
			var s = Sum();
			s = subgroupMatrixMultiplyAccumulate(q0, subgroupMatrixLoad<Right, col_major>(&kTile, 80u, STRIDE), s);
			s = subgroupMatrixMultiplyAccumulate(q1, subgroupMatrixLoad<Right, col_major>(&kTile, 82u, STRIDE), s);
			subgroupMatrixStore<row_major>(&scores, scorePlace + 4u, s, SCORE_STRIDE);
		}
		workgroupBarrier();

		var largest = -1e32;
		let at0 = side * 4u + 0u;
		let isKey0 = vec4u(firstKey + at0 * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.keys);
		let s0 = select(vec4f(-1e32), scores[ownRow + at0] * (qScale * kFactors[at0]) + vExponents[at0], isKey0);
		largest = max(largest, max(max(s0.x, s0.y), max(s0.z, s0.w)));
		let at1 = side * 4u + 1u;
		let isKey1 = vec4u(firstKey + at1 * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.keys);
		let s1 = select(vec4f(-1e32), scores[ownRow + at1] * (qScale * kFactors[at1]) + vExponents[at1], isKey1);
		largest = max(largest, max(max(s1.x, s1.y), max(s1.z, s1.w)));
		let at2 = side * 4u + 2u;
		let isKey2 = vec4u(firstKey + at2 * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.keys);
		let s2 = select(vec4f(-1e32), scores[ownRow + at2] * (qScale * kFactors[at2]) + vExponents[at2], isKey2);
		largest = max(largest, max(max(s2.x, s2.y), max(s2.z, s2.w)));
		let at3 = side * 4u + 3u;
		let isKey3 = vec4u(firstKey + at3 * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.keys);
		let s3 = select(vec4f(-1e32), scores[ownRow + at3] * (qScale * kFactors[at3]) + vExponents[at3], isKey3);
		largest = max(largest, max(max(s3.x, s3.y), max(s3.z, s3.w)));
		largest = max(largest, subgroupShuffleXor(largest, 1u));
		let isFirst = firstKey == 0u;
		let isMoved = largest > reference + SLACK;
		let next = select(reference, largest, isMoved);
		let shrink = select(exp2(reference - next), 1.0, isFirst);
		reference = next;
		sum *= shrink;
		let p0 = exp2(s0 - reference);
		sum += p0 * vInverses[at0];
		let p1 = exp2(s1 - reference);
		sum += p1 * vInverses[at1];
		let p2 = exp2(s2 - reference);
		sum += p2 * vInverses[at2];
		let p3 = exp2(s3 - reference);
		sum += p3 * vInverses[at3];
		weights[ownWeights + 0u] = vec4u(pack2x16float(p0.xy), pack2x16float(p0.zw), pack2x16float(p1.xy), pack2x16float(p1.zw));
		weights[ownWeights + 1u] = vec4u(pack2x16float(p2.xy), pack2x16float(p2.zw), pack2x16float(p3.xy), pack2x16float(p3.zw));
		let isSubgroupMoved = subgroupAny(isMoved && !isFirst);
		if (lane == 0u) { isAnyMoved[subgroup] = select(0u, 1u, isSubgroupMoved); }
		let moved = workgroupUniformLoad(&isAnyMoved);
		if ((moved[0] | moved[1]) != 0u) {
			subgroupMatrixStore<row_major>(&scores, scorePlace, o0, SCORE_STRIDE);
			workgroupBarrier();
			scores[ownRow + side * 2u] *= shrink;
			scores[ownRow + side * 2u + 1u] *= shrink;
			workgroupBarrier();
			o0 = subgroupMatrixLoad<Sum, row_major>(&scores, scorePlace, SCORE_STRIDE);
			workgroupBarrier();
			subgroupMatrixStore<row_major>(&scores, scorePlace, o1, SCORE_STRIDE);
			workgroupBarrier();
			scores[ownRow + side * 2u] *= shrink;
			scores[ownRow + side * 2u + 1u] *= shrink;
			workgroupBarrier();
			o1 = subgroupMatrixLoad<Sum, row_major>(&scores, scorePlace, SCORE_STRIDE);
			workgroupBarrier();
		}
		{
			let p = subgroupMatrixLoad<Left, row_major>(&weights, weightPlace + 0u, WEIGHT_STRIDE);
			o0 = subgroupMatrixMultiplyAccumulate(p, subgroupMatrixLoad<Right, row_major>(&vTile, 0u, STRIDE), o0);
			o1 = subgroupMatrixMultiplyAccumulate(p, subgroupMatrixLoad<Right, row_major>(&vTile, 2u, STRIDE), o1);
		}
		{
			let p = subgroupMatrixLoad<Left, row_major>(&weights, weightPlace + 2u, WEIGHT_STRIDE);
			o0 = subgroupMatrixMultiplyAccumulate(p, subgroupMatrixLoad<Right, row_major>(&vTile, 80u, STRIDE), o0);
			o1 = subgroupMatrixMultiplyAccumulate(p, subgroupMatrixLoad<Right, row_major>(&vTile, 82u, STRIDE), o1);
		}
	}

	let ownSum = sum.x + sum.y + sum.z + sum.w;
	let total = ownSum + subgroupShuffleXor(ownSum, 1u);
	let isQuery = firstQuery + row < job.queries;
	let result = ((firstQuery + row) * job.heads + head) * 8u + side * 2u;
	workgroupBarrier();
	subgroupMatrixStore<row_major>(&scores, scorePlace, o0, SCORE_STRIDE);
	workgroupBarrier();
	if (isQuery) {
		y[result + 0u] = scores[ownRow + side * 2u] / total;
		y[result + 1u] = scores[ownRow + side * 2u + 1u] / total;
	}
	workgroupBarrier();
	subgroupMatrixStore<row_major>(&scores, scorePlace, o1, SCORE_STRIDE);
	workgroupBarrier();
	if (isQuery) {
		y[result + 4u] = scores[ownRow + side * 2u] / total;
		y[result + 5u] = scores[ownRow + side * 2u + 1u] / total;
	}
}
