import type { BoundRange } from '../dispatch/kernel-dispatch.ts';
import { f32Rows, type RowRange } from '../dispatch/row-ranges.ts';
import { type Binding, read } from './bindings.ts';
import type { Expression } from './expression.ts';
import { range } from './range.ts';
import { wgsl } from './wgsl.ts';

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

type OperandShape = Pick<Operand<unknown>, 'layout' | 'format'>;

/** All that the WGSL of an epilogue depends on. */
export interface EpilogueShape {
	readonly expression: Expression;
	readonly operands: readonly OperandShape[];
	/** True if every operand can be read four aligned columns at a time. */
	readonly vectorised: boolean;
}

/** @param columns elements of a row */
export function epilogueShape(
	expression: Expression,
	operands: readonly Operand<unknown>[],
	columns: number,
): EpilogueShape {
	return {
		expression,
		operands: operands.map(({ layout, format }) => ({ layout, format })),
		vectorised: areAligned(operands, columns),
	};
}

function areAligned(operands: readonly Operand<unknown>[], columns: number): boolean {
	return (
		columns % 4 === 0 &&
		operands.every(({ layout, elementOffset }) => layout === 'rows' || elementOffset % 4 === 0)
	);
}

/** The operands' buffers: the last of a kernel's bindings. */
export function operandBindings({ operands, vectorised }: EpilogueShape): readonly Binding[] {
	return operands.map(({ layout, format }, index) => {
		const isVector = vectorised && layout !== 'rows';
		const element = format === 'f32' ? (isVector ? 'vec4f' : 'f32') : isVector ? 'vec2u' : 'u32';
		const extents = { full: '[rows, columns]', columns: '[columns]', rows: '[rows]' }[layout];
		const comment = format === 'f32' ? extents : `FP16 ${extents}`;
		return read(`operand${index}`, element, comment);
	});
}

/**
 * WGSL of `fn epilogue(sum0: vec4f, sum1: vec4f, row: u32, column: u32) -> vec4f`: four columns of one
 * row at a time. Reads `job.columns` (elements a row) and `job.operandOffsets`.
 *
 * Not vectorised, it may read up to three elements past a row: those results are never stored.
 */
export function epilogueWgsl({ expression, operands, vectorised }: EpilogueShape): string {
	return wgsl`
		${operands.map((operand, index) => operandWgsl(operand, index, vectorised))}

		fn epilogue(sum0: vec4f, sum1: vec4f, row: u32, column: u32) -> vec4f {
			${operands.map((_, index) => `let o${index} = operand${index}At(row, column);`)}
			return ${formula(expression)};
		}
	`;
}

function operandWgsl({ layout, format }: OperandShape, index: number, vectorised: boolean): string {
	const name = `operand${index}`;
	const offset = `job.operandOffsets[${index}]`;
	const at = {
		full: `${offset} + row * job.columns + column`,
		columns: `${offset} + column`,
		rows: `${offset} + row`,
	}[layout];
	const one = (element: string): string =>
		format === 'f32'
			? `${name}[${element}]`
			: `widen2(${name}[(${element}) >> 1u])[(${element}) & 1u]`;
	const declare = `fn ${name}At(row: u32, column: u32) -> vec4f`;
	if (layout === 'rows') return `${declare} { return vec4f(${one(at)}); }`;
	if (!vectorised) {
		return wgsl`
			${declare} {
				let at = ${at};
				return vec4f(${range(4)
					.map((lane) => one(`at + ${lane}u`))
					.join(', ')});
			}
		`;
	}
	if (format === 'f32') return `${declare} { return ${name}[(${at}) >> 2u]; }`;
	return wgsl`
		${declare} {
			let halves = ${name}[(${at}) >> 2u];
			return vec4f(widen2(halves.x), widen2(halves.y));
		}
	`;
}

/** First element of each operand, padded to the job's four slots. */
export function operandOffsets(operands: readonly Operand<unknown>[]): readonly number[] {
	return Array.from({ length: MAX_OPERANDS }, (_, index) => operands[index]?.elementOffset ?? 0);
}

/** What the bindings of `operandBindings` cover when only some rows are computed. */
export function operandRanges<Ref>(
	operands: readonly Operand<Ref>[],
	columns: number,
	rows: RowRange,
): Readonly<Record<string, BoundRange<Ref>>> {
	return Object.fromEntries(
		operands.map((operand, index) => [`operand${index}`, operandRange(operand, columns, rows)]),
	);
}

function operandRange<Ref>(
	{ ref, layout, byteOffset, byteLength }: Operand<Ref>,
	columns: number,
	rows: RowRange,
): BoundRange<Ref> {
	if (layout === 'columns') return { ref, byteOffset, byteLength };
	const width = layout === 'full' ? columns : 1;
	const covered = f32Rows(ref, width, rows);
	return { ...covered, byteOffset: byteOffset + covered.byteOffset };
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
			return `(1.0 / (1.0 + ${safeExp(`-${formula(expression.of)}`)}))`;
		case 'silu': {
			const x = formula(expression.of);
			return `(${x} / (1.0 + ${safeExp(`-${x}`)}))`;
		}
		case 'tanh':
			// Clamped, because some drivers compute tanh by exponentials that overflow.
			return `tanh(clamp(${formula(expression.of)}, vec4f(-20.0), vec4f(20.0)))`;
		case 'inverse-sqrt':
			return `(1.0 / sqrt(${formula(expression.of)}))`;
		case 'add':
			return `(${formula(expression.left)} + ${formula(expression.right)})`;
		case 'subtract':
			return `(${formula(expression.left)} - ${formula(expression.right)})`;
		case 'multiply':
			return `(${formula(expression.left)} * ${formula(expression.right)})`;
	}
}

/** WGSL of e^x of a vec4f, for a sum with 1: beyond 88 it overflows, which WGSL leaves undefined. */
function safeExp(x: string): string {
	return `exp(min(${x}, vec4f(80.0)))`;
}

function wgslFloat(value: number): string {
	const text = String(Math.fround(value));
	return /[.e]/.test(text) ? text : `${text}.0`;
}
