import { extentProduct } from '../../../graph/extent.ts';
import { type Expression, SUM } from '../../kernels/wgsl/expression.ts';
import type { LinearStep, PlanOperand } from './plan-step.ts';

/** A linear step that adds its low-rank products as operands, and the steps that compute those first. */
export interface ApartSide {
	readonly before: readonly LinearStep[];
	readonly step: LinearStep;
}

/** For matrix units, which add nothing to their sums: the products of adapters stay f32. */
export function withoutSide(step: LinearStep): ApartSide {
	const { side, ...plain } = step;
	if (side === undefined) return { before: [], step };
	const { rows, columns } = step;
	const before: LinearStep[] = [];
	const operands: PlanOperand[] = [...step.operands];
	const added = new Map<number, number>();
	for (const [index, part] of side.parts.entries()) {
		if (part === undefined) continue;
		const output = `${step.output} side ${index}`;
		before.push({
			...{ type: 'linear', output, rows, columns, x: side.down, depth: 0, weights: [part.up] },
			side: { ...side, parts: [part] },
			expression: SUM,
			operands: [],
		});
		added.set(index, operands.length);
		operands.push({
			tensor: { type: 'value', name: output },
			...{ layout: 'full', format: 'f32', elementOffset: 0 },
			elements: extentProduct([rows, columns]),
		});
	}
	return { before, step: { ...plain, expression: withSums(step.expression, added), operands } };
}

/** The formula with an operand added to each sum. @param added operand by sum */
function withSums(expression: Expression, added: ReadonlyMap<number, number>): Expression {
	switch (expression.type) {
		case 'sum': {
			const index = added.get(expression.index);
			if (index === undefined) return expression;
			return { type: 'add', left: expression, right: { type: 'operand', index } };
		}
		case 'operand':
		case 'constant':
			return expression;
		case 'sigmoid':
		case 'silu':
		case 'tanh':
		case 'inverse-sqrt':
			return { ...expression, of: withSums(expression.of, added) };
		case 'add':
		case 'subtract':
		case 'multiply':
			return {
				...expression,
				left: withSums(expression.left, added),
				right: withSums(expression.right, added),
			};
	}
}
