/** An element-wise formula that a kernel applies to what it computed, before it is stored. */
export type Expression =
	/** What the kernel computed at this place; a linear layer with two weights computes sums 0 and 1. */
	| { readonly type: 'sum'; readonly index: 0 | 1 }
	| { readonly type: 'operand'; readonly index: number }
	| { readonly type: 'constant'; readonly value: number }
	| { readonly type: UnaryOperator; readonly of: Expression }
	| { readonly type: BinaryOperator; readonly left: Expression; readonly right: Expression };

export type UnaryOperator = 'sigmoid' | 'tanh' | 'silu' | 'inverse-sqrt';
export type BinaryOperator = 'add' | 'subtract' | 'multiply';

/** Just what the kernel computed. */
export const SUM: Expression = { type: 'sum', index: 0 };
