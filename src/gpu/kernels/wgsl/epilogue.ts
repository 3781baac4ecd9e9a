import type { BoundRange } from '../dispatch/kernel-dispatch.ts';
import { f32Rows, type RowRange } from '../dispatch/row-ranges.ts';
import type { Expression } from './expression.ts';

/** A tensor read by an expression, seen as [rows, columns] of the result. */
export interface Operand<Ref> {
	readonly ref: Ref;
	/** Which extents it has: both, only columns (the same for all rows), or only rows. */
	readonly layout: 'full' | 'columns' | 'rows';
	readonly format: 'f32' | 'f16';
	/** Where `ref` starts in its buffer: a multiple of 256. */
	readonly byteOffset: number;
	readonly byteLength: number;
	/** First element within the range, for a part of a vector. */
	readonly elementOffset: number;
}

/** Operands that the job's one vec4u of offsets has room for. */
export const MAX_OPERANDS = 4;

export interface EpilogueShape {
	readonly expression: Expression;
	readonly operands: readonly Pick<Operand<unknown>, 'layout' | 'format'>[];
	/** True if every operand can be read four aligned columns at a time. */
	readonly vectorised: boolean;
}

/**
 * WGSL of `fn epilogue(sum0: vec4f, sum1: vec4f, row: u32, column: u32) -> vec4f`: four columns of one
 * row at a time. Reads `job.columns` (elements a row) and `job.operandOffsets`.
 *
 * Not vectorised, it may read up to three elements past a row: those results are never stored.
 *
 * @param firstBinding binding of the first operand
 */
export function epilogueWgsl(shape: EpilogueShape, firstBinding: number): string {
	const declarations = shape.operands.map((operand, index) =>
		operandWgsl(operand, index, firstBinding + index, shape.vectorised),
	);
	return `${declarations.join('')}
fn epilogue(sum0: vec4f, sum1: vec4f, row: u32, column: u32) -> vec4f {
${shape.operands.map((_, index) => `\tlet o${index} = operand${index}At(row, column);\n`).join('')}\treturn ${formula(shape.expression)};
}
`;
}

/** First element of each operand, padded to the job's four slots. */
export function operandOffsets(operands: readonly Operand<unknown>[]): readonly number[] {
	return Array.from({ length: MAX_OPERANDS }, (_, index) => operands[index]?.elementOffset ?? 0);
}

/** What an operand's binding covers when only `range` of the rows is computed. */
export function operandRange<Ref>(
	{ ref, layout, byteOffset, byteLength }: Operand<Ref>,
	columns: number,
	range: RowRange,
): BoundRange<Ref> {
	if (layout === 'columns') return { ref, byteOffset, byteLength };
	const width = layout === 'full' ? columns : 1;
	const rows = f32Rows(ref, width, range);
	return { ...rows, byteOffset: byteOffset + rows.byteOffset };
}

/** True if `operands` can be read four aligned columns at a time. */
export function operandsAreAligned(
	operands: readonly Operand<unknown>[],
	columns: number,
): boolean {
	return (
		columns % 4 === 0 &&
		operands.every(({ layout, elementOffset }) => layout === 'rows' || elementOffset % 4 === 0)
	);
}

function operandWgsl(
	{ layout, format }: Pick<Operand<unknown>, 'layout' | 'format'>,
	index: number,
	binding: number,
	vectorised: boolean,
): string {
	const name = `operand${index}`;
	const offset = `job.operandOffsets[${index}]`;
	const at = {
		full: `${offset} + row * job.columns + column`,
		columns: `${offset} + column`,
		rows: `${offset} + row`,
	}[layout];
	const half = (element: string): string =>
		`widen2(${name}[(${element}) >> 1u])[(${element}) & 1u]`;
	const one = (element: string): string =>
		format === 'f32' ? `${name}[${element}]` : half(element);
	const declare = (type: string): string =>
		`@group(0) @binding(${binding}) var<storage, read> ${name}: array<${type}>;\n`;
	if (layout === 'rows') {
		return `${declare(format === 'f32' ? 'f32' : 'u32')}fn ${name}At(row: u32, column: u32) -> vec4f { return vec4f(${one(at)}); }
`;
	}
	if (!vectorised) {
		const each = [0, 1, 2, 3].map((lane) => one(`at + ${lane}u`)).join(', ');
		return `${declare(format === 'f32' ? 'f32' : 'u32')}fn ${name}At(row: u32, column: u32) -> vec4f {
	let at = ${at};
	return vec4f(${each});
}
`;
	}
	return format === 'f32'
		? `${declare('vec4f')}fn ${name}At(row: u32, column: u32) -> vec4f { return ${name}[(${at}) >> 2u]; }
`
		: `${declare('vec2u')}fn ${name}At(row: u32, column: u32) -> vec4f {
	let halves = ${name}[(${at}) >> 2u];
	return vec4f(widen2(halves.x), widen2(halves.y));
}
`;
}

/** WGSL of the formula over `sum0`, `sum1`, `o0`, `o1`, … */
function formula(expression: Expression): string {
	switch (expression.type) {
		case 'sum':
			return `sum${expression.index}`;
		case 'operand':
			return `o${expression.index}`;
		case 'constant':
			return `vec4f(${wgslFloat(expression.value)})`;
		case 'sigmoid':
			return `(1.0 / (1.0 + exp(-${formula(expression.of)})))`;
		case 'silu': {
			const x = formula(expression.of);
			return `(${x} / (1.0 + exp(-${x})))`;
		}
		case 'tanh':
			// Clamped, because some drivers compute tanh by exponentials that overflow.
			return `tanh(clamp(${formula(expression.of)}, vec4f(-20.0), vec4f(20.0)))`;
		case 'add':
			return `(${formula(expression.left)} + ${formula(expression.right)})`;
		case 'subtract':
			return `(${formula(expression.left)} - ${formula(expression.right)})`;
		case 'multiply':
			return `(${formula(expression.left)} * ${formula(expression.right)})`;
	}
}

function wgslFloat(value: number): string {
	const text = String(Math.fround(value));
	return /[.e]/.test(text) ? text : `${text}.0`;
}
