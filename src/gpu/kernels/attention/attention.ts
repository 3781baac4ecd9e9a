import { ATTENTION_TILES } from './attention-tiles.ts';
import {
	attentionSlice,
	attentionThreads,
	type AttentionTile,
	THREAD_ROWS,
	THREADS_X,
} from './attention-tile.ts';
import { F32_BYTES, type KernelDispatch, type KernelTarget } from '../dispatch/kernel-dispatch.ts';
import { f32Rows, ROW_RANGE_MULTIPLE, splitRows } from '../dispatch/row-ranges.ts';
import { threadPlaceWgsl } from '../wgsl/thread-place.ts';

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
	const slice = attentionSlice(headDim);
	const slices = Math.ceil(headDim / slice);
	const tile =
		args.tile ?? ATTENTION_TILES.choose({ headDim }, { elements: queries * heads }, target);
	const wgsl = attentionWgsl(tile, slice, args.mask !== undefined);
	// The scores are computed again for each slice of the result's features.
	const flopsPerRow = 2 * keys * heads * headDim * (slices + 1);
	const rowBytes = Math.max(width, args.mask === undefined ? 0 : keys) * F32_BYTES;
	const whole = { start: 0, count: keys };
	const scale = new Uint32Array(new Float32Array([args.scale * Math.LOG2E]).buffer);
	const multiple = Math.max(ROW_RANGE_MULTIPLE, tile.queries);
	const ranges = splitRows(queries, rowBytes, flopsPerRow, target, multiple);
	const [fewest = 0] = ranges.map(({ count }) => count);
	const parts = splitHeads(heads, slices, (flopsPerRow * fewest) / target.maxDispatchFlops);
	return ranges.flatMap((range) =>
		parts.map((part) => ({
			label: args.label,
			wgsl,
			job: new Uint32Array([
				...[range.count, keys, heads, keyValueHeads, headDim, ...scale],
				...[part.firstHead, part.firstSlice],
			]),
			bindings: [
				f32Rows(args.q, width, range),
				f32Rows(args.k, keyValueHeads * headDim, whole),
				f32Rows(args.v, keyValueHeads * headDim, whole),
				f32Rows(args.output, width, range),
				...(args.mask === undefined ? [] : [f32Rows(args.mask, keys, range)]),
			],
			workgroups: [Math.ceil(range.count / tile.queries), part.heads, part.slices],
			flops: (flopsPerRow * range.count * part.heads * part.slices) / (heads * slices),
			// Keys and values are read over and over, out of caches: their time is the arithmetic's.
			bytes: 2 * range.count * rowBytes,
		})),
	);
}

interface HeadPart {
	readonly firstHead: number;
	readonly heads: number;
	readonly firstSlice: number;
	readonly slices: number;
}

/** Cuts what cannot be cut by rows any more: by heads, and by slices of the result's features. */
function splitHeads(heads: number, slices: number, pieces: number): readonly HeadPart[] {
	const headsAtOnce = Math.max(1, Math.floor(heads / Math.max(1, pieces)));
	const isTooMuch = pieces > heads;
	const slicesAtOnce = isTooMuch ? Math.max(1, Math.floor((slices * heads) / pieces)) : slices;
	const parts: HeadPart[] = [];
	for (let firstHead = 0; firstHead < heads; firstHead += headsAtOnce) {
		for (let firstSlice = 0; firstSlice < slices; firstSlice += slicesAtOnce) {
			parts.push({
				firstHead,
				heads: Math.min(headsAtOnce, heads - firstHead),
				firstSlice,
				slices: Math.min(slicesAtOnce, slices - firstSlice),
			});
		}
	}
	return parts;
}

/**
 * A workgroup computes `queries` rows of one head, or of a slice of 64 or 128 features of its result.
 * For 64 or 128 keys at a time:
 *
 * 1. s = q·kᵀ, some of the head's features at a time; a thread holds 8 rows by 4 or 8 keys.
 * 2. The rows' maxima m over all keys so far; what was summed up is scaled by 2^(m_old - m).
 * 3. p = 2^(s - m) stays in registers; each thread keeps the sums of its own keys.
 * 4. o += p·v, some of the keys at a time: their p goes to workgroup memory, transposed, beside their v;
 *    a thread holds 8 rows by 8 (or 4) features.
 *
 * At the end o is divided by the rows' sums of p. Exponents are of base 2: the scale includes log2(e).
 *
 * Of each 64 keys, thread x has 4x to 4x + 3. Step 4 takes one of every thread's keys, or two: key
 * 4x + j is at place x of the jth sixteen, so neighbouring threads write to different banks.
 *
 * Workgroup arrays have one dimension for each index: drivers are told to clamp every index, and so
 * clamp only what is the same in all steps.
 */
function attentionWgsl(tile: AttentionTile, slice: number, hasMask: boolean): string {
	const { queries, keys, features, values, staging } = tile;
	const threads = attentionThreads(tile);
	const buffers = staging === 'double' ? 2 : 1;
	const rows = range(THREAD_ROWS);
	const keyGroups = range(keys / 64);
	const featureGroups = range(slice / 64);
	const rowAt = (row: number): string =>
		`firstQuery + ${(row >> 2) * (queries / 2) + (row & 3)}u + threadRow * 4u`;

	return `struct Job { queries: u32, keys: u32, heads: u32, keyValueHeads: u32, headDim: u32, scale: f32, firstHead: u32, firstSlice: u32 }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> q: array<vec4f>; // [queries, heads, headDim]
@group(0) @binding(2) var<storage, read> k: array<vec4f>; // [keys, keyValueHeads, headDim]
@group(0) @binding(3) var<storage, read> v: array<vec4f>; // [keys, keyValueHeads, headDim]
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>; // [queries, heads, headDim]
${hasMask ? '@group(0) @binding(5) var<storage, read> mask: array<f32>; // [queries, keys]\n' : ''}
var<workgroup> qTile: array<array<array<vec4f, ${queries / 4 + 1}>, ${features}>, ${buffers}>; // [features][queries / 4 + 1], transposed
var<workgroup> kTile: array<array<array<vec4f, ${keys / 4 + 1}>, ${features}>, ${buffers}>; // [features][keys / 4 + 1], transposed
var<workgroup> pTile: array<array<array<vec4f, ${queries / 4 + 1}>, ${values}>, ${buffers}>; // [keys][queries / 4 + 1], transposed
var<workgroup> vTile: array<array<array<vec4f, ${slice / 4}>, ${values}>, ${buffers}>; // [keys][features / 4]
var<workgroup> partials: array<array<vec4f, ${THREADS_X}>, ${queries / 4}>; // [queries / 4][threads x]

@compute @workgroup_size(${threads})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let firstQuery = group.x * ${queries}u;
	let head = job.firstHead + group.y;
	let keyHead = head * job.keyValueHeads / job.heads;
	let firstFeature = (job.firstSlice + group.z) * ${slice}u;
${threadPlaceWgsl(THREADS_X, threads)}
${rows.map((row) => `\t${featureGroups.map((f) => `var o${row}_${f} = vec4f();`).join(' ')}`).join('\n')}
	var maxima0 = vec4f(-3e38); var maxima1 = vec4f(-3e38);
	var sums0 = vec4f(); var sums1 = vec4f();

	for (var firstKey = 0u; firstKey < job.keys; firstKey += ${keys}u) {
${rows.map((row) => `\t\t${keyGroups.map((g) => `var s${row}_${g} = vec4f();`).join(' ')}`).join('\n')}
${scoresWgsl(tile)}

${keyGroups
	.map((g) => {
		const masked = (row: number): string => (hasMask ? ` + maskAt(${rowAt(row)}, ownKey${g})` : '');
		return `		let ownKey${g} = firstKey + ${g * 64}u + threadColumn * 4u;
		let isKey${g} = vec4u(ownKey${g}) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.keys);
${rows.map((row) => `\t\ts${row}_${g} = select(vec4f(-3e38), s${row}_${g} * job.scale${masked(row)}, isKey${g});`).join('\n')}`;
	})
	.join('\n')}
${[0, 1]
	.map((half) => {
		const own = rowsOf(half).map((row) =>
			keyGroups.map((g) => `largest(s${row}_${g})`).reduce((a, b) => `max(${a}, ${b})`),
		);
		return `\t\tpartials[${half * (queries / 8)}u + threadRow][threadColumn] = vec4f(${own.join(', ')});`;
	})
	.join('\n')}
		workgroupBarrier();
${[0, 1].map((half) => softmaxWgsl(tile, half, keyGroups, featureGroups)).join('\n')}
${productsWgsl(tile, slice)}
	}

	workgroupBarrier();
${[0, 1].map((half) => `\tpartials[${half * (queries / 8)}u + threadRow][threadColumn] = sums${half};`).join('\n')}
	workgroupBarrier();
${[0, 1]
	.map(
		(half) => `	var total${half} = vec4f();
	for (var i = 0u; i < ${THREADS_X}u; i++) { total${half} += partials[${half * (queries / 8)}u + threadRow][i]; }
${rowsOf(half)
	.flatMap((row) =>
		featureGroups.map(
			(f) =>
				`\tput(${rowAt(row)}, head, firstFeature + ${f * 64}u + threadColumn * 4u, o${row}_${f} / total${half}[${row & 3}]);`,
		),
	)
	.join('\n')}`,
	)
	.join('\n')}
}
${accessorsWgsl(hasMask)}`;
}

/** Step 1: the scores of a thread, s0_0 to s7_1. */
function scoresWgsl(tile: AttentionTile): string {
	const { queries, keys, features, staging } = tile;
	const threads = attentionThreads(tile);
	const keyBlocks = (keys * features) / 16;
	const blocks = keyBlocks + (queries * features) / 16;
	const perRow = features / 4;
	// A piece is 4 rows by 4 features, of k or of q.
	const pieces = range(Math.ceil(blocks / threads)).map((piece) => ({
		piece,
		index: `(thread + ${piece * threads}u)`,
		guard: (piece + 1) * threads > blocks ? `thread < ${blocks - piece * threads}u` : 'true',
	}));
	const declare = pieces
		.map(
			({ piece }) =>
				`\t\t${range(4)
					.map((row) => `var a${piece}_${row}: vec4f;`)
					.join(' ')}`,
		)
		.join('\n');
	const load = (d: string): string =>
		pieces
			.map(
				({ piece, index, guard }) => `		if (${guard}) {
			let feature = ${d} + ${index} % ${perRow}u * 4u;
			let line = ${index} / ${perRow}u * 4u;
			if (${index} < ${keyBlocks}u) {
${range(4)
	.map((row) => `\t\t\t\ta${piece}_${row} = kAt(firstKey + line + ${row}u, keyHead, feature);`)
	.join('\n')}
			} else {
${range(4)
	.map(
		(row) =>
			`\t\t\t\ta${piece}_${row} = qAt(firstQuery + line - ${keys}u + ${row}u, head, feature);`,
	)
	.join('\n')}
			}
		}`,
			)
			.join('\n');
	const transposed = (piece: number, lane: number): string =>
		`vec4f(${range(4)
			.map((row) => `a${piece}_${row}[${lane}]`)
			.join(', ')})`;
	const store = (buffer: string): string =>
		pieces
			.map(
				({ piece, index, guard }) => `		if (${guard}) {
			let step = ${index} % ${perRow}u * 4u;
			let line = ${index} / ${perRow}u;
			if (${index} < ${keyBlocks}u) {
${range(4)
	.map((lane) => `\t\t\t\tkTile[${buffer}][step + ${lane}u][line] = ${transposed(piece, lane)};`)
	.join('\n')}
			} else {
${range(4)
	.map(
		(lane) =>
			`\t\t\t\tqTile[${buffer}][step + ${lane}u][line - ${keys / 4}u] = ${transposed(piece, lane)};`,
	)
	.join('\n')}
			}
		}`,
			)
			.join('\n');
	const multiply = (buffer: string): string =>
		unrolled(
			features,
			tile.unroll,
			(step) => `			{
				${range(keys / 64)
					.map((g) => `let k${g} = kTile[${buffer}][${step}][${g * 16}u + threadColumn];`)
					.join(' ')}
				${range(2)
					.map(
						(half) =>
							`let q${half} = qTile[${buffer}][${step}][${half * (queries / 8)}u + threadRow];`,
					)
					.join(' ')}
${range(THREAD_ROWS)
	.map(
		(row) =>
			`\t\t\t\t${range(keys / 64)
				.map((g) => `s${row}_${g} = fma(vec4f(q${row >> 2}[${row & 3}]), k${g}, s${row}_${g});`)
				.join(' ')}`,
	)
	.join('\n')}
			}`,
		);
	if (staging === 'direct') {
		return `		for (var d = 0u; d < job.headDim; d += ${features}u) {
${declare}
${load('d')}
		workgroupBarrier();
${store('0u')}
		workgroupBarrier();
${multiply('0u')}
		}`;
	}
	const next = `d + ${features}u < job.headDim`;
	return `${declare}
${load('0u')}
${store('0u')}
		workgroupBarrier();
		var buffer = 0u;
		for (var d = 0u; d < job.headDim; d += ${features}u) {
		if (${next}) {
${load(`(d + ${features}u)`)}
		}
${multiply('buffer')}
		buffer ^= 1u;
		if (${next}) {
${store('buffer')}
		}
		workgroupBarrier();
		}`;
}

/** Steps 2 and 3, for four of a thread's rows. */
function softmaxWgsl(
	{ queries }: AttentionTile,
	half: number,
	keyGroups: readonly number[],
	featureGroups: readonly number[],
): string {
	const own = rowsOf(half).map((row) =>
		keyGroups.map((g) => `dot(s${row}_${g}, vec4f(1.0))`).join(' + '),
	);
	return `		var newMaxima${half} = maxima${half};
		for (var i = 0u; i < ${THREADS_X}u; i++) { newMaxima${half} = max(newMaxima${half}, partials[${half * (queries / 8)}u + threadRow][i]); }
		let keep${half} = exp2(maxima${half} - newMaxima${half});
		maxima${half} = newMaxima${half};
${rowsOf(half)
	.map(
		(row) =>
			`\t\t${keyGroups.map((g) => `s${row}_${g} = exp2(s${row}_${g} - vec4f(maxima${half}[${row & 3}]));`).join(' ')} ${featureGroups.map((f) => `o${row}_${f} *= keep${half}[${row & 3}];`).join(' ')}`,
	)
	.join('\n')}
		sums${half} = sums${half} * keep${half} + vec4f(${own.join(', ')});`;
}

/** Step 4. */
function productsWgsl(tile: AttentionTile, slice: number): string {
	const { queries, keys, values, staging } = tile;
	const threads = attentionThreads(tile);
	const sliceVectors = slice / 4;
	const featureGroups = range(slice / 64);
	const pieces = range((values * sliceVectors) / threads);
	const lanes = values / THREADS_X;
	const chunks = keys / values;
	const load = (chunk: string): string =>
		pieces
			.map((piece) => {
				const index = `(thread + ${piece * threads}u)`;
				const place = `(${index} / ${sliceVectors}u + ${chunk} * ${values}u)`;
				const key = `${place} / 64u * 64u + ${place} % ${THREADS_X}u * 4u + ${place} % 64u / ${THREADS_X}u`;
				return `\t\tv${piece} = vAt(firstKey + ${key}, keyHead, firstFeature + thread % ${sliceVectors}u * 4u);`;
			})
			.join('\n');
	const storeWeights = (chunk: number, buffer: string): string =>
		range(lanes)
			.flatMap((i) => {
				const lane = chunk * lanes + i;
				return [0, 1].map((half) => {
					const column = rowsOf(half).map((row) => `s${row}_${lane >> 2}[${lane & 3}]`);
					return `pTile[${buffer}][${i * THREADS_X}u + threadColumn][${half * (queries / 8)}u + threadRow] = vec4f(${column.join(', ')});`;
				});
			})
			.join(' ');
	const store = (chunk: string, buffer: string): string => `${pieces
		.map(
			(piece) =>
				`\t\tvTile[${buffer}][(thread + ${piece * threads}u) / ${sliceVectors}u][thread % ${sliceVectors}u] = v${piece};`,
		)
		.join('\n')}
		switch (${chunk}) {
${range(chunks)
	.map(
		(each) =>
			`\t\t\t${each === chunks - 1 ? 'default' : `case ${each}u`}: { ${storeWeights(each, buffer)} }`,
	)
	.join('\n')}
		}`;
	const multiply = (buffer: string): string =>
		unrolled(
			values,
			tile.unroll,
			(step) => `			{
				${[0, 1].map((half) => `let p${half} = pTile[${buffer}][${step}][${half * (queries / 8)}u + threadRow];`).join(' ')}
				${featureGroups.map((f) => `let v${f} = vTile[${buffer}][${step}][${f * 16}u + threadColumn];`).join(' ')}
${range(THREAD_ROWS)
	.map(
		(row) =>
			`\t\t\t\t${featureGroups.map((f) => `o${row}_${f} = fma(vec4f(p${row >> 2}[${row & 3}]), v${f}, o${row}_${f});`).join(' ')}`,
	)
	.join('\n')}
			}`,
		);
	const declare = `\t\t${pieces.map((piece) => `var v${piece}: vec4f;`).join(' ')}`;
	if (staging === 'direct') {
		return `		for (var chunk = 0u; chunk < ${chunks}u; chunk++) {
${declare}
${load('chunk')}
		workgroupBarrier();
${store('chunk', '0u')}
		workgroupBarrier();
${multiply('0u')}
		}`;
	}
	return `${declare}
${load('0u')}
${pieces
	.map(
		(piece) =>
			`\t\tvTile[0u][(thread + ${piece * threads}u) / ${sliceVectors}u][thread % ${sliceVectors}u] = v${piece};`,
	)
	.join('\n')}
		${storeWeights(0, '0u')}
		workgroupBarrier();
		for (var chunk = 1u; chunk <= ${chunks}u; chunk++) {
		let present = (chunk - 1u) & 1u;
		if (chunk < ${chunks}u) {
${load('chunk')}
		}
${multiply('present')}
		if (chunk < ${chunks}u) {
${store('chunk', '(chunk & 1u)')}
		}
		workgroupBarrier();
		}`;
}

function accessorsWgsl(hasMask: boolean): string {
	return `
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

/** A thread's rows of one of its two groups. */
function rowsOf(half: number): readonly number[] {
	return range(4).map((row) => half * 4 + row);
}

/** A loop of `count` steps, `unroll` of them written out. */
function unrolled(count: number, unroll: number, body: (step: string) => string): string {
	if (unroll >= count) {
		return range(count)
			.map((step) => body(`${step}u`))
			.join('\n');
	}
	return `			for (var i = 0u; i < ${count}u; i += ${unroll}u) {
${range(unroll)
	.map((step) => body(`i + ${step}u`))
	.join('\n')}
			}`;
}

function range(count: number): readonly number[] {
	return Array.from({ length: count }, (_, index) => index);
}
