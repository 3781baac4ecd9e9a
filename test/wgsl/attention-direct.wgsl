const TILE_QUERIES = 32u;
const TILE_KEYS = 64u;
const TILE_FEATURES = 8u;
const TILE_VALUES = 16u;
const SLICE = 64u;
const Q_STRIDE = 9u; // vec4fs; one is padding against bank conflicts
const K_STRIDE = 17u;
const HALF = 4u; // from a thread's first four rows to the others, in vec4fs of rows
const THREADS_X = 16u;
const THREADS = 64u;

struct Job {
	queries: u32,
	keys: u32,
	heads: u32,
	keyValueHeads: u32,
	headDim: u32,
	scale: f32,
	firstHead: u32,
	firstSlice: u32,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> q: array<vec4f>; // [queries, heads, headDim]
@group(0) @binding(2) var<storage, read> k: array<vec4f>; // [keys, keyValueHeads, headDim]
@group(0) @binding(3) var<storage, read> v: array<vec4f>; // [keys, keyValueHeads, headDim]
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>; // [queries, heads, headDim]

var<workgroup> qTile: array<array<array<vec4f, Q_STRIDE>, TILE_FEATURES>, 1>; // [features][queries / 4 + 1], transposed
var<workgroup> kTile: array<array<array<vec4f, K_STRIDE>, TILE_FEATURES>, 1>; // [features][keys / 4 + 1], transposed
var<workgroup> pTile: array<array<array<vec4f, Q_STRIDE>, TILE_VALUES>, 1>; // [keys][queries / 4 + 1], transposed
var<workgroup> vTile: array<array<array<vec4f, 16>, TILE_VALUES>, 1>; // [keys][features / 4]
var<workgroup> partials: array<array<vec4f, THREADS_X>, 8>; // [queries / 4][threads x]

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let firstQuery = group.x * TILE_QUERIES;
	let head = job.firstHead + group.y;
	let keyHead = head * job.keyValueHeads / job.heads;
	let firstFeature = (job.firstSlice + group.z) * SLICE;
	let threadRow = thread / 64u * 4u + thread % 32u / 8u;
	let threadColumn = thread / 32u % 2u * 8u + thread % 8u;
	var o0_0 = vec4f();
	var o1_0 = vec4f();
	var o2_0 = vec4f();
	var o3_0 = vec4f();
	var o4_0 = vec4f();
	var o5_0 = vec4f();
	var o6_0 = vec4f();
	var o7_0 = vec4f();
	var maxima0 = vec4f(-1e32); var maxima1 = vec4f(-1e32);
	var sums0 = vec4f(); var sums1 = vec4f();

	for (var firstKey = 0u; firstKey < job.keys; firstKey += TILE_KEYS) {
		var s0_0 = vec4f();
		var s1_0 = vec4f();
		var s2_0 = vec4f();
		var s3_0 = vec4f();
		var s4_0 = vec4f();
		var s5_0 = vec4f();
		var s6_0 = vec4f();
		var s7_0 = vec4f();
		for (var d = 0u; d < job.headDim; d += TILE_FEATURES) {
			var a0_0: vec4f; var a0_1: vec4f; var a0_2: vec4f; var a0_3: vec4f;
			if (thread < 48u) {
				let feature = d + thread % 2u * 4u;
				let line = thread / 2u * 4u;
				if (thread < 32u) {
					a0_0 = kAt(firstKey + line + 0u, keyHead, feature);
					a0_1 = kAt(firstKey + line + 1u, keyHead, feature);
					a0_2 = kAt(firstKey + line + 2u, keyHead, feature);
					a0_3 = kAt(firstKey + line + 3u, keyHead, feature);
				} else {
					a0_0 = qAt(firstQuery + line - TILE_KEYS + 0u, head, feature);
					a0_1 = qAt(firstQuery + line - TILE_KEYS + 1u, head, feature);
					a0_2 = qAt(firstQuery + line - TILE_KEYS + 2u, head, feature);
					a0_3 = qAt(firstQuery + line - TILE_KEYS + 3u, head, feature);
				}
			}
			workgroupBarrier();
			if (thread < 48u) {
				let step = thread % 2u * 4u;
				let line = thread / 2u;
				if (thread < 32u) {
					kTile[0u][step + 0u][line] = vec4f(a0_0[0], a0_1[0], a0_2[0], a0_3[0]);
					kTile[0u][step + 1u][line] = vec4f(a0_0[1], a0_1[1], a0_2[1], a0_3[1]);
					kTile[0u][step + 2u][line] = vec4f(a0_0[2], a0_1[2], a0_2[2], a0_3[2]);
					kTile[0u][step + 3u][line] = vec4f(a0_0[3], a0_1[3], a0_2[3], a0_3[3]);
				} else {
					qTile[0u][step + 0u][line - 16u] = vec4f(a0_0[0], a0_1[0], a0_2[0], a0_3[0]);
					qTile[0u][step + 1u][line - 16u] = vec4f(a0_0[1], a0_1[1], a0_2[1], a0_3[1]);
					qTile[0u][step + 2u][line - 16u] = vec4f(a0_0[2], a0_1[2], a0_2[2], a0_3[2]);
					qTile[0u][step + 3u][line - 16u] = vec4f(a0_0[3], a0_1[3], a0_2[3], a0_3[3]);
				}
			}
			workgroupBarrier();
			for (var i = 0u; i < 8u; i += 1u) {
				{
					let k0 = kTile[0u][i + 0u][0u + threadColumn];
					let q0 = qTile[0u][i + 0u][threadRow]; let q1 = qTile[0u][i + 0u][HALF + threadRow];
					s0_0 = fma(vec4f(q0[0]), k0, s0_0);
					s1_0 = fma(vec4f(q0[1]), k0, s1_0);
					s2_0 = fma(vec4f(q0[2]), k0, s2_0);
					s3_0 = fma(vec4f(q0[3]), k0, s3_0);
					s4_0 = fma(vec4f(q1[0]), k0, s4_0);
					s5_0 = fma(vec4f(q1[1]), k0, s5_0);
					s6_0 = fma(vec4f(q1[2]), k0, s6_0);
					s7_0 = fma(vec4f(q1[3]), k0, s7_0);
				}
			}
		}

		let ownKey0 = firstKey + 0u + threadColumn * 4u;
		let isKey0 = vec4u(ownKey0) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.keys);
		s0_0 = select(vec4f(-1e32), s0_0 * job.scale, isKey0);
		s1_0 = select(vec4f(-1e32), s1_0 * job.scale, isKey0);
		s2_0 = select(vec4f(-1e32), s2_0 * job.scale, isKey0);
		s3_0 = select(vec4f(-1e32), s3_0 * job.scale, isKey0);
		s4_0 = select(vec4f(-1e32), s4_0 * job.scale, isKey0);
		s5_0 = select(vec4f(-1e32), s5_0 * job.scale, isKey0);
		s6_0 = select(vec4f(-1e32), s6_0 * job.scale, isKey0);
		s7_0 = select(vec4f(-1e32), s7_0 * job.scale, isKey0);
		partials[threadRow][threadColumn] = vec4f(largest(s0_0), largest(s1_0), largest(s2_0), largest(s3_0));
		partials[HALF + threadRow][threadColumn] = vec4f(largest(s4_0), largest(s5_0), largest(s6_0), largest(s7_0));
		workgroupBarrier();
		var newMaxima0 = maxima0;
		for (var i = 0u; i < THREADS_X; i++) { newMaxima0 = max(newMaxima0, partials[threadRow][i]); }
		let keep0 = exp2(maxima0 - newMaxima0);
		maxima0 = newMaxima0;
		s0_0 = exp2(s0_0 - vec4f(maxima0[0])); o0_0 *= keep0[0];
		s1_0 = exp2(s1_0 - vec4f(maxima0[1])); o1_0 *= keep0[1];
		s2_0 = exp2(s2_0 - vec4f(maxima0[2])); o2_0 *= keep0[2];
		s3_0 = exp2(s3_0 - vec4f(maxima0[3])); o3_0 *= keep0[3];
		sums0 = sums0 * keep0 + vec4f(dot(s0_0, vec4f(1.0)), dot(s1_0, vec4f(1.0)), dot(s2_0, vec4f(1.0)), dot(s3_0, vec4f(1.0)));
		var newMaxima1 = maxima1;
		for (var i = 0u; i < THREADS_X; i++) { newMaxima1 = max(newMaxima1, partials[HALF + threadRow][i]); }
		let keep1 = exp2(maxima1 - newMaxima1);
		maxima1 = newMaxima1;
		s4_0 = exp2(s4_0 - vec4f(maxima1[0])); o4_0 *= keep1[0];
		s5_0 = exp2(s5_0 - vec4f(maxima1[1])); o5_0 *= keep1[1];
		s6_0 = exp2(s6_0 - vec4f(maxima1[2])); o6_0 *= keep1[2];
		s7_0 = exp2(s7_0 - vec4f(maxima1[3])); o7_0 *= keep1[3];
		sums1 = sums1 * keep1 + vec4f(dot(s4_0, vec4f(1.0)), dot(s5_0, vec4f(1.0)), dot(s6_0, vec4f(1.0)), dot(s7_0, vec4f(1.0)));
		for (var chunk = 0u; chunk < 4u; chunk++) {
			var v0: vec4f; var v1: vec4f; var v2: vec4f; var v3: vec4f;
			v0 = vAt(firstKey + (thread / 16u + chunk * TILE_VALUES) / 64u * 64u + (thread / 16u + chunk * TILE_VALUES) % THREADS_X * 4u + (thread / 16u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 16u * 4u);
			v1 = vAt(firstKey + ((thread + 64u) / 16u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 64u) / 16u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 64u) / 16u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 16u * 4u);
			v2 = vAt(firstKey + ((thread + 128u) / 16u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 128u) / 16u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 128u) / 16u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 16u * 4u);
			v3 = vAt(firstKey + ((thread + 192u) / 16u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 192u) / 16u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 192u) / 16u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 16u * 4u);
			workgroupBarrier();
			vTile[0u][thread / 16u][thread % 16u] = v0;
			vTile[0u][(thread + 64u) / 16u][thread % 16u] = v1;
			vTile[0u][(thread + 128u) / 16u][thread % 16u] = v2;
			vTile[0u][(thread + 192u) / 16u][thread % 16u] = v3;
			switch (chunk) {
				case 0u: { pTile[0u][0u + threadColumn][threadRow] = vec4f(s0_0[0], s1_0[0], s2_0[0], s3_0[0]); pTile[0u][0u + threadColumn][HALF + threadRow] = vec4f(s4_0[0], s5_0[0], s6_0[0], s7_0[0]); }
				case 1u: { pTile[0u][0u + threadColumn][threadRow] = vec4f(s0_0[1], s1_0[1], s2_0[1], s3_0[1]); pTile[0u][0u + threadColumn][HALF + threadRow] = vec4f(s4_0[1], s5_0[1], s6_0[1], s7_0[1]); }
				case 2u: { pTile[0u][0u + threadColumn][threadRow] = vec4f(s0_0[2], s1_0[2], s2_0[2], s3_0[2]); pTile[0u][0u + threadColumn][HALF + threadRow] = vec4f(s4_0[2], s5_0[2], s6_0[2], s7_0[2]); }
				default: { pTile[0u][0u + threadColumn][threadRow] = vec4f(s0_0[3], s1_0[3], s2_0[3], s3_0[3]); pTile[0u][0u + threadColumn][HALF + threadRow] = vec4f(s4_0[3], s5_0[3], s6_0[3], s7_0[3]); }
			}
			workgroupBarrier();
			for (var i = 0u; i < 16u; i += 1u) {
				{
					let p0 = pTile[0u][i + 0u][threadRow]; let p1 = pTile[0u][i + 0u][HALF + threadRow];
					let v0 = vTile[0u][i + 0u][0u + threadColumn];
					o0_0 = fma(vec4f(p0[0]), v0, o0_0);
					o1_0 = fma(vec4f(p0[1]), v0, o1_0);
					o2_0 = fma(vec4f(p0[2]), v0, o2_0);
					o3_0 = fma(vec4f(p0[3]), v0, o3_0);
					o4_0 = fma(vec4f(p1[0]), v0, o4_0);
					o5_0 = fma(vec4f(p1[1]), v0, o5_0);
					o6_0 = fma(vec4f(p1[2]), v0, o6_0);
					o7_0 = fma(vec4f(p1[3]), v0, o7_0);
				}
			}
		}
	}

	workgroupBarrier();
	partials[threadRow][threadColumn] = sums0;
	partials[HALF + threadRow][threadColumn] = sums1;
	workgroupBarrier();
	var total0 = vec4f();
	for (var i = 0u; i < THREADS_X; i++) { total0 += partials[threadRow][i]; }
	put(firstQuery + 0u + threadRow * 4u, head, firstFeature + 0u + threadColumn * 4u, o0_0 / total0[0]);
	put(firstQuery + 1u + threadRow * 4u, head, firstFeature + 0u + threadColumn * 4u, o1_0 / total0[1]);
	put(firstQuery + 2u + threadRow * 4u, head, firstFeature + 0u + threadColumn * 4u, o2_0 / total0[2]);
	put(firstQuery + 3u + threadRow * 4u, head, firstFeature + 0u + threadColumn * 4u, o3_0 / total0[3]);
	var total1 = vec4f();
	for (var i = 0u; i < THREADS_X; i++) { total1 += partials[HALF + threadRow][i]; }
	put(firstQuery + 16u + threadRow * 4u, head, firstFeature + 0u + threadColumn * 4u, o4_0 / total1[0]);
	put(firstQuery + 17u + threadRow * 4u, head, firstFeature + 0u + threadColumn * 4u, o5_0 / total1[1]);
	put(firstQuery + 18u + threadRow * 4u, head, firstFeature + 0u + threadColumn * 4u, o6_0 / total1[2]);
	put(firstQuery + 19u + threadRow * 4u, head, firstFeature + 0u + threadColumn * 4u, o7_0 / total1[3]);
}

fn largest(values: vec4f) -> f32 { return max(max(values.x, values.y), max(values.z, values.w)); }

// Rows beyond the last read the last: their results are never stored, or weigh nothing.
fn qAt(row: u32, head: u32, feature: u32) -> vec4f {
	if (feature >= job.headDim) { return vec4f(); }
	return q[((min(row, job.queries - 1u) * job.heads + head) * job.headDim + feature) >> 2u];
}
fn kAt(row: u32, head: u32, feature: u32) -> vec4f {
	if (feature >= job.headDim) { return vec4f(); }
	return k[((min(row, job.keys - 1u) * job.keyValueHeads + head) * job.headDim + feature) >> 2u];
}
fn vAt(row: u32, head: u32, feature: u32) -> vec4f {
	let at = min(feature, job.headDim - 4u);
	return v[((min(row, job.keys - 1u) * job.keyValueHeads + head) * job.headDim + at) >> 2u];
}
fn put(row: u32, head: u32, feature: u32, value: vec4f) {
	if (row >= job.queries || feature >= job.headDim) { return; }
	y[((row * job.heads + head) * job.headDim + feature) >> 2u] = value;
}
