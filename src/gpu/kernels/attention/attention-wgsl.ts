import { Bindings, read, readWrite } from '../wgsl/bindings.ts';
import { cooperativePieces, forPieces } from '../wgsl/cooperative-load.ts';
import { jobLayout, u32 } from '../wgsl/job-layout.ts';
import { range } from '../wgsl/range.ts';
import { threadPlaceWgsl } from '../wgsl/thread-place.ts';
import { unrolled } from '../wgsl/unrolled.ts';
import { type Wgsl, wgsl } from '../wgsl/wgsl.ts';
import { attentionThreads, type AttentionTile, THREAD_ROWS, THREADS_X } from './attention-tile.ts';

export interface AttentionShader {
	readonly tile: AttentionTile;
	/** Features of the result that one workgroup computes. */
	readonly slice: 64 | 128;
	readonly hasMask: boolean;
}

export const ATTENTION_JOB = jobLayout({
	...u32('queries', 'keys', 'heads', 'keyValueHeads', 'headDim'),
	scale: 'f32',
	...u32('firstHead', 'firstSlice'),
});

export function attentionBindings({ hasMask }: AttentionShader): Bindings {
	return new Bindings([
		read('q', 'vec4f', '[queries, heads, headDim]'),
		read('k', 'vec4f', '[keys, keyValueHeads, headDim]'),
		read('v', 'vec4f', '[keys, keyValueHeads, headDim]'),
		readWrite('y', 'vec4f', '[queries, heads, headDim]'),
		hasMask && read('mask', 'f32', '[queries, keys]'),
	]);
}

const ROWS = range(THREAD_ROWS);
/** Score of a key that is not there: below that of any key that is, and far from the overflow of f32. */
const NEVER = '-1e32';
/** The least that a mask adds: exports of models mask with the least f32, of which log2(e) times is infinite. */
const MASKED = '-1e30';
/** A thread's rows lie in two groups of four, half a tile apart. */
const HALVES = [0, 1];

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
export function attentionWgsl(shader: AttentionShader): string {
	const { tile, slice, hasMask } = shader;
	const threads = attentionThreads(tile);
	const buffers = tile.staging === 'double' ? 2 : 1;
	const keyGroups = range(tile.keys / 64);
	const featureGroups = range(slice / 64);
	return wgsl`
		const TILE_QUERIES = ${tile.queries}u;
		const TILE_KEYS = ${tile.keys}u;
		const TILE_FEATURES = ${tile.features}u;
		const TILE_VALUES = ${tile.values}u;
		const SLICE = ${slice}u;
		const Q_STRIDE = ${tile.queries / 4 + 1}u; // vec4fs; one is padding against bank conflicts
		const K_STRIDE = ${tile.keys / 4 + 1}u;
		const HALF = ${tile.queries / 8}u; // from a thread's first four rows to the others, in vec4fs of rows
		const THREADS_X = ${THREADS_X}u;
		const THREADS = ${threads}u;

		${ATTENTION_JOB.wgsl}
		${attentionBindings(shader).wgsl}

		var<workgroup> qTile: array<array<array<vec4f, Q_STRIDE>, TILE_FEATURES>, ${buffers}>; // [features][queries / 4 + 1], transposed
		var<workgroup> kTile: array<array<array<vec4f, K_STRIDE>, TILE_FEATURES>, ${buffers}>; // [features][keys / 4 + 1], transposed
		var<workgroup> pTile: array<array<array<vec4f, Q_STRIDE>, TILE_VALUES>, ${buffers}>; // [keys][queries / 4 + 1], transposed
		var<workgroup> vTile: array<array<array<vec4f, ${slice / 4}>, TILE_VALUES>, ${buffers}>; // [keys][features / 4]
		var<workgroup> partials: array<array<vec4f, THREADS_X>, ${tile.queries / 4}>; // [queries / 4][threads x]

		@compute @workgroup_size(THREADS)
		fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
			let firstQuery = group.x * TILE_QUERIES;
			let head = job.firstHead + group.y;
			let keyHead = head * job.keyValueHeads / job.heads;
			let firstFeature = (job.firstSlice + group.z) * SLICE;
			${threadPlaceWgsl(THREADS_X, threads)}
			${ROWS.map((row) => featureGroups.map((f) => `var o${row}_${f} = vec4f();`).join(' '))}
			var maxima0 = vec4f(${NEVER}); var maxima1 = vec4f(${NEVER});
			var sums0 = vec4f(); var sums1 = vec4f();

			for (var firstKey = 0u; firstKey < job.keys; firstKey += TILE_KEYS) {
				${ROWS.map((row) => keyGroups.map((g) => `var s${row}_${g} = vec4f();`).join(' '))}
				${scoresWgsl(tile)}

				${keyGroups.map((g) => maskedScoresWgsl(shader, g))}
				${HALVES.map((half) => {
					const largest = rowsOf(half).map((row) =>
						keyGroups.map((g) => `largest(s${row}_${g})`).reduce((a, b) => `max(${a}, ${b})`),
					);
					return `partials[${placeOf(half)}][threadColumn] = vec4f(${largest.join(', ')});`;
				})}
				workgroupBarrier();
				${HALVES.map((half) => softmaxWgsl(half, keyGroups, featureGroups))}
				${productsWgsl(tile, slice)}
			}

			workgroupBarrier();
			${HALVES.map((half) => `partials[${placeOf(half)}][threadColumn] = sums${half};`)}
			workgroupBarrier();
			${HALVES.map(
				(half) => wgsl`
					var total${half} = vec4f();
					for (var i = 0u; i < THREADS_X; i++) { total${half} += partials[${placeOf(half)}][i]; }
					${rowsOf(half).flatMap((row) =>
						featureGroups.map(
							(f) =>
								`put(${queryOf(tile, row)}, head, firstFeature + ${f * 64}u + threadColumn * 4u, o${row}_${f} / total${half}[${row & 3}]);`,
						),
					)}
				`,
			)}
		}

		${accessorsWgsl(hasMask)}
	`;
}

/** A thread's rows of one half. */
function rowsOf(half: number): readonly number[] {
	return range(4).map((row) => half * 4 + row);
}

/** WGSL of the place of a thread's four rows of one half, in vectors of rows. */
function placeOf(half: number): string {
	return half === 0 ? 'threadRow' : 'HALF + threadRow';
}

/** WGSL of the query that is a thread's row. */
function queryOf({ queries }: AttentionTile, row: number): string {
	return `firstQuery + ${(row >> 2) * (queries / 2) + (row & 3)}u + threadRow * 4u`;
}

/** Scales the scores of one group of keys, and masks them. */
function maskedScoresWgsl({ tile, hasMask }: AttentionShader, group: number): string {
	const own = `ownKey${group}`;
	return wgsl`
		let ${own} = firstKey + ${group * 64}u + threadColumn * 4u;
		let isKey${group} = vec4u(${own}) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.keys);
		${ROWS.map((row) => {
			const mask = hasMask ? ` + maskAt(${queryOf(tile, row)}, ${own})` : '';
			const score = `s${row}_${group}`;
			return `${score} = select(vec4f(${NEVER}), ${score} * job.scale${mask}, isKey${group});`;
		})}
	`;
}

/** Step 1: the scores of a thread, s0_0 to s7_1. */
function scoresWgsl(tile: AttentionTile): string {
	const { queries, keys, features, staging, unroll } = tile;
	// A piece is 4 rows by 4 features, of k or of q.
	const keyPieces = (keys * features) / 16;
	const pieces = cooperativePieces(keyPieces + (queries * features) / 16, attentionThreads(tile));
	const perRow = features / 4;
	const keyGroups = range(keys / 64);
	const rows = range(4);
	const declare = pieces.map(({ step }) =>
		rows.map((row) => `var a${step}_${row}: vec4f;`).join(' '),
	);
	const load = (d: string): Wgsl =>
		forPieces(
			pieces,
			({ step, index }) => wgsl`
				let feature = ${d} + ${index} % ${perRow}u * 4u;
				let line = ${index} / ${perRow}u * 4u;
				if (${index} < ${keyPieces}u) {
					${rows.map((row) => `a${step}_${row} = kAt(firstKey + line + ${row}u, keyHead, feature);`)}
				} else {
					${rows.map((row) => `a${step}_${row} = qAt(firstQuery + line - TILE_KEYS + ${row}u, head, feature);`)}
				}
			`,
		);
	const transposed = (step: number, lane: number): string =>
		`vec4f(${rows.map((row) => `a${step}_${row}[${lane}]`).join(', ')})`;
	const store = (buffer: string): Wgsl =>
		forPieces(
			pieces,
			({ step, index }) => wgsl`
				let step = ${index} % ${perRow}u * 4u;
				let line = ${index} / ${perRow}u;
				if (${index} < ${keyPieces}u) {
					${rows.map((lane) => `kTile[${buffer}][step + ${lane}u][line] = ${transposed(step, lane)};`)}
				} else {
					${rows.map((lane) => `qTile[${buffer}][step + ${lane}u][line - ${keys / 4}u] = ${transposed(step, lane)};`)}
				}
			`,
		);
	const multiply = (buffer: string): Wgsl =>
		unrolled({ count: features, unroll }, (step) => {
			const readKeys = keyGroups.map(
				(g) => `let k${g} = kTile[${buffer}][${step()}][${g * 16}u + threadColumn];`,
			);
			const readQueries = HALVES.map(
				(half) => `let q${half} = qTile[${buffer}][${step()}][${placeOf(half)}];`,
			);
			return wgsl`
				{
					${readKeys.join(' ')}
					${readQueries.join(' ')}
					${ROWS.map((row) =>
						keyGroups
							.map(
								(g) => `s${row}_${g} = fma(vec4f(q${row >> 2}[${row & 3}]), k${g}, s${row}_${g});`,
							)
							.join(' '),
					)}
				}
			`;
		});
	if (staging === 'direct') {
		return wgsl`
			for (var d = 0u; d < job.headDim; d += TILE_FEATURES) {
				${declare}
				${load('d')}
				workgroupBarrier();
				${store('0u')}
				workgroupBarrier();
				${multiply('0u')}
			}
		`;
	}
	const isMore = 'd + TILE_FEATURES < job.headDim';
	return wgsl`
		${declare}
		${load('0u')}
		${store('0u')}
		workgroupBarrier();
		var buffer = 0u;
		for (var d = 0u; d < job.headDim; d += TILE_FEATURES) {
			if (${isMore}) {
				${load('(d + TILE_FEATURES)')}
			}
			${multiply('buffer')}
			buffer ^= 1u;
			if (${isMore}) {
				${store('buffer')}
			}
			workgroupBarrier();
		}
	`;
}

/** Steps 2 and 3, for four of a thread's rows. */
function softmaxWgsl(
	half: number,
	keyGroups: readonly number[],
	featureGroups: readonly number[],
): string {
	const sums = rowsOf(half).map((row) =>
		keyGroups.map((g) => `dot(s${row}_${g}, vec4f(1.0))`).join(' + '),
	);
	return wgsl`
		var newMaxima${half} = maxima${half};
		for (var i = 0u; i < THREADS_X; i++) { newMaxima${half} = max(newMaxima${half}, partials[${placeOf(half)}][i]); }
		let keep${half} = exp2(maxima${half} - newMaxima${half});
		maxima${half} = newMaxima${half};
		${rowsOf(half).map((row) => {
			const lane = row & 3;
			const weigh = keyGroups.map(
				(g) => `s${row}_${g} = exp2(s${row}_${g} - vec4f(maxima${half}[${lane}]));`,
			);
			const shrink = featureGroups.map((f) => `o${row}_${f} *= keep${half}[${lane}];`);
			return [...weigh, ...shrink].join(' ');
		})}
		sums${half} = sums${half} * keep${half} + vec4f(${sums.join(', ')});
	`;
}

/** Step 4. */
function productsWgsl(tile: AttentionTile, slice: number): string {
	const { keys, values, staging, unroll } = tile;
	const sliceVectors = slice / 4;
	const featureGroups = range(slice / 64);
	const pieces = cooperativePieces(values * sliceVectors, attentionThreads(tile));
	const lanes = range(values / THREADS_X);
	const chunks = range(keys / values);
	const declare = pieces.map(({ step }) => `var v${step}: vec4f;`).join(' ');
	const load = (chunk: string): Wgsl =>
		pieces.map(({ step, index }) => {
			const place = `(${index} / ${sliceVectors}u + ${chunk} * TILE_VALUES)`;
			const key = `${place} / 64u * 64u + ${place} % THREADS_X * 4u + ${place} % 64u / THREADS_X`;
			return `v${step} = vAt(firstKey + ${key}, keyHead, firstFeature + thread % ${sliceVectors}u * 4u);`;
		});
	const storeValues = (buffer: string): Wgsl =>
		pieces.map(
			({ step, index }) =>
				`vTile[${buffer}][${index} / ${sliceVectors}u][thread % ${sliceVectors}u] = v${step};`,
		);
	const storeWeights = (chunk: number, buffer: string): string =>
		lanes
			.flatMap((i) => {
				const lane = chunk * lanes.length + i;
				return HALVES.map((half) => {
					const column = rowsOf(half).map((row) => `s${row}_${lane >> 2}[${lane & 3}]`);
					return `pTile[${buffer}][${i * THREADS_X}u + threadColumn][${placeOf(half)}] = vec4f(${column.join(', ')});`;
				});
			})
			.join(' ');
	const store = (chunk: string, buffer: string): string => wgsl`
		${storeValues(buffer)}
		switch (${chunk}) {
			${chunks.map((each) => {
				const selector = each === chunks.length - 1 ? 'default' : `case ${each}u`;
				return `${selector}: { ${storeWeights(each, buffer)} }`;
			})}
		}
	`;
	const multiply = (buffer: string): Wgsl =>
		unrolled({ count: values, unroll }, (step) => {
			const readWeights = HALVES.map(
				(half) => `let p${half} = pTile[${buffer}][${step()}][${placeOf(half)}];`,
			);
			const readValues = featureGroups.map(
				(f) => `let v${f} = vTile[${buffer}][${step()}][${f * 16}u + threadColumn];`,
			);
			return wgsl`
				{
					${readWeights.join(' ')}
					${readValues.join(' ')}
					${ROWS.map((row) =>
						featureGroups
							.map(
								(f) => `o${row}_${f} = fma(vec4f(p${row >> 2}[${row & 3}]), v${f}, o${row}_${f});`,
							)
							.join(' '),
					)}
				}
			`;
		});
	if (staging === 'direct') {
		return wgsl`
			for (var chunk = 0u; chunk < ${chunks.length}u; chunk++) {
				${declare}
				${load('chunk')}
				workgroupBarrier();
				${store('chunk', '0u')}
				workgroupBarrier();
				${multiply('0u')}
			}
		`;
	}
	return wgsl`
		${declare}
		${load('0u')}
		${storeValues('0u')}
		${storeWeights(0, '0u')}
		workgroupBarrier();
		for (var chunk = 1u; chunk <= ${chunks.length}u; chunk++) {
			let present = (chunk - 1u) & 1u;
			if (chunk < ${chunks.length}u) {
				${load('chunk')}
			}
			${multiply('present')}
			if (chunk < ${chunks.length}u) {
				${store('chunk', '(chunk & 1u)')}
			}
			workgroupBarrier();
		}
	`;
}

function accessorsWgsl(hasMask: boolean): string {
	return wgsl`
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
		${hasMask && MASK_ACCESSOR}
		fn put(row: u32, head: u32, feature: u32, value: vec4f) {
			if (row >= job.queries || feature >= job.headDim) { return; }
			y[((row * job.heads + head) * job.headDim + feature) >> 2u] = value;
		}
	`;
}

const MASK_ACCESSOR = wgsl`
	fn maskAt(row: u32, key: u32) -> vec4f {
		let at = min(row, job.queries - 1u) * job.keys;
		let last = job.keys - 1u;
		let values = vec4f(mask[at + min(key, last)], mask[at + min(key + 1u, last)], mask[at + min(key + 2u, last)], mask[at + min(key + 3u, last)]);
		return ${Math.LOG2E} * max(values, vec4f(${MASKED}));
	}
`;
