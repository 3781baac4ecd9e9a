import type { AttentionArguments } from '../attention/attention.ts';
import {
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
	type MatrixSyntax,
} from '../dispatch/kernel-dispatch.ts';
import { f32Rows, splitRows } from '../dispatch/row-ranges.ts';
import { MATRIX_ATTENTION_TILES } from './matrix-attention-tiles.ts';
import { HALVES_PAD, type MatrixAttentionTile, SCORES_PAD } from './matrix-attention-tile.ts';
import {
	HALVES_PER_VECTOR,
	MATRIX_HEAD_WGSL,
	MATRIX_SIZE,
	MATRIX_SUBGROUP,
	matrixLoad,
	matrixStore,
} from './matrix-units.ts';
import { halvesBytes } from './row-halves.ts';

/** One tensor of heads, as `rowHalves` makes it with a part for each head. */
export interface HeadHalves<Ref> {
	/** FP16 [tokens, heads, headDim], tokens padded */
	readonly halves: Ref;
	/** f32 [tokens, heads] */
	readonly scales: Ref;
}

export interface MatrixAttentionArguments<Ref> extends Omit<
	AttentionArguments<Ref>,
	'q' | 'k' | 'v' | 'mask' | 'tile'
> {
	readonly q: HeadHalves<Ref>;
	readonly k: HeadHalves<Ref>;
	readonly v: HeadHalves<Ref>;
	readonly syntax: MatrixSyntax;
	/** For the bench; else chosen by adapter. */
	readonly tile?: MatrixAttentionTile;
}

/** A row's reference moves once its maximum is 2^this times as much: p stays far below FP16's largest number. */
const SLACK = 8;

/**
 * softmax(scale · q·kᵀ)·v of each head on matrix units: FP16 factors, f32 sums. As `attention`, without a mask.
 *
 * @throws RangeError for heads that no tile holds, or that no binding holds
 */
export function matrixAttention<Ref>(
	args: MatrixAttentionArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { queries, keys, heads, keyValueHeads, headDim, syntax } = args;
	const tile =
		args.tile ?? MATRIX_ATTENTION_TILES.choose({ headDim }, { elements: queries * heads }, target);
	if (tile === undefined) throw new RangeError(`No tile of matrices holds heads of ${headDim}`);
	const tileQueries = tile.subgroups * MATRIX_SIZE;
	const whole = (tokens: number, ofHeads: number, { halves, scales }: HeadHalves<Ref>) => [
		{ ref: halves, byteOffset: 0, byteLength: halvesBytes(tokens, ofHeads * headDim) },
		{ ref: scales, byteOffset: 0, byteLength: tokens * ofHeads * F32_BYTES },
	];
	const bindings = [
		...whole(queries, heads, args.q),
		...whole(keys, keyValueHeads, args.k),
		...whole(keys, keyValueHeads, args.v),
	];
	if (bindings.some(({ byteLength }) => byteLength > target.limits.maxStorageBufferBindingSize)) {
		throw new RangeError(`Heads of ${queries} tokens exceed a binding`);
	}
	const wgsl = matrixAttentionWgsl(headDim, syntax, tile);
	const width = heads * headDim;
	const flopsPerRow = 4 * keys * width;
	const scale = new Uint32Array(new Float32Array([args.scale * Math.LOG2E]).buffer);
	const ranges = splitRows(queries, width * F32_BYTES, flopsPerRow, target);
	return ranges.map((range) => ({
		label: args.label,
		wgsl,
		job: new Uint32Array([
			...[range.count, keys, heads, keyValueHeads, ...scale],
			...[range.start, queries, 0],
		]),
		bindings: [...bindings, f32Rows(args.output, width, range)],
		workgroups: [Math.ceil(range.count / tileQueries), heads, 1],
		flops: flopsPerRow * range.count,
		// Keys and values are read over and over, out of caches: their time is the arithmetic's.
		bytes: 2 * range.count * width * F32_BYTES,
	}));
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
function matrixAttentionWgsl(
	headDim: number,
	syntax: MatrixSyntax,
	tile: MatrixAttentionTile,
): string {
	const { subgroups, keys } = tile;
	const threads = subgroups * MATRIX_SUBGROUP;
	const rowVectors = headDim / HALVES_PER_VECTOR;
	const stride = (headDim + HALVES_PAD) / HALVES_PER_VECTOR;
	const scoreStride = (keys + SCORES_PAD) / 4;
	const weightStride = (keys + HALVES_PAD) / HALVES_PER_VECTOR;
	const features = range(headDim / MATRIX_SIZE);
	const keyParts = range(keys / MATRIX_SIZE);
	/** Of a row's scores, the vectors of one lane. */
	const own = range(keys / 8);
	const vectors = keys * rowVectors;
	const pieces = range(Math.ceil(vectors / threads)).map((step) => ({
		step,
		index: step === 0 ? 'thread' : `(thread + ${step * threads}u)`,
		guard: (step + 1) * threads > vectors ? `if (thread < ${vectors - step * threads}u) ` : '',
	}));
	const load = (firstKey: string): string => `		{
			let firstKey = ${firstKey};
${pieces
	.map(
		({ step, index, guard }) => `			${guard}{
				// Keys beyond the last read the last: they weigh nothing.
				let key = min(firstKey + ${index} / ${rowVectors}u, job.keys - 1u);
				let at = (key * job.keyValueHeads + keyHead) * ${rowVectors}u + ${index} % ${rowVectors}u;
				nextK${step} = k[at];
				nextV${step} = v[at];
			}`,
	)
	.join('\n')}
			if (thread < ${keys}u) {
				let at = min(firstKey + thread, job.keys - 1u) * job.keyValueHeads + keyHead;
				nextKScale = kScales[at] * job.scale;
				nextVScale = vScales[at];
			}
		}`;
	const store = `${pieces
		.map(
			({ step, index, guard }) => `		${guard}{
			let place = ${index} / ${rowVectors}u * ${stride}u + ${index} % ${rowVectors}u;
			kTile[place] = nextK${step};
			vTile[place] = nextV${step};
		}`,
		)
		.join('\n')}
		if (thread < ${keys}u) {
			kFactors[thread / 4u][thread % 4u] = nextKScale;
			vExponents[thread / 4u][thread % 4u] = log2(nextVScale);
			vInverses[thread / 4u][thread % 4u] = 1.0 / nextVScale;
		}`;
	const tileAt = (part: number, d: number): string =>
		`${part * MATRIX_SIZE * stride + (d * MATRIX_SIZE) / HALVES_PER_VECTOR}u`;
	const largestOf = (value: string): string =>
		`max(max(${value}.x, ${value}.y), max(${value}.z, ${value}.w))`;
	return `${MATRIX_HEAD_WGSL}
struct Job { queries: u32, keys: u32, heads: u32, keyValueHeads: u32, scale: f32, firstQuery: u32, allQueries: u32, unused: u32 }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> q: array<vec4u>; // FP16 [queries, heads, ${headDim}]
@group(0) @binding(2) var<storage, read> qScales: array<f32>; // [queries, heads]
@group(0) @binding(3) var<storage, read> k: array<vec4u>; // FP16 [keys, keyValueHeads, ${headDim}]
@group(0) @binding(4) var<storage, read> kScales: array<f32>; // [keys, keyValueHeads]
@group(0) @binding(5) var<storage, read> v: array<vec4u>; // FP16 [keys, keyValueHeads, ${headDim}]
@group(0) @binding(6) var<storage, read> vScales: array<f32>; // [keys, keyValueHeads]
@group(0) @binding(7) var<storage, read_write> y: array<vec4f>; // [queries, heads, ${headDim}]

var<workgroup> kTile: array<vec4u, ${keys * stride}>; // FP16 [keys][${headDim} + ${HALVES_PAD}]
var<workgroup> vTile: array<vec4u, ${keys * stride}>; // FP16 [keys][${headDim} + ${HALVES_PAD}]
var<workgroup> kFactors: array<vec4f, ${keys / 4}>; // [keys]
var<workgroup> vExponents: array<vec4f, ${keys / 4}>; // [keys]
var<workgroup> vInverses: array<vec4f, ${keys / 4}>; // [keys]
var<workgroup> scores: array<vec4f, ${subgroups * MATRIX_SIZE * scoreStride}>; // [subgroups][16][keys + ${SCORES_PAD}]
var<workgroup> weights: array<vec4u, ${subgroups * MATRIX_SIZE * weightStride}>; // FP16 [subgroups][16][keys + ${HALVES_PAD}]
var<workgroup> isAnyMoved: array<u32, ${subgroups}>;

@compute @workgroup_size(${threads})
fn main(
	@builtin(local_invocation_index) thread: u32,
	@builtin(workgroup_id) group: vec3u,
	@builtin(subgroup_id) subgroup: u32,
	@builtin(subgroup_invocation_id) lane: u32,
) {
	let head = group.y;
	let keyHead = head * job.keyValueHeads / job.heads;
	let firstQuery = group.x * ${subgroups * MATRIX_SIZE}u + subgroup * ${MATRIX_SIZE}u;
	let scorePlace = subgroup * ${MATRIX_SIZE * scoreStride}u;
	let weightPlace = subgroup * ${MATRIX_SIZE * weightStride}u;
	// A lane has the left or the right side of a row.
	let row = lane >> 1u;
	let side = lane & 1u;
	let ownRow = scorePlace + row * ${scoreStride}u;
	let ownWeights = weightPlace + row * ${weightStride}u + side * ${keys / 16}u;
	let query = min(job.firstQuery + firstQuery + row, job.allQueries - 1u);
	let qScale = qScales[query * job.heads + head];
	var reference = -3e38;
	var sum = vec4f();

	let qPlace = ((job.firstQuery + firstQuery) * job.heads + head) * ${rowVectors}u;
${features
	.map((d) => {
		const offset = `qPlace + ${(d * MATRIX_SIZE) / HALVES_PER_VECTOR}u`;
		const place = { offset, order: 'rows', stride: `job.heads * ${rowVectors}u` } as const;
		return `\tlet q${d} = ${matrixLoad(syntax, 'Left', 'q', place)};`;
	})
	.join('\n')}
	${features.map((d) => `var o${d} = Sum();`).join(' ')}
	${pieces.map(({ step }) => `var nextK${step}: vec4u; var nextV${step}: vec4u;`).join(' ')}
	var nextKScale: f32; var nextVScale: f32;
${load('0u')}
	for (var firstKey = 0u; firstKey < job.keys; firstKey += ${keys}u) {
		workgroupBarrier();
${store}
		workgroupBarrier();
${load(`firstKey + ${keys}u`)}
${keyParts
	.map(
		(part) => `		{
			var s = Sum();
${features
	.map((d) => {
		const place = { offset: tileAt(part, d), order: 'columns', stride } as const;
		return `\t\t\ts = subgroupMatrixMultiplyAccumulate(q${d}, ${matrixLoad(syntax, 'Right', 'kTile', place)}, s);`;
	})
	.join('\n')}
			${matrixStore(syntax, 'scores', `scorePlace + ${(part * MATRIX_SIZE) / 4}u`, 's', scoreStride)}
		}`,
	)
	.join('\n')}
		workgroupBarrier();

		var largest = -3e38;
${own
	.map(
		(i) => `		let at${i} = side * ${own.length}u + ${i}u;
		let isKey${i} = vec4u(firstKey + at${i} * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.keys);
		let s${i} = select(vec4f(-3e38), scores[ownRow + at${i}] * (qScale * kFactors[at${i}]) + vExponents[at${i}], isKey${i});
		largest = max(largest, ${largestOf(`s${i}`)});`,
	)
	.join('\n')}
		largest = max(largest, subgroupShuffleXor(largest, 1u));
		let isFirst = firstKey == 0u;
		let isMoved = largest > reference + ${SLACK}.0;
		let next = select(reference, largest, isMoved);
		let shrink = select(exp2(reference - next), 1.0, isFirst);
		reference = next;
		sum *= shrink;
${own
	.map(
		(i) => `		let p${i} = exp2(s${i} - reference);
		sum += p${i} * vInverses[at${i}];`,
	)
	.join('\n')}
${range(own.length / 2)
	.map((i) => {
		const [low, high] = [`p${2 * i}`, `p${2 * i + 1}`];
		return `\t\tweights[ownWeights + ${i}u] = vec4u(pack2x16float(${low}.xy), pack2x16float(${low}.zw), pack2x16float(${high}.xy), pack2x16float(${high}.zw));`;
	})
	.join('\n')}
		let isSubgroupMoved = subgroupAny(isMoved && !isFirst);
		if (lane == 0u) { isAnyMoved[subgroup] = select(0u, 1u, isSubgroupMoved); }
		let moved = workgroupUniformLoad(&isAnyMoved);
		if ((${range(subgroups)
			.map((i) => `moved[${i}]`)
			.join(' | ')}) != 0u) {
${features
	.map(
		(d) => `			${matrixStore(syntax, 'scores', 'scorePlace', `o${d}`, scoreStride)}
			workgroupBarrier();
			scores[ownRow + side * 2u] *= shrink;
			scores[ownRow + side * 2u + 1u] *= shrink;
			workgroupBarrier();
			o${d} = ${matrixLoad(syntax, 'Sum', 'scores', { offset: 'scorePlace', order: 'rows', stride: scoreStride })};
			workgroupBarrier();`,
	)
	.join('\n')}
		}
${keyParts
	.map((part) => {
		const offset = `weightPlace + ${(part * MATRIX_SIZE) / HALVES_PER_VECTOR}u`;
		const place = { offset, order: 'rows', stride: weightStride } as const;
		return `		{
			let p = ${matrixLoad(syntax, 'Left', 'weights', place)};
${features
	.map((d) => {
		const value = { offset: tileAt(part, d), order: 'rows', stride } as const;
		return `\t\t\to${d} = subgroupMatrixMultiplyAccumulate(p, ${matrixLoad(syntax, 'Right', 'vTile', value)}, o${d});`;
	})
	.join('\n')}
		}`;
	})
	.join('\n')}
	}

	let ownSum = sum.x + sum.y + sum.z + sum.w;
	let total = ownSum + subgroupShuffleXor(ownSum, 1u);
	let isQuery = firstQuery + row < job.queries;
	let result = ((firstQuery + row) * job.heads + head) * ${headDim / 4}u + side * 2u;
${features
	.map(
		(d) => `	workgroupBarrier();
	${matrixStore(syntax, 'scores', 'scorePlace', `o${d}`, scoreStride)}
	workgroupBarrier();
	if (isQuery) {
		y[result + ${d * 4}u] = scores[ownRow + side * 2u] / total;
		y[result + ${d * 4 + 1}u] = scores[ownRow + side * 2u + 1u] / total;
	}`,
	)
	.join('\n')}
}
`;
}

function range(count: number): readonly number[] {
	return Array.from({ length: count }, (_, index) => index);
}
