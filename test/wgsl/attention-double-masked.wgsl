const TILE_QUERIES = 32u;
const TILE_KEYS = 128u;
const TILE_FEATURES = 8u;
const TILE_VALUES = 32u;
const SLICE = 128u;
const Q_STRIDE = 9u; // vec4fs; one is padding against bank conflicts
const K_STRIDE = 33u;
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
@group(0) @binding(5) var<storage, read> mask: array<f32>; // [queries, keys]

var<workgroup> qTile: array<array<array<vec4f, Q_STRIDE>, TILE_FEATURES>, 2>; // [features][queries / 4 + 1], transposed
var<workgroup> kTile: array<array<array<vec4f, K_STRIDE>, TILE_FEATURES>, 2>; // [features][keys / 4 + 1], transposed
var<workgroup> pTile: array<array<array<vec4f, Q_STRIDE>, TILE_VALUES>, 2>; // [keys][queries / 4 + 1], transposed
var<workgroup> vTile: array<array<array<vec4f, 32>, TILE_VALUES>, 2>; // [keys][features / 4]
var<workgroup> partials: array<array<vec4f, THREADS_X>, 8>; // [queries / 4][threads x]

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let firstQuery = group.x * TILE_QUERIES;
	let head = job.firstHead + group.y;
	let keyHead = head * job.keyValueHeads / job.heads;
	let firstFeature = (job.firstSlice + group.z) * SLICE;
	let threadRow = thread / 64u * 4u + thread % 32u / 8u;
	let threadColumn = thread / 32u % 2u * 8u + thread % 8u;
	var o0_0 = vec4f(); var o0_1 = vec4f();
	var o1_0 = vec4f(); var o1_1 = vec4f();
	var o2_0 = vec4f(); var o2_1 = vec4f();
	var o3_0 = vec4f(); var o3_1 = vec4f();
	var o4_0 = vec4f(); var o4_1 = vec4f();
	var o5_0 = vec4f(); var o5_1 = vec4f();
	var o6_0 = vec4f(); var o6_1 = vec4f();
	var o7_0 = vec4f(); var o7_1 = vec4f();
	var maxima0 = vec4f(-1e32); var maxima1 = vec4f(-1e32);
	var sums0 = vec4f(); var sums1 = vec4f();

	for (var firstKey = 0u; firstKey < job.keys; firstKey += TILE_KEYS) {
		var s0_0 = vec4f(); var s0_1 = vec4f();
		var s1_0 = vec4f(); var s1_1 = vec4f();
		var s2_0 = vec4f(); var s2_1 = vec4f();
		var s3_0 = vec4f(); var s3_1 = vec4f();
		var s4_0 = vec4f(); var s4_1 = vec4f();
		var s5_0 = vec4f(); var s5_1 = vec4f();
		var s6_0 = vec4f(); var s6_1 = vec4f();
		var s7_0 = vec4f(); var s7_1 = vec4f();
		var a0_0: vec4f; var a0_1: vec4f; var a0_2: vec4f; var a0_3: vec4f;
		var a1_0: vec4f; var a1_1: vec4f; var a1_2: vec4f; var a1_3: vec4f;
		{
			let feature = 0u + thread % 2u * 4u;
			let line = thread / 2u * 4u;
			if (thread < 64u) {
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
		if (thread < 16u) {
			let feature = 0u + (thread + 64u) % 2u * 4u;
			let line = (thread + 64u) / 2u * 4u;
			if ((thread + 64u) < 64u) {
				a1_0 = kAt(firstKey + line + 0u, keyHead, feature);
				a1_1 = kAt(firstKey + line + 1u, keyHead, feature);
				a1_2 = kAt(firstKey + line + 2u, keyHead, feature);
				a1_3 = kAt(firstKey + line + 3u, keyHead, feature);
			} else {
				a1_0 = qAt(firstQuery + line - TILE_KEYS + 0u, head, feature);
				a1_1 = qAt(firstQuery + line - TILE_KEYS + 1u, head, feature);
				a1_2 = qAt(firstQuery + line - TILE_KEYS + 2u, head, feature);
				a1_3 = qAt(firstQuery + line - TILE_KEYS + 3u, head, feature);
			}
		}
		{
			let step = thread % 2u * 4u;
			let line = thread / 2u;
			if (thread < 64u) {
				kTile[0u][step + 0u][line] = vec4f(a0_0[0], a0_1[0], a0_2[0], a0_3[0]);
				kTile[0u][step + 1u][line] = vec4f(a0_0[1], a0_1[1], a0_2[1], a0_3[1]);
				kTile[0u][step + 2u][line] = vec4f(a0_0[2], a0_1[2], a0_2[2], a0_3[2]);
				kTile[0u][step + 3u][line] = vec4f(a0_0[3], a0_1[3], a0_2[3], a0_3[3]);
			} else {
				qTile[0u][step + 0u][line - 32u] = vec4f(a0_0[0], a0_1[0], a0_2[0], a0_3[0]);
				qTile[0u][step + 1u][line - 32u] = vec4f(a0_0[1], a0_1[1], a0_2[1], a0_3[1]);
				qTile[0u][step + 2u][line - 32u] = vec4f(a0_0[2], a0_1[2], a0_2[2], a0_3[2]);
				qTile[0u][step + 3u][line - 32u] = vec4f(a0_0[3], a0_1[3], a0_2[3], a0_3[3]);
			}
		}
		if (thread < 16u) {
			let step = (thread + 64u) % 2u * 4u;
			let line = (thread + 64u) / 2u;
			if ((thread + 64u) < 64u) {
				kTile[0u][step + 0u][line] = vec4f(a1_0[0], a1_1[0], a1_2[0], a1_3[0]);
				kTile[0u][step + 1u][line] = vec4f(a1_0[1], a1_1[1], a1_2[1], a1_3[1]);
				kTile[0u][step + 2u][line] = vec4f(a1_0[2], a1_1[2], a1_2[2], a1_3[2]);
				kTile[0u][step + 3u][line] = vec4f(a1_0[3], a1_1[3], a1_2[3], a1_3[3]);
			} else {
				qTile[0u][step + 0u][line - 32u] = vec4f(a1_0[0], a1_1[0], a1_2[0], a1_3[0]);
				qTile[0u][step + 1u][line - 32u] = vec4f(a1_0[1], a1_1[1], a1_2[1], a1_3[1]);
				qTile[0u][step + 2u][line - 32u] = vec4f(a1_0[2], a1_1[2], a1_2[2], a1_3[2]);
				qTile[0u][step + 3u][line - 32u] = vec4f(a1_0[3], a1_1[3], a1_2[3], a1_3[3]);
			}
		}
		workgroupBarrier();
		var buffer = 0u;
		for (var d = 0u; d < job.headDim; d += TILE_FEATURES) {
			if (d + TILE_FEATURES < job.headDim) {
				{
					let feature = (d + TILE_FEATURES) + thread % 2u * 4u;
					let line = thread / 2u * 4u;
					if (thread < 64u) {
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
				if (thread < 16u) {
					let feature = (d + TILE_FEATURES) + (thread + 64u) % 2u * 4u;
					let line = (thread + 64u) / 2u * 4u;
					if ((thread + 64u) < 64u) {
						a1_0 = kAt(firstKey + line + 0u, keyHead, feature);
						a1_1 = kAt(firstKey + line + 1u, keyHead, feature);
						a1_2 = kAt(firstKey + line + 2u, keyHead, feature);
						a1_3 = kAt(firstKey + line + 3u, keyHead, feature);
					} else {
						a1_0 = qAt(firstQuery + line - TILE_KEYS + 0u, head, feature);
						a1_1 = qAt(firstQuery + line - TILE_KEYS + 1u, head, feature);
						a1_2 = qAt(firstQuery + line - TILE_KEYS + 2u, head, feature);
						a1_3 = qAt(firstQuery + line - TILE_KEYS + 3u, head, feature);
					}
				}
			}
			for (var i = 0u; i < 8u; i += 2u) {
				{
					let k0 = kTile[buffer][i + 0u][0u + threadColumn]; let k1 = kTile[buffer][i + 0u][16u + threadColumn];
					let q0 = qTile[buffer][i + 0u][threadRow]; let q1 = qTile[buffer][i + 0u][HALF + threadRow];
					s0_0 = fma(vec4f(q0[0]), k0, s0_0); s0_1 = fma(vec4f(q0[0]), k1, s0_1);
					s1_0 = fma(vec4f(q0[1]), k0, s1_0); s1_1 = fma(vec4f(q0[1]), k1, s1_1);
					s2_0 = fma(vec4f(q0[2]), k0, s2_0); s2_1 = fma(vec4f(q0[2]), k1, s2_1);
					s3_0 = fma(vec4f(q0[3]), k0, s3_0); s3_1 = fma(vec4f(q0[3]), k1, s3_1);
					s4_0 = fma(vec4f(q1[0]), k0, s4_0); s4_1 = fma(vec4f(q1[0]), k1, s4_1);
					s5_0 = fma(vec4f(q1[1]), k0, s5_0); s5_1 = fma(vec4f(q1[1]), k1, s5_1);
					s6_0 = fma(vec4f(q1[2]), k0, s6_0); s6_1 = fma(vec4f(q1[2]), k1, s6_1);
					s7_0 = fma(vec4f(q1[3]), k0, s7_0); s7_1 = fma(vec4f(q1[3]), k1, s7_1);
				}
				{
					let k0 = kTile[buffer][i + 1u][0u + threadColumn]; let k1 = kTile[buffer][i + 1u][16u + threadColumn];
					let q0 = qTile[buffer][i + 1u][threadRow]; let q1 = qTile[buffer][i + 1u][HALF + threadRow];
					s0_0 = fma(vec4f(q0[0]), k0, s0_0); s0_1 = fma(vec4f(q0[0]), k1, s0_1);
					s1_0 = fma(vec4f(q0[1]), k0, s1_0); s1_1 = fma(vec4f(q0[1]), k1, s1_1);
					s2_0 = fma(vec4f(q0[2]), k0, s2_0); s2_1 = fma(vec4f(q0[2]), k1, s2_1);
					s3_0 = fma(vec4f(q0[3]), k0, s3_0); s3_1 = fma(vec4f(q0[3]), k1, s3_1);
					s4_0 = fma(vec4f(q1[0]), k0, s4_0); s4_1 = fma(vec4f(q1[0]), k1, s4_1);
					s5_0 = fma(vec4f(q1[1]), k0, s5_0); s5_1 = fma(vec4f(q1[1]), k1, s5_1);
					s6_0 = fma(vec4f(q1[2]), k0, s6_0); s6_1 = fma(vec4f(q1[2]), k1, s6_1);
					s7_0 = fma(vec4f(q1[3]), k0, s7_0); s7_1 = fma(vec4f(q1[3]), k1, s7_1);
				}
			}
			buffer ^= 1u;
			if (d + TILE_FEATURES < job.headDim) {
				{
					let step = thread % 2u * 4u;
					let line = thread / 2u;
					if (thread < 64u) {
						kTile[buffer][step + 0u][line] = vec4f(a0_0[0], a0_1[0], a0_2[0], a0_3[0]);
						kTile[buffer][step + 1u][line] = vec4f(a0_0[1], a0_1[1], a0_2[1], a0_3[1]);
						kTile[buffer][step + 2u][line] = vec4f(a0_0[2], a0_1[2], a0_2[2], a0_3[2]);
						kTile[buffer][step + 3u][line] = vec4f(a0_0[3], a0_1[3], a0_2[3], a0_3[3]);
					} else {
						qTile[buffer][step + 0u][line - 32u] = vec4f(a0_0[0], a0_1[0], a0_2[0], a0_3[0]);
						qTile[buffer][step + 1u][line - 32u] = vec4f(a0_0[1], a0_1[1], a0_2[1], a0_3[1]);
						qTile[buffer][step + 2u][line - 32u] = vec4f(a0_0[2], a0_1[2], a0_2[2], a0_3[2]);
						qTile[buffer][step + 3u][line - 32u] = vec4f(a0_0[3], a0_1[3], a0_2[3], a0_3[3]);
					}
				}
				if (thread < 16u) {
					let step = (thread + 64u) % 2u * 4u;
					let line = (thread + 64u) / 2u;
					if ((thread + 64u) < 64u) {
						kTile[buffer][step + 0u][line] = vec4f(a1_0[0], a1_1[0], a1_2[0], a1_3[0]);
						kTile[buffer][step + 1u][line] = vec4f(a1_0[1], a1_1[1], a1_2[1], a1_3[1]);
						kTile[buffer][step + 2u][line] = vec4f(a1_0[2], a1_1[2], a1_2[2], a1_3[2]);
						kTile[buffer][step + 3u][line] = vec4f(a1_0[3], a1_1[3], a1_2[3], a1_3[3]);
					} else {
						qTile[buffer][step + 0u][line - 32u] = vec4f(a1_0[0], a1_1[0], a1_2[0], a1_3[0]);
						qTile[buffer][step + 1u][line - 32u] = vec4f(a1_0[1], a1_1[1], a1_2[1], a1_3[1]);
						qTile[buffer][step + 2u][line - 32u] = vec4f(a1_0[2], a1_1[2], a1_2[2], a1_3[2]);
						qTile[buffer][step + 3u][line - 32u] = vec4f(a1_0[3], a1_1[3], a1_2[3], a1_3[3]);
					}
				}
			}
			workgroupBarrier();
		}

		let ownKey0 = firstKey + 0u + threadColumn * 4u;
		let isKey0 = vec4u(ownKey0) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.keys);
		s0_0 = select(vec4f(-1e32), s0_0 * job.scale + maskAt(firstQuery + 0u + threadRow * 4u, ownKey0), isKey0);
		s1_0 = select(vec4f(-1e32), s1_0 * job.scale + maskAt(firstQuery + 1u + threadRow * 4u, ownKey0), isKey0);
		s2_0 = select(vec4f(-1e32), s2_0 * job.scale + maskAt(firstQuery + 2u + threadRow * 4u, ownKey0), isKey0);
		s3_0 = select(vec4f(-1e32), s3_0 * job.scale + maskAt(firstQuery + 3u + threadRow * 4u, ownKey0), isKey0);
		s4_0 = select(vec4f(-1e32), s4_0 * job.scale + maskAt(firstQuery + 16u + threadRow * 4u, ownKey0), isKey0);
		s5_0 = select(vec4f(-1e32), s5_0 * job.scale + maskAt(firstQuery + 17u + threadRow * 4u, ownKey0), isKey0);
		s6_0 = select(vec4f(-1e32), s6_0 * job.scale + maskAt(firstQuery + 18u + threadRow * 4u, ownKey0), isKey0);
		s7_0 = select(vec4f(-1e32), s7_0 * job.scale + maskAt(firstQuery + 19u + threadRow * 4u, ownKey0), isKey0);
		let ownKey1 = firstKey + 64u + threadColumn * 4u;
		let isKey1 = vec4u(ownKey1) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.keys);
		s0_1 = select(vec4f(-1e32), s0_1 * job.scale + maskAt(firstQuery + 0u + threadRow * 4u, ownKey1), isKey1);
		s1_1 = select(vec4f(-1e32), s1_1 * job.scale + maskAt(firstQuery + 1u + threadRow * 4u, ownKey1), isKey1);
		s2_1 = select(vec4f(-1e32), s2_1 * job.scale + maskAt(firstQuery + 2u + threadRow * 4u, ownKey1), isKey1);
		s3_1 = select(vec4f(-1e32), s3_1 * job.scale + maskAt(firstQuery + 3u + threadRow * 4u, ownKey1), isKey1);
		s4_1 = select(vec4f(-1e32), s4_1 * job.scale + maskAt(firstQuery + 16u + threadRow * 4u, ownKey1), isKey1);
		s5_1 = select(vec4f(-1e32), s5_1 * job.scale + maskAt(firstQuery + 17u + threadRow * 4u, ownKey1), isKey1);
		s6_1 = select(vec4f(-1e32), s6_1 * job.scale + maskAt(firstQuery + 18u + threadRow * 4u, ownKey1), isKey1);
		s7_1 = select(vec4f(-1e32), s7_1 * job.scale + maskAt(firstQuery + 19u + threadRow * 4u, ownKey1), isKey1);
		partials[threadRow][threadColumn] = vec4f(max(largest(s0_0), largest(s0_1)), max(largest(s1_0), largest(s1_1)), max(largest(s2_0), largest(s2_1)), max(largest(s3_0), largest(s3_1)));
		partials[HALF + threadRow][threadColumn] = vec4f(max(largest(s4_0), largest(s4_1)), max(largest(s5_0), largest(s5_1)), max(largest(s6_0), largest(s6_1)), max(largest(s7_0), largest(s7_1)));
		workgroupBarrier();
		var newMaxima0 = maxima0;
		for (var i = 0u; i < THREADS_X; i++) { newMaxima0 = max(newMaxima0, partials[threadRow][i]); }
		let keep0 = exp2(maxima0 - newMaxima0);
		maxima0 = newMaxima0;
		s0_0 = exp2(s0_0 - vec4f(maxima0[0])); s0_1 = exp2(s0_1 - vec4f(maxima0[0])); o0_0 *= keep0[0]; o0_1 *= keep0[0];
		s1_0 = exp2(s1_0 - vec4f(maxima0[1])); s1_1 = exp2(s1_1 - vec4f(maxima0[1])); o1_0 *= keep0[1]; o1_1 *= keep0[1];
		s2_0 = exp2(s2_0 - vec4f(maxima0[2])); s2_1 = exp2(s2_1 - vec4f(maxima0[2])); o2_0 *= keep0[2]; o2_1 *= keep0[2];
		s3_0 = exp2(s3_0 - vec4f(maxima0[3])); s3_1 = exp2(s3_1 - vec4f(maxima0[3])); o3_0 *= keep0[3]; o3_1 *= keep0[3];
		sums0 = sums0 * keep0 + vec4f(dot(s0_0, vec4f(1.0)) + dot(s0_1, vec4f(1.0)), dot(s1_0, vec4f(1.0)) + dot(s1_1, vec4f(1.0)), dot(s2_0, vec4f(1.0)) + dot(s2_1, vec4f(1.0)), dot(s3_0, vec4f(1.0)) + dot(s3_1, vec4f(1.0)));
		var newMaxima1 = maxima1;
		for (var i = 0u; i < THREADS_X; i++) { newMaxima1 = max(newMaxima1, partials[HALF + threadRow][i]); }
		let keep1 = exp2(maxima1 - newMaxima1);
		maxima1 = newMaxima1;
		s4_0 = exp2(s4_0 - vec4f(maxima1[0])); s4_1 = exp2(s4_1 - vec4f(maxima1[0])); o4_0 *= keep1[0]; o4_1 *= keep1[0];
		s5_0 = exp2(s5_0 - vec4f(maxima1[1])); s5_1 = exp2(s5_1 - vec4f(maxima1[1])); o5_0 *= keep1[1]; o5_1 *= keep1[1];
		s6_0 = exp2(s6_0 - vec4f(maxima1[2])); s6_1 = exp2(s6_1 - vec4f(maxima1[2])); o6_0 *= keep1[2]; o6_1 *= keep1[2];
		s7_0 = exp2(s7_0 - vec4f(maxima1[3])); s7_1 = exp2(s7_1 - vec4f(maxima1[3])); o7_0 *= keep1[3]; o7_1 *= keep1[3];
		sums1 = sums1 * keep1 + vec4f(dot(s4_0, vec4f(1.0)) + dot(s4_1, vec4f(1.0)), dot(s5_0, vec4f(1.0)) + dot(s5_1, vec4f(1.0)), dot(s6_0, vec4f(1.0)) + dot(s6_1, vec4f(1.0)), dot(s7_0, vec4f(1.0)) + dot(s7_1, vec4f(1.0)));
		var v0: vec4f; var v1: vec4f; var v2: vec4f; var v3: vec4f; var v4: vec4f; var v5: vec4f; var v6: vec4f; var v7: vec4f; var v8: vec4f; var v9: vec4f; var v10: vec4f; var v11: vec4f; var v12: vec4f; var v13: vec4f; var v14: vec4f; var v15: vec4f;
		v0 = vAt(firstKey + (thread / 32u + 0u * TILE_VALUES) / 64u * 64u + (thread / 32u + 0u * TILE_VALUES) % THREADS_X * 4u + (thread / 32u + 0u * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
		v1 = vAt(firstKey + ((thread + 64u) / 32u + 0u * TILE_VALUES) / 64u * 64u + ((thread + 64u) / 32u + 0u * TILE_VALUES) % THREADS_X * 4u + ((thread + 64u) / 32u + 0u * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
		v2 = vAt(firstKey + ((thread + 128u) / 32u + 0u * TILE_VALUES) / 64u * 64u + ((thread + 128u) / 32u + 0u * TILE_VALUES) % THREADS_X * 4u + ((thread + 128u) / 32u + 0u * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
		v3 = vAt(firstKey + ((thread + 192u) / 32u + 0u * TILE_VALUES) / 64u * 64u + ((thread + 192u) / 32u + 0u * TILE_VALUES) % THREADS_X * 4u + ((thread + 192u) / 32u + 0u * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
		v4 = vAt(firstKey + ((thread + 256u) / 32u + 0u * TILE_VALUES) / 64u * 64u + ((thread + 256u) / 32u + 0u * TILE_VALUES) % THREADS_X * 4u + ((thread + 256u) / 32u + 0u * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
		v5 = vAt(firstKey + ((thread + 320u) / 32u + 0u * TILE_VALUES) / 64u * 64u + ((thread + 320u) / 32u + 0u * TILE_VALUES) % THREADS_X * 4u + ((thread + 320u) / 32u + 0u * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
		v6 = vAt(firstKey + ((thread + 384u) / 32u + 0u * TILE_VALUES) / 64u * 64u + ((thread + 384u) / 32u + 0u * TILE_VALUES) % THREADS_X * 4u + ((thread + 384u) / 32u + 0u * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
		v7 = vAt(firstKey + ((thread + 448u) / 32u + 0u * TILE_VALUES) / 64u * 64u + ((thread + 448u) / 32u + 0u * TILE_VALUES) % THREADS_X * 4u + ((thread + 448u) / 32u + 0u * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
		v8 = vAt(firstKey + ((thread + 512u) / 32u + 0u * TILE_VALUES) / 64u * 64u + ((thread + 512u) / 32u + 0u * TILE_VALUES) % THREADS_X * 4u + ((thread + 512u) / 32u + 0u * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
		v9 = vAt(firstKey + ((thread + 576u) / 32u + 0u * TILE_VALUES) / 64u * 64u + ((thread + 576u) / 32u + 0u * TILE_VALUES) % THREADS_X * 4u + ((thread + 576u) / 32u + 0u * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
		v10 = vAt(firstKey + ((thread + 640u) / 32u + 0u * TILE_VALUES) / 64u * 64u + ((thread + 640u) / 32u + 0u * TILE_VALUES) % THREADS_X * 4u + ((thread + 640u) / 32u + 0u * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
		v11 = vAt(firstKey + ((thread + 704u) / 32u + 0u * TILE_VALUES) / 64u * 64u + ((thread + 704u) / 32u + 0u * TILE_VALUES) % THREADS_X * 4u + ((thread + 704u) / 32u + 0u * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
		v12 = vAt(firstKey + ((thread + 768u) / 32u + 0u * TILE_VALUES) / 64u * 64u + ((thread + 768u) / 32u + 0u * TILE_VALUES) % THREADS_X * 4u + ((thread + 768u) / 32u + 0u * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
		v13 = vAt(firstKey + ((thread + 832u) / 32u + 0u * TILE_VALUES) / 64u * 64u + ((thread + 832u) / 32u + 0u * TILE_VALUES) % THREADS_X * 4u + ((thread + 832u) / 32u + 0u * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
		v14 = vAt(firstKey + ((thread + 896u) / 32u + 0u * TILE_VALUES) / 64u * 64u + ((thread + 896u) / 32u + 0u * TILE_VALUES) % THREADS_X * 4u + ((thread + 896u) / 32u + 0u * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
		v15 = vAt(firstKey + ((thread + 960u) / 32u + 0u * TILE_VALUES) / 64u * 64u + ((thread + 960u) / 32u + 0u * TILE_VALUES) % THREADS_X * 4u + ((thread + 960u) / 32u + 0u * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
		vTile[0u][thread / 32u][thread % 32u] = v0;
		vTile[0u][(thread + 64u) / 32u][thread % 32u] = v1;
		vTile[0u][(thread + 128u) / 32u][thread % 32u] = v2;
		vTile[0u][(thread + 192u) / 32u][thread % 32u] = v3;
		vTile[0u][(thread + 256u) / 32u][thread % 32u] = v4;
		vTile[0u][(thread + 320u) / 32u][thread % 32u] = v5;
		vTile[0u][(thread + 384u) / 32u][thread % 32u] = v6;
		vTile[0u][(thread + 448u) / 32u][thread % 32u] = v7;
		vTile[0u][(thread + 512u) / 32u][thread % 32u] = v8;
		vTile[0u][(thread + 576u) / 32u][thread % 32u] = v9;
		vTile[0u][(thread + 640u) / 32u][thread % 32u] = v10;
		vTile[0u][(thread + 704u) / 32u][thread % 32u] = v11;
		vTile[0u][(thread + 768u) / 32u][thread % 32u] = v12;
		vTile[0u][(thread + 832u) / 32u][thread % 32u] = v13;
		vTile[0u][(thread + 896u) / 32u][thread % 32u] = v14;
		vTile[0u][(thread + 960u) / 32u][thread % 32u] = v15;
		pTile[0u][0u + threadColumn][threadRow] = vec4f(s0_0[0], s1_0[0], s2_0[0], s3_0[0]); pTile[0u][0u + threadColumn][HALF + threadRow] = vec4f(s4_0[0], s5_0[0], s6_0[0], s7_0[0]); pTile[0u][16u + threadColumn][threadRow] = vec4f(s0_0[1], s1_0[1], s2_0[1], s3_0[1]); pTile[0u][16u + threadColumn][HALF + threadRow] = vec4f(s4_0[1], s5_0[1], s6_0[1], s7_0[1]);
		workgroupBarrier();
		for (var chunk = 1u; chunk <= 4u; chunk++) {
			let present = (chunk - 1u) & 1u;
			if (chunk < 4u) {
				v0 = vAt(firstKey + (thread / 32u + chunk * TILE_VALUES) / 64u * 64u + (thread / 32u + chunk * TILE_VALUES) % THREADS_X * 4u + (thread / 32u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
				v1 = vAt(firstKey + ((thread + 64u) / 32u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 64u) / 32u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 64u) / 32u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
				v2 = vAt(firstKey + ((thread + 128u) / 32u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 128u) / 32u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 128u) / 32u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
				v3 = vAt(firstKey + ((thread + 192u) / 32u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 192u) / 32u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 192u) / 32u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
				v4 = vAt(firstKey + ((thread + 256u) / 32u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 256u) / 32u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 256u) / 32u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
				v5 = vAt(firstKey + ((thread + 320u) / 32u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 320u) / 32u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 320u) / 32u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
				v6 = vAt(firstKey + ((thread + 384u) / 32u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 384u) / 32u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 384u) / 32u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
				v7 = vAt(firstKey + ((thread + 448u) / 32u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 448u) / 32u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 448u) / 32u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
				v8 = vAt(firstKey + ((thread + 512u) / 32u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 512u) / 32u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 512u) / 32u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
				v9 = vAt(firstKey + ((thread + 576u) / 32u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 576u) / 32u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 576u) / 32u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
				v10 = vAt(firstKey + ((thread + 640u) / 32u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 640u) / 32u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 640u) / 32u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
				v11 = vAt(firstKey + ((thread + 704u) / 32u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 704u) / 32u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 704u) / 32u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
				v12 = vAt(firstKey + ((thread + 768u) / 32u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 768u) / 32u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 768u) / 32u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
				v13 = vAt(firstKey + ((thread + 832u) / 32u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 832u) / 32u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 832u) / 32u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
				v14 = vAt(firstKey + ((thread + 896u) / 32u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 896u) / 32u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 896u) / 32u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
				v15 = vAt(firstKey + ((thread + 960u) / 32u + chunk * TILE_VALUES) / 64u * 64u + ((thread + 960u) / 32u + chunk * TILE_VALUES) % THREADS_X * 4u + ((thread + 960u) / 32u + chunk * TILE_VALUES) % 64u / THREADS_X, keyHead, firstFeature + thread % 32u * 4u);
			}
			for (var i = 0u; i < 32u; i += 2u) {
				{
					let p0 = pTile[present][i + 0u][threadRow]; let p1 = pTile[present][i + 0u][HALF + threadRow];
					let v0 = vTile[present][i + 0u][0u + threadColumn]; let v1 = vTile[present][i + 0u][16u + threadColumn];
					o0_0 = fma(vec4f(p0[0]), v0, o0_0); o0_1 = fma(vec4f(p0[0]), v1, o0_1);
					o1_0 = fma(vec4f(p0[1]), v0, o1_0); o1_1 = fma(vec4f(p0[1]), v1, o1_1);
					o2_0 = fma(vec4f(p0[2]), v0, o2_0); o2_1 = fma(vec4f(p0[2]), v1, o2_1);
					o3_0 = fma(vec4f(p0[3]), v0, o3_0); o3_1 = fma(vec4f(p0[3]), v1, o3_1);
					o4_0 = fma(vec4f(p1[0]), v0, o4_0); o4_1 = fma(vec4f(p1[0]), v1, o4_1);
					o5_0 = fma(vec4f(p1[1]), v0, o5_0); o5_1 = fma(vec4f(p1[1]), v1, o5_1);
					o6_0 = fma(vec4f(p1[2]), v0, o6_0); o6_1 = fma(vec4f(p1[2]), v1, o6_1);
					o7_0 = fma(vec4f(p1[3]), v0, o7_0); o7_1 = fma(vec4f(p1[3]), v1, o7_1);
				}
				{
					let p0 = pTile[present][i + 1u][threadRow]; let p1 = pTile[present][i + 1u][HALF + threadRow];
					let v0 = vTile[present][i + 1u][0u + threadColumn]; let v1 = vTile[present][i + 1u][16u + threadColumn];
					o0_0 = fma(vec4f(p0[0]), v0, o0_0); o0_1 = fma(vec4f(p0[0]), v1, o0_1);
					o1_0 = fma(vec4f(p0[1]), v0, o1_0); o1_1 = fma(vec4f(p0[1]), v1, o1_1);
					o2_0 = fma(vec4f(p0[2]), v0, o2_0); o2_1 = fma(vec4f(p0[2]), v1, o2_1);
					o3_0 = fma(vec4f(p0[3]), v0, o3_0); o3_1 = fma(vec4f(p0[3]), v1, o3_1);
					o4_0 = fma(vec4f(p1[0]), v0, o4_0); o4_1 = fma(vec4f(p1[0]), v1, o4_1);
					o5_0 = fma(vec4f(p1[1]), v0, o5_0); o5_1 = fma(vec4f(p1[1]), v1, o5_1);
					o6_0 = fma(vec4f(p1[2]), v0, o6_0); o6_1 = fma(vec4f(p1[2]), v1, o6_1);
					o7_0 = fma(vec4f(p1[3]), v0, o7_0); o7_1 = fma(vec4f(p1[3]), v1, o7_1);
				}
			}
			if (chunk < 4u) {
				vTile[(chunk & 1u)][thread / 32u][thread % 32u] = v0;
				vTile[(chunk & 1u)][(thread + 64u) / 32u][thread % 32u] = v1;
				vTile[(chunk & 1u)][(thread + 128u) / 32u][thread % 32u] = v2;
				vTile[(chunk & 1u)][(thread + 192u) / 32u][thread % 32u] = v3;
				vTile[(chunk & 1u)][(thread + 256u) / 32u][thread % 32u] = v4;
				vTile[(chunk & 1u)][(thread + 320u) / 32u][thread % 32u] = v5;
				vTile[(chunk & 1u)][(thread + 384u) / 32u][thread % 32u] = v6;
				vTile[(chunk & 1u)][(thread + 448u) / 32u][thread % 32u] = v7;
				vTile[(chunk & 1u)][(thread + 512u) / 32u][thread % 32u] = v8;
				vTile[(chunk & 1u)][(thread + 576u) / 32u][thread % 32u] = v9;
				vTile[(chunk & 1u)][(thread + 640u) / 32u][thread % 32u] = v10;
				vTile[(chunk & 1u)][(thread + 704u) / 32u][thread % 32u] = v11;
				vTile[(chunk & 1u)][(thread + 768u) / 32u][thread % 32u] = v12;
				vTile[(chunk & 1u)][(thread + 832u) / 32u][thread % 32u] = v13;
				vTile[(chunk & 1u)][(thread + 896u) / 32u][thread % 32u] = v14;
				vTile[(chunk & 1u)][(thread + 960u) / 32u][thread % 32u] = v15;
				switch (chunk) {
					case 0u: { pTile[(chunk & 1u)][0u + threadColumn][threadRow] = vec4f(s0_0[0], s1_0[0], s2_0[0], s3_0[0]); pTile[(chunk & 1u)][0u + threadColumn][HALF + threadRow] = vec4f(s4_0[0], s5_0[0], s6_0[0], s7_0[0]); pTile[(chunk & 1u)][16u + threadColumn][threadRow] = vec4f(s0_0[1], s1_0[1], s2_0[1], s3_0[1]); pTile[(chunk & 1u)][16u + threadColumn][HALF + threadRow] = vec4f(s4_0[1], s5_0[1], s6_0[1], s7_0[1]); }
					case 1u: { pTile[(chunk & 1u)][0u + threadColumn][threadRow] = vec4f(s0_0[2], s1_0[2], s2_0[2], s3_0[2]); pTile[(chunk & 1u)][0u + threadColumn][HALF + threadRow] = vec4f(s4_0[2], s5_0[2], s6_0[2], s7_0[2]); pTile[(chunk & 1u)][16u + threadColumn][threadRow] = vec4f(s0_0[3], s1_0[3], s2_0[3], s3_0[3]); pTile[(chunk & 1u)][16u + threadColumn][HALF + threadRow] = vec4f(s4_0[3], s5_0[3], s6_0[3], s7_0[3]); }
					case 2u: { pTile[(chunk & 1u)][0u + threadColumn][threadRow] = vec4f(s0_1[0], s1_1[0], s2_1[0], s3_1[0]); pTile[(chunk & 1u)][0u + threadColumn][HALF + threadRow] = vec4f(s4_1[0], s5_1[0], s6_1[0], s7_1[0]); pTile[(chunk & 1u)][16u + threadColumn][threadRow] = vec4f(s0_1[1], s1_1[1], s2_1[1], s3_1[1]); pTile[(chunk & 1u)][16u + threadColumn][HALF + threadRow] = vec4f(s4_1[1], s5_1[1], s6_1[1], s7_1[1]); }
					default: { pTile[(chunk & 1u)][0u + threadColumn][threadRow] = vec4f(s0_1[2], s1_1[2], s2_1[2], s3_1[2]); pTile[(chunk & 1u)][0u + threadColumn][HALF + threadRow] = vec4f(s4_1[2], s5_1[2], s6_1[2], s7_1[2]); pTile[(chunk & 1u)][16u + threadColumn][threadRow] = vec4f(s0_1[3], s1_1[3], s2_1[3], s3_1[3]); pTile[(chunk & 1u)][16u + threadColumn][HALF + threadRow] = vec4f(s4_1[3], s5_1[3], s6_1[3], s7_1[3]); }
				}
			}
			workgroupBarrier();
		}
	}

	workgroupBarrier();
	partials[threadRow][threadColumn] = sums0;
	partials[HALF + threadRow][threadColumn] = sums1;
	workgroupBarrier();
	var total0 = vec4f();
	for (var i = 0u; i < THREADS_X; i++) { total0 += partials[threadRow][i]; }
	put(firstQuery + 0u + threadRow * 4u, head, firstFeature + 0u + threadColumn * 4u, o0_0 / total0[0]);
	put(firstQuery + 0u + threadRow * 4u, head, firstFeature + 64u + threadColumn * 4u, o0_1 / total0[0]);
	put(firstQuery + 1u + threadRow * 4u, head, firstFeature + 0u + threadColumn * 4u, o1_0 / total0[1]);
	put(firstQuery + 1u + threadRow * 4u, head, firstFeature + 64u + threadColumn * 4u, o1_1 / total0[1]);
	put(firstQuery + 2u + threadRow * 4u, head, firstFeature + 0u + threadColumn * 4u, o2_0 / total0[2]);
	put(firstQuery + 2u + threadRow * 4u, head, firstFeature + 64u + threadColumn * 4u, o2_1 / total0[2]);
	put(firstQuery + 3u + threadRow * 4u, head, firstFeature + 0u + threadColumn * 4u, o3_0 / total0[3]);
	put(firstQuery + 3u + threadRow * 4u, head, firstFeature + 64u + threadColumn * 4u, o3_1 / total0[3]);
	var total1 = vec4f();
	for (var i = 0u; i < THREADS_X; i++) { total1 += partials[HALF + threadRow][i]; }
	put(firstQuery + 16u + threadRow * 4u, head, firstFeature + 0u + threadColumn * 4u, o4_0 / total1[0]);
	put(firstQuery + 16u + threadRow * 4u, head, firstFeature + 64u + threadColumn * 4u, o4_1 / total1[0]);
	put(firstQuery + 17u + threadRow * 4u, head, firstFeature + 0u + threadColumn * 4u, o5_0 / total1[1]);
	put(firstQuery + 17u + threadRow * 4u, head, firstFeature + 64u + threadColumn * 4u, o5_1 / total1[1]);
	put(firstQuery + 18u + threadRow * 4u, head, firstFeature + 0u + threadColumn * 4u, o6_0 / total1[2]);
	put(firstQuery + 18u + threadRow * 4u, head, firstFeature + 64u + threadColumn * 4u, o6_1 / total1[2]);
	put(firstQuery + 19u + threadRow * 4u, head, firstFeature + 0u + threadColumn * 4u, o7_0 / total1[3]);
	put(firstQuery + 19u + threadRow * 4u, head, firstFeature + 64u + threadColumn * 4u, o7_1 / total1[3]);
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
fn maskAt(row: u32, key: u32) -> vec4f {
	let at = min(row, job.queries - 1u) * job.keys;
	let last = job.keys - 1u;
	let values = vec4f(mask[at + min(key, last)], mask[at + min(key + 1u, last)], mask[at + min(key + 2u, last)], mask[at + min(key + 3u, last)]);
	return 1.4426950408889634 * max(values, vec4f(-1e30));
}
fn put(row: u32, head: u32, feature: u32, value: vec4f) {
	if (row >= job.queries || feature >= job.headDim) { return; }
	y[((row * job.heads + head) * job.headDim + feature) >> 2u] = value;
}
