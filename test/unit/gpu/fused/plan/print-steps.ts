import type { Extent } from '../../../../../src/graph/extent.ts';
import type { PlanOperand, PlanStep } from '../../../../../src/gpu/fused/plan/plan-step.ts';
import type { Expression } from '../../../../../src/gpu/kernels/wgsl/expression.ts';

/** Steps as text, a line each: values between them are numbered, whatever the graph called them. */
export function printSteps(steps: readonly PlanStep[], outputs: readonly string[]): string {
	const names = new Map<string, string>();
	return steps
		.map((step, index) => {
			const { type, output, rows, columns, ...rest } = step;
			const name = outputs.includes(output) ? output : `%${index}`;
			names.set(output, name);
			const fields = Object.entries(rest)
				.filter(([key, value]) => value !== undefined && key !== 'moments')
				.sort(([a], [b]) => a.localeCompare(b))
				.map(([key, value]) => ` ${key}=${fieldText(key, value, names)}`);
			return `  ${name}[${extentText(rows)}, ${extentText(columns)}] = ${type}${fields.join('')}\n`;
		})
		.join('');
}

function fieldText(key: string, value: unknown, names: ReadonlyMap<string, string>): string {
	if (key === 'expression') return expressionText(value as Expression);
	if (key === 'operands') {
		const operands = (value as readonly PlanOperand[]).map(
			({ tensor, layout, format, elementOffset, elements }) => {
				const name =
					tensor.type === 'weight' ? `"${tensor.tensor}"` : (names.get(tensor.name) ?? tensor.name);
				return `${name}@${elementOffset}[${extentText(elements)}] ${format} ${layout}`;
			},
		);
		return `(${operands.join(', ')})`;
	}
	return JSON.stringify(value, (field, each: unknown) => {
		if (field === 'format' && each === 'f16') return undefined;
		if (typeof each === 'string') return names.get(each) ?? each;
		return isExtent(each) ? extentText(each) : each;
	});
}

function isExtent(value: unknown): value is Extent {
	return typeof value === 'object' && value !== null && 'symbols' in value;
}

function extentText({ factor, symbols }: Extent): string {
	return [...(factor === 1 && symbols.length > 0 ? [] : [factor]), ...symbols].join('·');
}

function expressionText(expression: Expression): string {
	switch (expression.type) {
		case 'sum':
			return `sum${expression.index}`;
		case 'operand':
			return `operand${expression.index}`;
		case 'constant':
			return String(expression.value);
		case 'sigmoid':
		case 'silu':
		case 'tanh':
		case 'inverse-sqrt':
			return `${expression.type}(${expressionText(expression.of)})`;
		case 'add':
		case 'subtract':
		case 'multiply':
			return `${expression.type}(${expressionText(expression.left)}, ${expressionText(expression.right)})`;
	}
}
