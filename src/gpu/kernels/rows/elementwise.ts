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

/** A formula over tensors that no other kernel could take along. */
export function elementwise<Ref>(
	args: ElementwiseArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { rows, columns, operands } = args;
	const vectorised = operandsAreAligned(operands, columns);
	const wgsl = elementwiseWgsl(
		{ expression: args.expression, operands, vectorised },
		target.unpackKeepsSubnormals,
	);
	const flopsPerRow = FLOPS_PER_ELEMENT * columns;
	return splitRows(rows, columns * F32_BYTES, flopsPerRow, target).map((range) => {
		const groups = Math.ceil((range.count * Math.ceil(columns / 4)) / THREADS);
		const groupsX = Math.min(groups, target.limits.maxComputeWorkgroupsPerDimension);
		return {
			label: args.label,
			wgsl,
			job: new Uint32Array([range.count, columns, groupsX, 0, ...operandOffsets(operands)]),
			bindings: [
				f32Rows(args.output, columns, range),
				...operands.map((operand) => operandRange(operand, columns, range)),
			],
			workgroups: [groupsX, Math.ceil(groups / groupsX), 1],
			flops: flopsPerRow * range.count,
		};
	});
}

/** A thread computes four columns of one row. */
function elementwiseWgsl(epilogue: EpilogueShape, unpackKeepsSubnormals: boolean): string {
	const { vectorised } = epilogue;
	const put = vectorised
		? '	y[(row * job.columns + column) >> 2u] = value;'
		: `	for (var i = 0u; i < 4u; i++) {
		if (column + i < job.columns) { y[row * job.columns + column + i] = value[i]; }
	}`;
	return `struct Job { rows: u32, columns: u32, groupsX: u32, unused: u32, operandOffsets: vec4u }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read_write> y: array<${vectorised ? 'vec4f' : 'f32'}>; // [rows, columns]
${halfWgsl(unpackKeepsSubnormals)}${epilogueWgsl(epilogue, 2)}
@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let index = (group.y * job.groupsX + group.x) * ${THREADS}u + thread;
	let vectors = (job.columns + 3u) / 4u;
	let row = index / vectors;
	let column = (index % vectors) * 4u;
	if (row >= job.rows) { return; }
	let value = epilogue(vec4f(), vec4f(), row, column);
${put}
}
`;
}
