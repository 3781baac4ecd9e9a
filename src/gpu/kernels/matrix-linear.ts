import {
	type EpilogueShape,
	epilogueWgsl,
	operandOffsets,
	operandsAreAligned,
} from './expression.ts';
import { halfWgsl } from './half-wgsl.ts';
import {
	F16_BYTES,
	F32_BYTES,
	f32Rows,
	type KernelDispatch,
	type KernelTarget,
} from './kernel-dispatch.ts';
import { type LinearArguments, operandRange } from './linear.ts';

/** What the device must have been asked for. */
export const MATRIX_FEATURES = [
	'shader-f16',
	'subgroups',
	'chromium-experimental-subgroup-matrix',
] as const;

export interface MatrixLinearArguments<Ref> extends Omit<LinearArguments<Ref>, 'tile'> {
	/** Scratch for x in FP16: `matrixScratch` tells its bytes. */
	readonly scaled: Ref;
	/** Scratch for f32 [rows] */
	readonly scales: Ref;
	/**
	 * FP16 numbers that stand for one of x. With one, x is rounded to 11 bits (a relative error of 3e-4);
	 * with two, their sum has 22, and the result is as good as f32 arithmetic's.
	 */
	readonly terms: 1 | 2;
	readonly syntax: MatrixSyntax;
}

/** How a build of Chromium spells the order of a matrix in memory: it changed while experimental. */
export type MatrixSyntax = 'template' | 'argument';

const TILE_ROWS = 128;
const TILE_COLUMNS = 128;
/** Rows, columns and depth of the matrices that a subgroup multiplies at once. */
const SIZE = 16;
/** Of a subgroup's part of the tile. */
const PART = 64;
const SUBGROUPS = (TILE_ROWS * TILE_COLUMNS) / PART ** 2;
const SUBGROUP_SIZE = 32;
const PER_PART = PART / SIZE;
const SCALE_THREADS = 256;

/** Bytes of `scaled`. */
export function matrixScratch(rows: number, depth: number, terms: 1 | 2): number {
	return terms * paddedRows(rows) * depth * F16_BYTES;
}

function paddedRows(rows: number): number {
	return Math.ceil(rows / TILE_ROWS) * TILE_ROWS;
}

/**
 * A linear layer on matrix units: FP16 factors, f32 sums. Each row of x is scaled by a power of two to
 * just below FP16's largest number, and its results back.
 *
 * @throws RangeError for extents that no whole tiles cover
 */
export function matrixLinear<Ref>(
	args: MatrixLinearArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { rows, depth, columns, weights, operands, terms, syntax, label } = args;
	const isDual = weights.length === 2;
	const tileColumns = isDual ? TILE_COLUMNS / 2 : TILE_COLUMNS;
	if (depth % SIZE !== 0 || columns % tileColumns !== 0) {
		throw new RangeError(`${depth} by ${columns} weights are not whole matrices of ${SIZE}`);
	}
	const vectorised = operandsAreAligned(operands, columns);
	const whole = { start: 0, count: rows };
	const padded = paddedRows(rows);
	const scaled = {
		ref: args.scaled,
		byteOffset: 0,
		byteLength: matrixScratch(rows, depth, terms),
	};
	const scales = { ref: args.scales, byteOffset: 0, byteLength: rows * F32_BYTES };
	const flops = 2 * rows * depth * columns * weights.length;
	return [
		{
			label: `${label} scale`,
			wgsl: scaleWgsl(terms),
			job: new Uint32Array([rows, depth, padded, 0]),
			bindings: [f32Rows(args.x, depth, whole), scaled, scales],
			workgroups: [padded, 1, 1],
			flops: 0,
		},
		{
			label,
			wgsl: productWgsl(terms, syntax, isDual, {
				epilogue: { expression: args.expression, operands, vectorised },
				unpackKeepsSubnormals: target.unpackKeepsSubnormals,
			}),
			job: new Uint32Array([rows, columns, depth, padded, ...operandOffsets(operands)]),
			bindings: [
				scaled,
				scales,
				...weights,
				f32Rows(args.output, columns, whole),
				...operands.map((operand) => operandRange(operand, columns, whole)),
			],
			workgroups: [columns / tileColumns, padded / TILE_ROWS, 1],
			flops,
		},
	];
}

/**
 * A workgroup takes one row: finds the power of two that brings its largest magnitude to 2^14 to 2^15,
 * and writes the scaled row as FP16; with two terms, what that rounded away too.
 */
function scaleWgsl(terms: 1 | 2): string {
	return `struct Job { rows: u32, depth: u32, paddedRows: u32, unused: u32 }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<vec4f>; // [rows, depth]
@group(0) @binding(2) var<storage, read_write> scaled: array<vec2u>; // FP16 [terms, paddedRows, depth]
@group(0) @binding(3) var<storage, read_write> scales: array<f32>; // [rows]

var<workgroup> largest: array<f32, ${SCALE_THREADS}>;

fn packed(value: vec4f) -> vec2u { return vec2u(pack2x16float(value.xy), pack2x16float(value.zw)); }

@compute @workgroup_size(${SCALE_THREADS})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let row = group.x;
	let vectors = job.depth / 4u;
	let isRow = row < job.rows;
	var own = 0.0;
	if (isRow) {
		for (var i = thread; i < vectors; i += ${SCALE_THREADS}u) {
			let value = abs(x[row * vectors + i]);
			own = max(own, max(max(value.x, value.y), max(value.z, value.w)));
		}
	}
	largest[thread] = own;
	workgroupBarrier();
	for (var stride = ${SCALE_THREADS / 2}u; stride > 0u; stride >>= 1u) {
		if (thread < stride) { largest[thread] = max(largest[thread], largest[thread + stride]); }
		workgroupBarrier();
	}
	// Of the largest; clamped, so that the factor and its inverse are normal numbers.
	let exponent = clamp(i32(bitcast<u32>(largest[0]) >> 23u) - 127, -100, 100);
	let factor = bitcast<f32>(u32(127 + 14 - exponent) << 23u);
	if (thread == 0u && isRow) { scales[row] = bitcast<f32>(u32(127 - 14 + exponent) << 23u); }
	for (var i = thread; i < vectors; i += ${SCALE_THREADS}u) {
		var value = vec4f();
		if (isRow) { value = x[row * vectors + i] * factor; }
		// To 11 bits by integer arithmetic: compilers take packing and unpacking for nothing.
		let high = bitcast<vec4f>((bitcast<vec4u>(value) + vec4u(0x1000u)) & vec4u(0xffffe000u));
		scaled[row * vectors + i] = packed(high);
${terms === 2 ? '\t\tscaled[(job.paddedRows + row) * vectors + i] = packed(value - high);\n' : ''}	}
}
`;
}

/**
 * A workgroup of four subgroups computes 128 by 128 of the result, each subgroup 64 by 64 as 4 by 4
 * matrices of 16 by 16. Factors are read from storage: the subgroups' reads overlap in the cache. The
 * results go through workgroup memory to the epilogue. With two weights the right half of a part is of
 * the second weight.
 */
function productWgsl(
	terms: 1 | 2,
	syntax: MatrixSyntax,
	isDual: boolean,
	shader: { readonly epilogue: EpilogueShape; readonly unpackKeepsSubnormals: boolean },
): string {
	const each = range(PER_PART);
	const weightOf = (j: number): string => (isDual && j >= PER_PART / 2 ? 'w1' : 'w0');
	const columnOf = (j: number): number => (isDual ? j % (PER_PART / 2) : j) * SIZE;
	const partColumns = isDual ? PART / 2 : PART;
	const load = (type: string, array: string, offset: string, stride: string): string =>
		syntax === 'template'
			? `subgroupMatrixLoad<${type}, row_major>(&${array}, ${offset}, ${stride})`
			: `subgroupMatrixLoad<${type}>(&${array}, ${offset}, false, ${stride})`;
	const store = (offset: string, value: string): string =>
		syntax === 'template'
			? `subgroupMatrixStore<row_major>(&results, ${offset}, ${value}, ${SIZE}u);`
			: `subgroupMatrixStore(&results, ${offset}, ${value}, false, ${SIZE}u);`;
	const multiply = range(terms)
		.map(
			(term) => `		{
${each.map((i) => `\t\t\tlet a${i} = ${load('Left', 'x', `(${term}u * job.paddedRows + firstRow + ${i * SIZE}u) * job.depth + k`, 'job.depth')};`).join('\n')}
${each.flatMap((i) => each.map((j) => `\t\t\tc${i}_${j} = subgroupMatrixMultiplyAccumulate(a${i}, b${j}, c${i}_${j});`)).join('\n')}
		}`,
		)
		.join('\n');
	const finish = each
		.flatMap((i) =>
			range(isDual ? PER_PART / 2 : PER_PART).map((j) => {
				const second = isDual ? j + PER_PART / 2 : j;
				return `	workgroupBarrier();
	${store('place', `c${i}_${j}`)}${isDual ? ` ${store(`place + ${SIZE * SIZE}u`, `c${i}_${second}`)}` : ''}
	workgroupBarrier();
	finish(place, lane, firstRow + ${i * SIZE}u, firstColumn + ${columnOf(j)}u);`;
			}),
		)
		.join('\n');
	return `diagnostic(off, chromium.subgroup_matrix_uniformity);
enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;

struct Job { rows: u32, columns: u32, depth: u32, paddedRows: u32, operandOffsets: vec4u }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<f16>; // [terms, paddedRows, depth]
@group(0) @binding(2) var<storage, read> scales: array<f32>; // [rows]
@group(0) @binding(3) var<storage, read> w0: array<f16>; // [depth, columns]
${isDual ? '@group(0) @binding(4) var<storage, read> w1: array<f16>;\n' : ''}@group(0) @binding(${isDual ? 5 : 4}) var<storage, read_write> y: array<vec4f>; // [rows, columns]

alias Left = subgroup_matrix_left<f16, ${SIZE}, ${SIZE}>;
alias Right = subgroup_matrix_right<f16, ${SIZE}, ${SIZE}>;
alias Sum = subgroup_matrix_result<f32, ${SIZE}, ${SIZE}>;

const MATRIX = ${SIZE * SIZE}u;
var<workgroup> results: array<f32, ${SUBGROUPS * 2 * SIZE * SIZE}>; // [subgroups][weights][16][16]

${halfWgsl(shader.unpackKeepsSubnormals)}${epilogueWgsl(shader.epilogue, isDual ? 6 : 5)}
fn finish(place: u32, lane: u32, firstRow: u32, firstColumn: u32) {
	for (var i = lane * 4u; i < MATRIX; i += ${SUBGROUP_SIZE * 4}u) {
		let row = firstRow + i / ${SIZE}u;
		let column = firstColumn + i % ${SIZE}u;
		if (row < job.rows) {
			let at = place + i;
			let sum0 = vec4f(results[at], results[at + 1u], results[at + 2u], results[at + 3u]) * scales[row];
			let other = ${isDual ? 'at + MATRIX' : 'at'};
			let sum1 = vec4f(results[other], results[other + 1u], results[other + 2u], results[other + 3u]) * scales[row];
			y[(row * job.columns + column) >> 2u] = epilogue(sum0, sum1, row, column);
		}
	}
}

@compute @workgroup_size(${SUBGROUPS * SUBGROUP_SIZE})
fn main(
	@builtin(workgroup_id) group: vec3u,
	@builtin(subgroup_id) subgroup: u32,
	@builtin(subgroup_invocation_id) lane: u32,
) {
	let firstRow = group.y * ${TILE_ROWS}u + subgroup / ${TILE_COLUMNS / PART}u * ${PART}u;
	let firstColumn = group.x * ${(TILE_COLUMNS / PART) * partColumns}u + subgroup % ${TILE_COLUMNS / PART}u * ${partColumns}u;
	let place = subgroup * 2u * MATRIX;
${each.map((i) => `\t${each.map((j) => `var c${i}_${j} = Sum();`).join(' ')}`).join('\n')}
	for (var k = 0u; k < job.depth; k += ${SIZE}u) {
${each.map((j) => `\t\tlet b${j} = ${load('Right', weightOf(j), `k * job.columns + firstColumn + ${columnOf(j)}u`, 'job.columns')};`).join('\n')}
${multiply}
	}
${finish}
}
`;
}

/** The smallest shader that tells which syntax a device's compiler knows. */
export function matrixProbeWgsl(syntax: MatrixSyntax): string {
	const store =
		syntax === 'template'
			? 'subgroupMatrixStore<row_major>(&y, 0u, Sum(), 16u);'
			: 'subgroupMatrixStore(&y, 0u, Sum(), false, 16u);';
	return `enable chromium_experimental_subgroup_matrix;
alias Sum = subgroup_matrix_result<f32, ${SIZE}, ${SIZE}>;
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(${SUBGROUP_SIZE}) fn main() { ${store} }
`;
}

function range(count: number): readonly number[] {
	return Array.from({ length: count }, (_, index) => index);
}
