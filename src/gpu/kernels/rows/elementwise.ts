import type { Kernel } from '../dispatch/kernel.ts';
import { F32_BYTES, type KernelDispatch, type KernelTarget } from '../dispatch/kernel-dispatch.ts';
import { f32Rows, splitRows } from '../dispatch/row-ranges.ts';
import { Bindings, readWrite } from '../wgsl/bindings.ts';
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

export interface ElementwiseArguments<Ref> {
	readonly label: string;
	/** f32 [rows, columns] */
	readonly output: Ref;
	readonly rows: number;
	readonly columns: number;
	/** Of the operands alone. */
	readonly expression: Expression;
	readonly operands: readonly Operand<Ref>[];
}

const THREADS = 256;
const FLOPS_PER_ELEMENT = 4;

function dispatches<Ref>(
	args: ElementwiseArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { rows, columns, operands } = args;
	const epilogue = epilogueShape(args.expression, operands, columns);
	const text = elementwiseWgsl({
		epilogue,
		unpackKeepsSubnormals: target.unpackKeepsSubnormals,
	});
	const bindings = elementwiseBindings(epilogue);
	const flopsPerRow = FLOPS_PER_ELEMENT * columns;
	return splitRows(rows, columns * F32_BYTES, flopsPerRow, target).map((range) => {
		const groups = Math.ceil((range.count * Math.ceil(columns / 4)) / THREADS);
		const groupsX = Math.min(groups, target.limits.maxComputeWorkgroupsPerDimension);
		return {
			label: args.label,
			wgsl: text,
			job: JOB.encode({
				rows: range.count,
				columns,
				groupsX,
				operandOffsets: operandOffsets(operands),
			}),
			bindings: bindings.ranges({
				y: f32Rows(args.output, columns, range),
				...operandRanges(operands, columns, range),
			}),
			workgroups: [groupsX, Math.ceil(groups / groupsX), 1],
			flops: flopsPerRow * range.count,
		};
	});
}

/** A formula over tensors that no other kernel could take along. */
export const elementwise = {
	name: 'elementwise',
	shader: elementwiseWgsl,
	dispatches,
} satisfies Kernel<ElementwiseShader>;

export interface ElementwiseShader {
	readonly epilogue: EpilogueShape;
	readonly unpackKeepsSubnormals: boolean;
}

const JOB = jobLayout({ ...u32('rows', 'columns', 'groupsX'), operandOffsets: 'vec4u' });

function elementwiseBindings(epilogue: EpilogueShape): Bindings {
	const element = epilogue.vectorised ? 'vec4f' : 'f32';
	return new Bindings([readWrite('y', element, '[rows, columns]'), ...operandBindings(epilogue)]);
}

/** A thread computes four columns of one row. */
function elementwiseWgsl({ epilogue, unpackKeepsSubnormals }: ElementwiseShader): string {
	return wgsl`
		const THREADS = ${THREADS}u;

		${JOB.wgsl}
		${elementwiseBindings(epilogue).wgsl}

		${halfWgsl(unpackKeepsSubnormals)}

		${epilogueWgsl(epilogue)}

		@compute @workgroup_size(THREADS)
		fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
			let index = (group.y * job.groupsX + group.x) * THREADS + thread;
			let vectors = (job.columns + 3u) / 4u;
			let row = index / vectors;
			let column = (index % vectors) * 4u;
			if (row >= job.rows) { return; }
			let value = epilogue(vec4f(), vec4f(), row, column);
			${epilogue.vectorised ? STORE_VECTOR : STORE_ELEMENTS}
		}
	`;
}

const STORE_VECTOR = 'y[(row * job.columns + column) >> 2u] = value;';

const STORE_ELEMENTS = wgsl`
	for (var i = 0u; i < 4u; i++) {
		if (column + i < job.columns) { y[row * job.columns + column + i] = value[i]; }
	}
`;
