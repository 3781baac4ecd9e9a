import {
	F32_BYTES,
	f32Rows,
	type KernelDispatch,
	type KernelTarget,
	splitRows,
} from './kernel-dispatch.ts';

/** How a workgroup cuts attention: `queries` rows by 64 keys at a time. */
export interface AttentionTile {
	readonly queries: 32 | 64 | 128;
	/** Features of a head, or keys, that are in workgroup memory at a time. */
	readonly chunk: 8 | 16 | 32;
}

export interface AttentionArguments<Ref> {
	readonly label: string;
	/** f32 [queries, heads·headDim] */
	readonly q: Ref;
	/** f32 [keys, keyValueHeads·headDim] */
	readonly k: Ref;
	/** f32 [keys, keyValueHeads·headDim] */
	readonly v: Ref;
	/** f32 [queries, keys], added to the scores. */
	readonly mask?: Ref;
	/** f32 [queries, heads·headDim] */
	readonly output: Ref;
	readonly queries: number;
	readonly keys: number;
	readonly heads: number;
	readonly keyValueHeads: number;
	/** A multiple of 4. */
	readonly headDim: number;
	/** Multiplies q·k, usually 1/√headDim. */
	readonly scale: number;
	/** For the bench; else chosen by adapter. */
	readonly tile?: AttentionTile;
}

const KEYS = 64;
/** Threads side by side: each has 4 keys of the scores, and 4 or 8 features of the result. */
const THREADS_X = 16;
/** Rows of a thread, in two groups of four. */
const THREAD_ROWS = 8;

const TILES: readonly AttentionTile[] = [
	{ queries: 64, chunk: 16 },
	{ queries: 32, chunk: 8 },
];

/**
 * softmax(scale · q·kᵀ + mask)·v of each head; query head h reads key/value head floor(h·keyValueHeads/heads).
 * The scores are never stored: online softmax in f32.
 *
 * @throws RangeError for keys that one binding cannot hold
 */
export function attention<Ref>(
	args: AttentionArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { queries, keys, heads, keyValueHeads, headDim } = args;
	if (headDim % 4 !== 0) throw new RangeError(`A head dimension of ${headDim} is no multiple of 4`);
	const width = heads * headDim;
	const keyBytes = keys * keyValueHeads * headDim * F32_BYTES;
	if (keyBytes > target.limits.maxStorageBufferBindingSize) {
		throw new RangeError(`Keys of ${keyBytes} bytes exceed a binding`);
	}
	const slice = headDim <= 64 ? 64 : 128;
	const slices = Math.ceil(headDim / slice);
	const tile = args.tile ?? chooseTile(slice, target);
	const wgsl = attentionWgsl(tile, slice, args.mask !== undefined);
	// The scores are computed again for each slice of the result's features.
	const flopsPerRow = 2 * keys * heads * headDim * (slices + 1);
	const rowBytes = Math.max(width, args.mask === undefined ? 0 : keys) * F32_BYTES;
	const whole = { start: 0, count: keys };
	const scale = new Uint32Array(new Float32Array([args.scale * Math.LOG2E]).buffer);
	return splitRows(queries, rowBytes, flopsPerRow, target, 128).map((range) => ({
		label: args.label,
		wgsl,
		job: new Uint32Array([range.count, keys, heads, keyValueHeads, headDim, ...scale, 0, 0]),
		bindings: [
			f32Rows(args.q, width, range),
			f32Rows(args.k, keyValueHeads * headDim, whole),
			f32Rows(args.v, keyValueHeads * headDim, whole),
			f32Rows(args.output, width, range),
			...(args.mask === undefined ? [] : [f32Rows(args.mask, keys, range)]),
		],
		workgroups: [Math.ceil(range.count / tile.queries), heads, slices],
		flops: flopsPerRow * range.count,
	}));
}

export function attentionStorageBytes({ queries, chunk }: AttentionTile, slice: number): number {
	const scores = KEYS * (queries / 4 + 1);
	const partials = (queries / 4) * THREADS_X;
	return 16 * (scores + partials + tileVectors(queries, chunk, slice));
}

function tileVectors(queries: number, chunk: number, slice: number): number {
	return Math.max(chunk * (queries / 4 + 1 + KEYS / 4 + 1), (chunk * slice) / 4);
}

export function attentionThreads({ queries }: AttentionTile): number {
	return (queries / THREAD_ROWS) * THREADS_X;
}

function chooseTile(slice: number, { limits }: KernelTarget): AttentionTile {
	const tile = TILES.find(
		(candidate) =>
			attentionStorageBytes(candidate, slice) <= limits.maxComputeWorkgroupStorageSize &&
			attentionThreads(candidate) <= limits.maxComputeInvocationsPerWorkgroup,
	);
	if (tile === undefined) throw new RangeError('No attention tile fits this adapter');
	return tile;
}

/**
 * A workgroup computes `queries` rows of one head, or of a slice of 64 or 128 features of its result.
 * For 64 keys at a time:
 *
 * 1. s = q·kᵀ, chunk by chunk of the head's features; a thread holds 8 rows by 4 keys.
 * 2. The rows' maxima m over all keys so far; what was summed up is scaled by 2^(m_old - m).
 * 3. p = 2^(s - m) goes to workgroup memory, transposed; each thread keeps the sums of its own keys.
 * 4. o += p·v, chunk by chunk of the keys; a thread holds 8 rows by 8 (or 4) features.
 *
 * At the end o is divided by the rows' sums of p. Exponents are of base 2: the scale includes log2(e).
 *
 * Thread x has keys 4x to 4x + 3. Key 4x + j is at place 16j + x of p and v, so that neighbouring
 * threads write to different banks.
 */
function attentionWgsl({ queries, chunk }: AttentionTile, slice: number, hasMask: boolean): string {
	const threads = attentionThreads({ queries, chunk });
	const qVectors = queries / 4;
	const qStride = qVectors + 1;
	const kStride = KEYS / 4 + 1;
	const kBase = chunk * qStride;
	const sliceVectors = slice / 4;
	const featureGroups = slice / 64;
	const groups = [0, 1];
	const rows = [0, 1, 2, 3];
	const each = groups.flatMap((group) =>
		rows.map((row) => ({ group, row, name: `${group}${row}` })),
	);
	const features = Array.from({ length: featureGroups }, (_, index) => index);
	const lines = (depth: number, parts: readonly string[]): string =>
		parts.map((part) => '\t'.repeat(depth) + part).join('\n');
	const blocks = (qVectors * chunk) / 4;
	const keyBlocks = (KEYS * chunk) / 16;
	const vectorOf = (names: readonly string[]): string => `vec4f(${names.join(', ')})`;
	const rowAt = (group: number): string => `${group * (queries / 2)}u + threadRow * 4u`;

	return `struct Job { queries: u32, keys: u32, heads: u32, keyValueHeads: u32, headDim: u32, scale: f32, unused0: u32, unused1: u32 }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> q: array<vec4f>; // [queries, heads, headDim]
@group(0) @binding(2) var<storage, read> k: array<vec4f>; // [keys, keyValueHeads, headDim]
@group(0) @binding(3) var<storage, read> v: array<vec4f>; // [keys, keyValueHeads, headDim]
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>; // [queries, heads, headDim]
${hasMask ? '@group(0) @binding(5) var<storage, read> mask: array<f32>; // [queries, keys]\n' : ''}
var<workgroup> tile: array<vec4f, ${tileVectors(queries, chunk, slice)}>; // q and k transposed: [chunk][rows / 4 + 1]; or v: [chunk][slice / 4]
var<workgroup> pTile: array<vec4f, ${KEYS * qStride}>; // [keys][queries / 4 + 1]
var<workgroup> partials: array<vec4f, ${qVectors * THREADS_X}>; // [queries / 4][threads x]

@compute @workgroup_size(${threads})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let firstQuery = group.x * ${queries}u;
	let head = group.y;
	let keyHead = head * job.keyValueHeads / job.heads;
	let firstFeature = group.z * ${slice}u;
	let threadRow = thread / ${THREADS_X}u;
	let threadColumn = thread % ${THREADS_X}u;
${lines(
	1,
	each.map(({ name }) => features.map((f) => `var o${name}${f} = vec4f();`).join(' ')),
)}
${lines(
	1,
	groups.map((group) => `var maxima${group} = vec4f(-3e38); var sums${group} = vec4f();`),
)}

	for (var firstKey = 0u; firstKey < job.keys; firstKey += ${KEYS}u) {
${lines(
	2,
	each.map(({ name }) => `var s${name} = vec4f();`),
)}
		for (var d = 0u; d < job.headDim; d += ${chunk}u) {
			workgroupBarrier();
			for (var block = thread; block < ${blocks + keyBlocks}u; block += ${threads}u) {
				let isKey = block >= ${blocks}u;
				let index = select(block, block - ${blocks}u, isKey);
				let row = index / ${chunk / 4}u;
				let feature = d + (index % ${chunk / 4}u) * 4u;
				var a = vec4f(); var b = vec4f(); var c = vec4f(); var e = vec4f();
				if (feature < job.headDim) {
					if (isKey) {
						let first = firstKey + row * 4u;
						a = kAt(first, keyHead, feature);
						b = kAt(first + 1u, keyHead, feature);
						c = kAt(first + 2u, keyHead, feature);
						e = kAt(first + 3u, keyHead, feature);
					} else {
						let first = firstQuery + row * 4u;
						a = qAt(first, head, feature);
						b = qAt(first + 1u, head, feature);
						c = qAt(first + 2u, head, feature);
						e = qAt(first + 3u, head, feature);
					}
				}
				let stride = select(${qStride}u, ${kStride}u, isKey);
				let at = select(0u, ${kBase}u, isKey) + (index % ${chunk / 4}u) * 4u * stride + row;
${lines(
	4,
	['x', 'y', 'z', 'w'].map(
		(lane, index) =>
			`tile[at + ${index}u * stride] = vec4f(a.${lane}, b.${lane}, c.${lane}, e.${lane});`,
	),
)}
			}
			workgroupBarrier();
			for (var i = 0u; i < ${chunk}u; i++) {
				let keys = tile[${kBase}u + i * ${kStride}u + threadColumn];
${lines(
	4,
	groups.map(
		(group) => `let q${group} = tile[i * ${qStride}u + ${group * (qVectors / 2)}u + threadRow];`,
	),
)}
${lines(
	4,
	each.map(({ group, row, name }) => `s${name} = fma(vec4f(q${group}[${row}]), keys, s${name});`),
)}
			}
		}

		let firstOwnKey = firstKey + threadColumn * 4u;
		let isKey = vec4u(firstOwnKey) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.keys);
${lines(
	2,
	each.map(({ group, row, name }) => {
		const masked = hasMask ? ` + maskAt(firstQuery + ${rowAt(group)} + ${row}u, firstOwnKey)` : '';
		return `s${name} = select(vec4f(-3e38), s${name} * job.scale${masked}, isKey);`;
	}),
)}
${lines(
	2,
	groups.map(
		(group) =>
			`partials[(${group * (qVectors / 2)}u + threadRow) * ${THREADS_X}u + threadColumn] = ${vectorOf(rows.map((row) => `largest(s${group}${row})`))};`,
	),
)}
		workgroupBarrier();
${lines(
	2,
	groups.flatMap((group) => [
		`var newMaxima${group} = maxima${group};`,
		`for (var i = 0u; i < ${THREADS_X}u; i++) { newMaxima${group} = max(newMaxima${group}, partials[(${group * (qVectors / 2)}u + threadRow) * ${THREADS_X}u + i]); }`,
		`let keep${group} = exp2(maxima${group} - newMaxima${group});`,
		`maxima${group} = newMaxima${group};`,
		...rows.map(
			(row) => `s${group}${row} = exp2(s${group}${row} - vec4f(maxima${group}[${row}]));`,
		),
		`sums${group} = sums${group} * keep${group} + ${vectorOf(rows.map((row) => `dot(s${group}${row}, vec4f(1.0))`))};`,
		...rows.map((row) =>
			features.map((f) => `o${group}${row}${f} *= keep${group}[${row}];`).join(' '),
		),
		...[0, 1, 2, 3].map(
			(key) =>
				`pTile[(${key * THREADS_X}u + threadColumn) * ${qStride}u + ${group * (qVectors / 2)}u + threadRow] = ${vectorOf(rows.map((row) => `s${group}${row}[${key}]`))};`,
		),
	]),
)}

		for (var place = 0u; place < ${KEYS}u; place += ${chunk}u) {
			workgroupBarrier();
			for (var index = thread; index < ${chunk * sliceVectors}u; index += ${threads}u) {
				let at = place + index / ${sliceVectors}u;
				let key = firstKey + (at % ${THREADS_X}u) * 4u + at / ${THREADS_X}u;
				tile[index] = vAt(key, keyHead, firstFeature + (index % ${sliceVectors}u) * 4u);
			}
			workgroupBarrier();
			for (var i = 0u; i < ${chunk}u; i++) {
${lines(4, [
	...groups.map(
		(group) =>
			`let p${group} = pTile[(place + i) * ${qStride}u + ${group * (qVectors / 2)}u + threadRow];`,
	),
	...features.map(
		(f) => `let v${f} = tile[i * ${sliceVectors}u + ${f * THREADS_X}u + threadColumn];`,
	),
	...each.map(({ group, row, name }) =>
		features
			.map((f) => `o${name}${f} = fma(vec4f(p${group}[${row}]), v${f}, o${name}${f});`)
			.join(' '),
	),
])}
			}
		}
	}

	workgroupBarrier();
${lines(
	1,
	groups.map(
		(group) =>
			`partials[(${group * (qVectors / 2)}u + threadRow) * ${THREADS_X}u + threadColumn] = sums${group};`,
	),
)}
	workgroupBarrier();
${lines(
	1,
	groups.flatMap((group) => [
		`var total${group} = vec4f();`,
		`for (var i = 0u; i < ${THREADS_X}u; i++) { total${group} += partials[(${group * (qVectors / 2)}u + threadRow) * ${THREADS_X}u + i]; }`,
		...rows.flatMap((row) =>
			features.map(
				(f) =>
					`put(firstQuery + ${rowAt(group)} + ${row}u, head, firstFeature + ${f * 64}u + threadColumn * 4u, o${group}${row}${f} / total${group}[${row}]);`,
			),
		),
	]),
)}
}

fn largest(values: vec4f) -> f32 { return max(max(values.x, values.y), max(values.z, values.w)); }

// Rows beyond the last read the last: their results are never stored, or weigh nothing.
fn qAt(row: u32, head: u32, feature: u32) -> vec4f {
	return q[((min(row, job.queries - 1u) * job.heads + head) * job.headDim + feature) >> 2u];
}
fn kAt(row: u32, head: u32, feature: u32) -> vec4f {
	return k[((min(row, job.keys - 1u) * job.keyValueHeads + head) * job.headDim + feature) >> 2u];
}
fn vAt(row: u32, head: u32, feature: u32) -> vec4f {
	let at = min(feature, job.headDim - 4u);
	return v[((min(row, job.keys - 1u) * job.keyValueHeads + head) * job.headDim + at) >> 2u];
}
${
	hasMask
		? `fn maskAt(row: u32, key: u32) -> vec4f {
	let at = min(row, job.queries - 1u) * job.keys;
	let last = job.keys - 1u;
	return ${Math.LOG2E} * vec4f(mask[at + min(key, last)], mask[at + min(key + 1u, last)], mask[at + min(key + 2u, last)], mask[at + min(key + 3u, last)]);
}
`
		: ''
}fn put(row: u32, head: u32, feature: u32, value: vec4f) {
	if (row >= job.queries || feature >= job.headDim) { return; }
	y[((row * job.heads + head) * job.headDim + feature) >> 2u] = value;
}
`;
}
