import type { MatrixSyntax } from '../dispatch/kernel-dispatch.ts';
import { Bindings, read, readWrite } from '../wgsl/bindings.ts';
import { cooperativePieces, forPieces } from '../wgsl/cooperative-load.ts';
import { jobLayout, u32 } from '../wgsl/job-layout.ts';
import { range } from '../wgsl/range.ts';
import { wgsl } from '../wgsl/wgsl.ts';
import { HALVES_PAD, type MatrixAttentionTile, SCORES_PAD } from './matrix-attention-tile.ts';
import {
	HALVES_PER_VECTOR,
	MATRIX_HEAD_WGSL,
	MATRIX_SIZE,
	MATRIX_SUBGROUP,
	matrixLoad,
	matrixStore,
} from './matrix-units.ts';

export interface MatrixAttentionShader {
	readonly tile: MatrixAttentionTile;
	readonly headDim: number;
	readonly syntax: MatrixSyntax;
}

export const MATRIX_ATTENTION_JOB = jobLayout({
	...u32('queries', 'keys', 'heads', 'keyValueHeads'),
	scale: 'f32',
	...u32('firstQuery', 'allQueries'),
});

export function matrixAttentionBindings({ headDim }: MatrixAttentionShader): Bindings {
	return new Bindings([
		read('q', 'vec4u', `FP16 [queries, heads, ${headDim}]`),
		read('qScales', 'f32', '[queries, heads]'),
		read('k', 'vec4u', `FP16 [keys, keyValueHeads, ${headDim}]`),
		read('kScales', 'f32', '[keys, keyValueHeads]'),
		read('v', 'vec4u', `FP16 [keys, keyValueHeads, ${headDim}]`),
		read('vScales', 'f32', '[keys, keyValueHeads]'),
		readWrite('y', 'vec4f', `[queries, heads, ${headDim}]`),
	]);
}

/**
 * A workgroup computes some queries of one head, each subgroup 16 of them. For 32 or 64 keys at a time:
 *
 * 1. s = q·kᵀ as matrices, which go to workgroup memory: WGSL reads no single element of a matrix.
 * 2. Two lanes a row scale s, add to it the exponent of the value's scale, so that p·v needs none, and
 *    take p = 2^(s - m) to FP16, with m a reference at most 2^8 below the row's maximum.
 * 3. o += p·v as matrices that stay in registers. Only where a row's maximum has left its reference far
 *    behind, o goes through workgroup memory to be scaled by 2^(m_old - m).
 *
 * At the end o is divided by the rows' sums of p. Exponents are of base 2: the scale includes log2(e).
 */
export function matrixAttentionWgsl(shader: MatrixAttentionShader): string {
	const { tile, headDim, syntax } = shader;
	const { subgroups, keys } = tile;
	const threads = subgroups * MATRIX_SUBGROUP;
	const rowVectors = headDim / HALVES_PER_VECTOR;
	const stride = (headDim + HALVES_PAD) / HALVES_PER_VECTOR;
	const features = range(headDim / MATRIX_SIZE);
	const keyParts = range(keys / MATRIX_SIZE);
	/** Of a row's scores, the vectors of one lane. */
	const own = range(keys / 8);
	const pieces = cooperativePieces(keys * rowVectors, threads);
	const load = (firstKey: string): string => wgsl`
		{
			let firstKey = ${firstKey};
			${forPieces(
				pieces,
				({ step, index }) => wgsl`
					// Keys beyond the last read the last: they weigh nothing.
					let key = min(firstKey + ${index} / ROW_VECTORS, job.keys - 1u);
					let at = (key * job.keyValueHeads + keyHead) * ROW_VECTORS + ${index} % ROW_VECTORS;
					nextK${step} = k[at];
					nextV${step} = v[at];
				`,
			)}
			if (thread < TILE_KEYS) {
				let at = min(firstKey + thread, job.keys - 1u) * job.keyValueHeads + keyHead;
				nextKScale = kScales[at] * job.scale;
				nextVScale = vScales[at];
			}
		}
	`;
	const tileAt = (part: number, d: number): string =>
		`${part * MATRIX_SIZE * stride + (d * MATRIX_SIZE) / HALVES_PER_VECTOR}u`;
	const scoresAt = { offset: 'scorePlace', order: 'rows', stride: 'SCORE_STRIDE' } as const;
	const storeSum = (offset: string, value: string): string =>
		matrixStore(syntax, 'scores', offset, value, 'SCORE_STRIDE');
	return wgsl`
		${MATRIX_HEAD_WGSL}
		const TILE_KEYS = ${keys}u;
		const SUBGROUPS = ${subgroups}u;
		const MATRIX = ${MATRIX_SIZE}u;
		const THREADS = ${threads}u;
		const ROW_VECTORS = ${rowVectors}u;
		const STRIDE = ${stride}u; // of a row in workgroup memory, padded against bank conflicts
		const SCORE_STRIDE = ${(keys + SCORES_PAD) / 4}u;
		const WEIGHT_STRIDE = ${(keys + HALVES_PAD) / HALVES_PER_VECTOR}u;
		const SLACK = 8.0; // a row's reference moves once its maximum is 2^this times as much: p stays far below FP16's largest number

		${MATRIX_ATTENTION_JOB.wgsl}
		${matrixAttentionBindings(shader).wgsl}

		var<workgroup> kTile: array<vec4u, TILE_KEYS * STRIDE>; // FP16 [keys][${headDim} + ${HALVES_PAD}]
		var<workgroup> vTile: array<vec4u, TILE_KEYS * STRIDE>; // FP16 [keys][${headDim} + ${HALVES_PAD}]
		var<workgroup> kFactors: array<vec4f, TILE_KEYS / 4u>; // [keys]
		var<workgroup> vExponents: array<vec4f, TILE_KEYS / 4u>; // [keys]
		var<workgroup> vInverses: array<vec4f, TILE_KEYS / 4u>; // [keys]
		var<workgroup> scores: array<vec4f, SUBGROUPS * MATRIX * SCORE_STRIDE>; // [subgroups][16][keys + ${SCORES_PAD}]
		var<workgroup> weights: array<vec4u, SUBGROUPS * MATRIX * WEIGHT_STRIDE>; // FP16 [subgroups][16][keys + ${HALVES_PAD}]
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
			${features.map((d) => {
				const offset = `qPlace + ${(d * MATRIX_SIZE) / HALVES_PER_VECTOR}u`;
				const place = { offset, order: 'rows', stride: 'job.heads * ROW_VECTORS' } as const;
				return `let q${d} = ${matrixLoad(syntax, 'Left', 'q', place)};`;
			})}
			${features.map((d) => `var o${d} = Sum();`).join(' ')}
			${pieces.map(({ step }) => `var nextK${step}: vec4u; var nextV${step}: vec4u;`).join(' ')}
			var nextKScale: f32; var nextVScale: f32;
			${load('0u')}
			for (var firstKey = 0u; firstKey < job.keys; firstKey += TILE_KEYS) {
				workgroupBarrier();
				${forPieces(
					pieces,
					({ step, index }) => wgsl`
						let place = ${index} / ROW_VECTORS * STRIDE + ${index} % ROW_VECTORS;
						kTile[place] = nextK${step};
						vTile[place] = nextV${step};
					`,
				)}
				if (thread < TILE_KEYS) {
					kFactors[thread / 4u][thread % 4u] = nextKScale;
					vExponents[thread / 4u][thread % 4u] = log2(nextVScale);
					vInverses[thread / 4u][thread % 4u] = 1.0 / nextVScale;
				}
				workgroupBarrier();
				${load('firstKey + TILE_KEYS')}
				${keyParts.map(
					(part) => wgsl`
						{
							var s = Sum();
							${features.map((d) => {
								const place = {
									offset: tileAt(part, d),
									order: 'columns',
									stride: 'STRIDE',
								} as const;
								return `s = subgroupMatrixMultiplyAccumulate(q${d}, ${matrixLoad(syntax, 'Right', 'kTile', place)}, s);`;
							})}
							${storeSum(`scorePlace + ${(part * MATRIX_SIZE) / 4}u`, 's')}
						}
					`,
				)}
				workgroupBarrier();

				var largest = -1e32;
				${own.map(
					(i) => wgsl`
						let at${i} = side * ${own.length}u + ${i}u;
						let isKey${i} = vec4u(firstKey + at${i} * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.keys);
						let s${i} = select(vec4f(-1e32), scores[ownRow + at${i}] * (qScale * kFactors[at${i}]) + vExponents[at${i}], isKey${i});
						largest = max(largest, max(max(s${i}.x, s${i}.y), max(s${i}.z, s${i}.w)));
					`,
				)}
				largest = max(largest, subgroupShuffleXor(largest, 1u));
				let isFirst = firstKey == 0u;
				let isMoved = largest > reference + SLACK;
				let next = select(reference, largest, isMoved);
				let shrink = select(exp2(reference - next), 1.0, isFirst);
				reference = next;
				sum *= shrink;
				${own.map((i) => [`let p${i} = exp2(s${i} - reference);`, `sum += p${i} * vInverses[at${i}];`])}
				${range(own.length / 2).map((i) => {
					const [low, high] = [`p${2 * i}`, `p${2 * i + 1}`];
					return `weights[ownWeights + ${i}u] = vec4u(pack2x16float(${low}.xy), pack2x16float(${low}.zw), pack2x16float(${high}.xy), pack2x16float(${high}.zw));`;
				})}
				let isSubgroupMoved = subgroupAny(isMoved && !isFirst);
				if (lane == 0u) { isAnyMoved[subgroup] = select(0u, 1u, isSubgroupMoved); }
				let moved = workgroupUniformLoad(&isAnyMoved);
				if ((${range(subgroups)
					.map((i) => `moved[${i}]`)
					.join(' | ')}) != 0u) {
					${features.map(
						(d) => wgsl`
							${storeSum('scorePlace', `o${d}`)}
							workgroupBarrier();
							scores[ownRow + side * 2u] *= shrink;
							scores[ownRow + side * 2u + 1u] *= shrink;
							workgroupBarrier();
							o${d} = ${matrixLoad(syntax, 'Sum', 'scores', scoresAt)};
							workgroupBarrier();
						`,
					)}
				}
				${keyParts.map((part) => {
					const offset = `weightPlace + ${(part * MATRIX_SIZE) / HALVES_PER_VECTOR}u`;
					const place = { offset, order: 'rows', stride: 'WEIGHT_STRIDE' } as const;
					return wgsl`
						{
							let p = ${matrixLoad(syntax, 'Left', 'weights', place)};
							${features.map((d) => {
								const value = { offset: tileAt(part, d), order: 'rows', stride: 'STRIDE' } as const;
								return `o${d} = subgroupMatrixMultiplyAccumulate(p, ${matrixLoad(syntax, 'Right', 'vTile', value)}, o${d});`;
							})}
						}
					`;
				})}
			}

			let ownSum = sum.x + sum.y + sum.z + sum.w;
			let total = ownSum + subgroupShuffleXor(ownSum, 1u);
			let isQuery = firstQuery + row < job.queries;
			let result = ((firstQuery + row) * job.heads + head) * ${headDim / 4}u + side * 2u;
			${features.map(
				(d) => wgsl`
					workgroupBarrier();
					${storeSum('scorePlace', `o${d}`)}
					workgroupBarrier();
					if (isQuery) {
						y[result + ${d * 4}u] = scores[ownRow + side * 2u] / total;
						y[result + ${d * 4 + 1}u] = scores[ownRow + side * 2u + 1u] / total;
					}
				`,
			)}
		}
	`;
}
