import {
	type EpilogueShape,
	epilogueWgsl,
	type Operand,
	operandOffsets,
	operandRange,
	operandsAreAligned,
} from '../wgsl/epilogue.ts';
import type { Expression } from '../wgsl/expression.ts';
import { halfWgsl } from '../wgsl/half-wgsl.ts';
import { F32_BYTES, type KernelDispatch, type KernelTarget } from '../dispatch/kernel-dispatch.ts';
import { f32Rows, splitRows } from '../dispatch/row-ranges.ts';

export interface RowNormArguments<Ref> {
	readonly label: string;
	/** `rms`: x / sqrt(mean(x²) + epsilon). `layer`: the same of x - mean(x). */
	readonly statistics: 'rms' | 'layer';
	readonly epsilon: number;
	/** f32 [rows, columns] */
	readonly x: Ref;
	/** f32 [rows, columns] */
	readonly output: Ref;
	readonly rows: number;
	readonly columns: number;
	/** Of the normalized value: times weight, times 1 + scale, added to a residual. */
	readonly expression: Expression;
	readonly operands: readonly Operand<Ref>[];
}

const THREADS = 256;
const FLOPS_PER_ELEMENT = 8;

/** RMSNorm or LayerNorm over rows, with what follows it. */
export function rowNorm<Ref>(
	args: RowNormArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { rows, columns, operands } = args;
	const vectorised = operandsAreAligned(operands, columns);
	const wgsl = rowNormWgsl(
		args.statistics,
		args.epsilon,
		{ expression: args.expression, operands, vectorised },
		target.unpackKeepsSubnormals,
	);
	const flopsPerRow = FLOPS_PER_ELEMENT * columns;
	return splitRows(rows, columns * F32_BYTES, flopsPerRow, target).map((range) => ({
		label: args.label,
		wgsl,
		job: new Uint32Array([range.count, columns, 0, 0, ...operandOffsets(operands)]),
		bindings: [
			f32Rows(args.x, columns, range),
			f32Rows(args.output, columns, range),
			...operands.map((operand) => operandRange(operand, columns, range)),
		],
		workgroups: [range.count, 1, 1],
		flops: flopsPerRow * range.count,
	}));
}

/**
 * A workgroup normalizes one row: its threads stride over the row, four columns at a time, and add up
 * in a tree. The row is read two or three times; it stays in the cache.
 */
function rowNormWgsl(
	statistics: 'rms' | 'layer',
	epsilon: number,
	epilogue: EpilogueShape,
	unpackKeepsSubnormals: boolean,
): string {
	const { vectorised } = epilogue;
	const element = vectorised ? 'vec4f' : 'f32';
	const columns = `for (var column = thread * 4u; column < job.columns; column += ${THREADS * 4}u)`;
	const access = vectorised
		? `fn xAt(row: u32, column: u32) -> vec4f { return x[(row * job.columns + column) >> 2u]; }
fn present(column: u32) -> vec4f { return vec4f(1.0); }
fn put(row: u32, column: u32, value: vec4f) { y[(row * job.columns + column) >> 2u] = value; }
`
		: `fn xAt(row: u32, column: u32) -> vec4f {
	let at = row * job.columns + column;
	return select(vec4f(), vec4f(x[at], x[at + 1u], x[at + 2u], x[at + 3u]), inRow(column));
}
fn inRow(column: u32) -> vec4<bool> { return vec4u(column) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.columns); }
fn present(column: u32) -> vec4f { return select(vec4f(), vec4f(1.0), inRow(column)); }
fn put(row: u32, column: u32, value: vec4f) {
	for (var i = 0u; i < 4u; i++) {
		if (column + i < job.columns) { y[row * job.columns + column + i] = value[i]; }
	}
}
`;
	const mean =
		statistics === 'rms'
			? '	let mean = 0.0;'
			: `	var sum = 0.0;
	${columns} { sum += dot(xAt(row, column), vec4f(1.0)); }
	let mean = total(thread, sum) / f32(job.columns);`;
	return `struct Job { rows: u32, columns: u32, unused0: u32, unused1: u32, operandOffsets: vec4u }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<${element}>; // [rows, columns]
@group(0) @binding(2) var<storage, read_write> y: array<${element}>; // [rows, columns]
${halfWgsl(unpackKeepsSubnormals)}${epilogueWgsl(epilogue, 3)}
${access}
var<workgroup> partials: array<f32, ${THREADS}>;

/// The sum of all threads' values.
fn total(thread: u32, value: f32) -> f32 {
	partials[thread] = value;
	workgroupBarrier();
	for (var stride = ${THREADS / 2}u; stride > 0u; stride >>= 1u) {
		if (thread < stride) { partials[thread] += partials[thread + stride]; }
		workgroupBarrier();
	}
	let sum = partials[0];
	workgroupBarrier();
	return sum;
}

@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let row = group.x;
${mean}
	var squares = 0.0;
	${columns} {
		let centred = (xAt(row, column) - mean) * present(column);
		squares += dot(centred, centred);
	}
	let scale = 1.0 / sqrt(total(thread, squares) / f32(job.columns) + ${epsilon.toExponential()});
	${columns} {
		let normalized = (xAt(row, column) - mean) * scale;
		put(row, column, epilogue(normalized, normalized, row, column));
	}
}
`;
}
