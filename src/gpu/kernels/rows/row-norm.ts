import type { Kernel } from '../dispatch/kernel.ts';
import { F32_BYTES, type KernelDispatch, type KernelTarget } from '../dispatch/kernel-dispatch.ts';
import { f32Rows, splitRows } from '../dispatch/row-ranges.ts';
import { Bindings, read, readWrite } from '../wgsl/bindings.ts';
import {
	type EpilogueShape,
	epilogueShape,
	epilogueWgsl,
	type Operand,
	operandBindings,
	operandOffsets,
	operandRanges,
} from '../wgsl/epilogue.ts';
import type { Expression } from '../wgsl/expression.ts';
import { halfWgsl } from '../wgsl/half-wgsl.ts';
import { jobLayout, u32 } from '../wgsl/job-layout.ts';
import { wgsl } from '../wgsl/wgsl.ts';
import { WORKGROUP_TOTAL_WGSL } from '../wgsl/workgroup-total.ts';

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

function dispatches<Ref>(
	args: RowNormArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { rows, columns, operands, statistics, epsilon } = args;
	const epilogue = epilogueShape(args.expression, operands, columns);
	const { unpackKeepsSubnormals } = target;
	const text = rowNormWgsl({ statistics, epsilon, epilogue, unpackKeepsSubnormals });
	const bindings = rowNormBindings(epilogue);
	const flopsPerRow = FLOPS_PER_ELEMENT * columns;
	return splitRows(rows, columns * F32_BYTES, flopsPerRow, target).map((range) => ({
		label: args.label,
		wgsl: text,
		job: JOB.encode({ rows: range.count, columns, operandOffsets: operandOffsets(operands) }),
		bindings: bindings.ranges({
			x: f32Rows(args.x, columns, range),
			y: f32Rows(args.output, columns, range),
			...operandRanges(operands, columns, range),
		}),
		workgroups: [range.count, 1, 1],
		flops: flopsPerRow * range.count,
	}));
}

/** RMSNorm or LayerNorm over rows, with what follows it. */
export const rowNorm = {
	name: 'row-norm',
	shader: rowNormWgsl,
	dispatches,
} satisfies Kernel<RowNormShader>;

export interface RowNormShader {
	readonly statistics: 'rms' | 'layer';
	readonly epsilon: number;
	readonly epilogue: EpilogueShape;
	readonly unpackKeepsSubnormals: boolean;
}

const JOB = jobLayout({ ...u32('rows', 'columns'), operandOffsets: 'vec4u' });

function rowNormBindings(epilogue: EpilogueShape): Bindings {
	const element = epilogue.vectorised ? 'vec4f' : 'f32';
	return new Bindings([
		read('x', element, '[rows, columns]'),
		readWrite('y', element, '[rows, columns]'),
		...operandBindings(epilogue),
	]);
}

/**
 * A workgroup normalizes one row: its threads stride over the row, four columns at a time, and add up
 * in a tree. The row is read two or three times; it stays in the cache.
 */
function rowNormWgsl({
	statistics,
	epsilon,
	epilogue,
	unpackKeepsSubnormals,
}: RowNormShader): string {
	const columns = 'for (var column = thread * 4u; column < job.columns; column += STEP)';
	return wgsl`
		const THREADS = ${THREADS}u;
		const STEP = ${THREADS * 4}u;
		const EPSILON = ${epsilon.toExponential()};

		${JOB.wgsl}
		${rowNormBindings(epilogue).wgsl}

		${halfWgsl(unpackKeepsSubnormals)}

		${epilogueWgsl(epilogue)}

		${epilogue.vectorised ? VECTOR_ACCESSORS : ELEMENT_ACCESSORS}

		${WORKGROUP_TOTAL_WGSL}

		@compute @workgroup_size(THREADS)
		fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
			let row = group.x;
			${statistics === 'rms' ? 'let mean = 0.0;' : meanWgsl(columns)}
			var squares = 0.0;
			${columns} {
				let centred = (xAt(row, column) - mean) * present(column);
				squares += dot(centred, centred);
			}
			let scale = 1.0 / sqrt(total(thread, squares) / f32(job.columns) + EPSILON);
			${columns} {
				let normalized = (xAt(row, column) - mean) * scale;
				put(row, column, epilogue(normalized, normalized, row, column));
			}
		}
	`;
}

function meanWgsl(columns: string): string {
	return wgsl`
		var sum = 0.0;
		${columns} { sum += dot(xAt(row, column), vec4f(1.0)); }
		let mean = total(thread, sum) / f32(job.columns);
	`;
}

const VECTOR_ACCESSORS = wgsl`
	fn xAt(row: u32, column: u32) -> vec4f { return x[(row * job.columns + column) >> 2u]; }
	fn present(column: u32) -> vec4f { return vec4f(1.0); }
	fn put(row: u32, column: u32, value: vec4f) { y[(row * job.columns + column) >> 2u] = value; }
`;

const ELEMENT_ACCESSORS = wgsl`
	fn xAt(row: u32, column: u32) -> vec4f {
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
