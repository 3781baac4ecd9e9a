import type { GraphNode } from '../../onnx/graph.ts';
import type { BinaryOperator, Expression } from '../kernels/wgsl/expression.ts';
import { MAX_OPERANDS } from '../kernels/wgsl/epilogue.ts';
import { type Extent, evaluateExtent, extentProduct, extentsEqual, isOne } from './extent.ts';
import { any, matchPattern, node, type Pattern } from './graph-pattern.ts';
import { type GraphView, inputOf } from './graph-view.ts';
import type { PlanOperand, PlanStep, PlanTensor, WeightRange } from './plan-step.ts';

const BINARY_OPERATORS: Readonly<Record<string, BinaryOperator>> = {
	Add: 'add',
	Sub: 'subtract',
	Mul: 'multiply',
};

/** A formula whose leaves are still values of the graph. */
type Tree =
	| { readonly type: 'leaf'; readonly value: string }
	| { readonly type: 'core'; readonly core: Core }
	| { readonly type: 'constant'; readonly value: number }
	| { readonly type: 'sigmoid' | 'tanh' | 'silu'; readonly of: Tree }
	| { readonly type: BinaryOperator; readonly left: Tree; readonly right: Tree };

/** What a kernel computes before its epilogue; `value` is what it is with its parameter. */
type Core = { readonly value: string; readonly parameter?: CoreParameter } & (
	| {
			readonly type: 'linear';
			readonly x: string;
			readonly weight: WeightRange;
			readonly depth: number;
			readonly columns: number;
	  }
	| {
			readonly type: 'row-norm';
			readonly x: string;
			readonly statistics: 'rms' | 'layer';
			readonly epsilon: number;
	  }
	| { readonly type: 'conv'; readonly node: GraphNode }
);

/** What the operator itself applies to each row or column: a norm's weight, a convolution's bias. */
interface CoreParameter {
	readonly operator: 'add' | 'multiply';
	readonly value: string;
	readonly layout: 'rows' | 'columns';
}

/** Per-head RMSNorm and rotation, as `normalizeAndRotateHeads` writes it. */
const HEAD_NORM_ROTARY = node('Reshape', [
	node(
		'RotaryEmbedding',
		[
			node('Reshape', [
				node(
					'SimplifiedLayerNormalization',
					[node('Reshape', [any('x'), any('headShape')]), any('weight')],
					{ name: 'norm' },
				),
			]),
			any('position'),
			any('cos'),
			any('sin'),
		],
		{ name: 'rotary' },
	),
]);

const SCORES = node('MatMul', [
	node('Transpose', [node('Reshape', [node('Mul', [any('q'), any('scale')]), any('headShape')])], {
		ints: { perm: [1, 2, 0, 3] },
	}),
	node('Transpose', [node('Reshape', [any('k')])], { ints: { perm: [1, 2, 3, 0] } }),
]);

/** Attention of many heads over given scores, as `attention` writes it. */
function attentionOver(scores: Pattern): Pattern {
	const values = node('Transpose', [node('Reshape', [any('v')])], { ints: { perm: [1, 2, 0, 3] } });
	const weights = node('Softmax', [scores], { ints: { axis: [-1] } });
	const mixed = node('Transpose', [node('MatMul', [weights, values])], {
		ints: { perm: [2, 0, 1, 3] },
	});
	return node('Reshape', [mixed]);
}

const ATTENTION = attentionOver(SCORES);
const MASKED_ATTENTION = attentionOver(node('Add', [SCORES, any('mask')]));

/** Attention of one head over pixels, as the VAE's `spatialAttention` writes it. */
const SPATIAL_ATTENTION = node('MatMul', [
	node(
		'Softmax',
		[
			node('MatMul', [
				node('Mul', [any('q'), any('scale')]),
				node('Transpose', [any('k')], { ints: { perm: [1, 0] } }),
			]),
		],
		{ ints: { axis: [-1] } },
	),
	any('v'),
]);

const GROUP_NORM = node('Add', [
	node('Mul', [
		node('Reshape', [
			node('InstanceNormalization', [node('Reshape', [any('x'), any('groupShape')])], {
				name: 'norm',
			}),
		]),
		node('Reshape', [any('weight')]),
	]),
	node('Reshape', [any('bias')]),
]);

const TRANSPOSE = node('Transpose', [any('x')], { ints: { perm: [1, 0] } });
const TRANSPOSED_GROUP_NORM = node('Transpose', [node('Reshape', [any('normalized')])], {
	ints: { perm: [1, 0] },
});

const UPSCALED = node('Resize', [any('x'), any('region'), any('scales')], { name: 'resize' });

/**
 * Finds the kernels that compute `outputs` of a graph.
 *
 * From each result backwards: a piece of the graph that one kernel knows as a whole becomes a step; a
 * formula of element-wise operators is taken along by the kernel whose result it reads, if it reads
 * it alone; the values that remain are computed first, in the same way.
 *
 * @throws UnsupportedGraphError
 */
export function planGraph(view: GraphView, outputs: readonly string[]): readonly PlanStep[] {
	const planner = new Planner(view, outputs);
	for (const output of outputs) planner.compute(output);
	return planner.steps;
}

class Planner {
	readonly steps: PlanStep[] = [];
	readonly #view: GraphView;
	readonly #outputs: ReadonlySet<string>;
	/** Values that have a place, and the name of that place. */
	readonly #computed = new Map<string, string>();

	constructor(view: GraphView, outputs: readonly string[]) {
		this.#view = view;
		this.#outputs = new Set(outputs);
	}

	/** Plans what computes `value`; returns the name under which its numbers can be read. */
	compute(value: string): string {
		if (this.#view.isInput(value)) return value;
		const computed = this.#computed.get(value);
		if (computed !== undefined) return computed;
		const name = this.#relabelled(value) ?? this.#plan(value);
		this.#computed.set(value, name);
		return name;
	}

	/** A reshape keeps its input's numbers, unless a caller wants them in a buffer of their own. */
	#relabelled(value: string): string | undefined {
		const producer = this.#view.producer(value);
		const isView = producer?.operator === 'Reshape' && !this.#outputs.has(value);
		if (!isView || this.#composite(value) !== undefined) return undefined;
		return this.compute(inputOf(producer, 0));
	}

	#plan(value: string): string {
		const step = this.#composite(value)?.() ?? this.#planFormula(value);
		this.steps.push(step);
		return value;
	}

	/** What plans `value` as one step, if a kernel knows it as a whole. */
	#composite(value: string): (() => PlanStep) | undefined {
		const view = this.#view;
		const rotary = matchPattern(view, value, HEAD_NORM_ROTARY);
		if (rotary !== undefined) return () => this.#headNormRotary(value, rotary);
		const attention =
			matchPattern(view, value, ATTENTION) ?? matchPattern(view, value, MASKED_ATTENTION);
		if (attention !== undefined) return () => this.#attention(value, attention);
		const spatial = matchPattern(view, value, SPATIAL_ATTENTION);
		if (spatial !== undefined) return () => this.#spatialAttention(value, spatial);
		const transposed = matchPattern(view, value, TRANSPOSE);
		if (transposed !== undefined) return () => this.#transpose(value, captured(transposed, 'x'));
		return undefined;
	}

	#spatialAttention(value: string, match: Match): PlanStep {
		const view = this.#view;
		const [q, k] = [captured(match, 'q'), captured(match, 'k')];
		const extents = this.#matrix(value);
		const [scale = 1] = view.constantValues(captured(match, 'scale'));
		const headDim = evaluateExtent(extents.columns, new Map());
		const isSquare = extentsEqual(this.#matrix(q).columns, extents.columns);
		if (headDim % 4 !== 0 || !isSquare) throw view.unsupported(`a head of ${headDim} features`);
		return {
			type: 'attention',
			output: value,
			...extents,
			q: this.compute(q),
			k: this.compute(k),
			v: this.compute(captured(match, 'v')),
			mask: undefined,
			keys: this.#matrix(k).rows,
			heads: 1,
			keyValueHeads: 1,
			headDim,
			scale,
		};
	}

	/** Normalization is taken along, if what is transposed is a GroupNorm's result. */
	#transpose(value: string, x: string): PlanStep {
		const extents = this.#matrix(value);
		const reshaped = matchPattern(this.#view, value, TRANSPOSED_GROUP_NORM);
		const normalized = reshaped === undefined ? x : captured(reshaped, 'normalized');
		const norm = this.#groupNorm(normalized);
		const source = norm === undefined ? this.compute(x) : norm.x;
		return { type: 'transpose', output: value, ...extents, x: source, affine: norm?.affine };
	}

	/** Plans the statistics, if `value` is a GroupNorm's result. */
	#groupNorm(value: string): { readonly x: string; readonly affine: string } | undefined {
		const view = this.#view;
		const match = matchPattern(view, value, GROUP_NORM);
		if (match === undefined) return undefined;
		const x = this.compute(captured(match, 'x'));
		const affine = `${value}.affine`;
		if (this.#computed.has(affine)) return { x, affine };
		const { rows, columns } = this.#matrix(value);
		const norm = match.nodes.get('norm');
		const [, groups = 1] = view.constantValues(captured(match, 'groupShape'));
		const channels = evaluateExtent(rows, new Map());
		if (norm === undefined || channels % groups !== 0) throw view.unsupported('this GroupNorm');
		const [weight, bias] = ['weight', 'bias'].map((name): WeightRange => {
			const found = view.weight(captured(match, name));
			if (found === undefined) throw view.unsupported(`a GroupNorm without ${name}`);
			return { tensor: found.tensor, elementOffset: found.elementOffset, elements: channels };
		});
		if (weight === undefined || bias === undefined) throw view.unsupported('this GroupNorm');
		this.steps.push({
			type: 'group-norm',
			output: affine,
			rows,
			columns: { factor: 2, symbols: [] },
			x,
			channels,
			pixels: columns,
			groups,
			epsilon: view.floatAttribute(norm, 'epsilon'),
			weight,
			bias,
			moments: `${value}.moments`,
		});
		this.#computed.set(affine, affine);
		return { x, affine };
	}

	/** What a convolution reads: through GroupNorm and SiLU, or at twice the size, where it can. */
	#convInput(value: string): {
		readonly x: string;
		readonly affine: string | undefined;
		readonly upscale: 1 | 2;
	} {
		const producer = this.#view.producer(value);
		if (producer?.operator === 'Mul' && this.#isSilu(producer)) {
			const norm = this.#groupNorm(inputOf(producer, 0));
			if (norm !== undefined) return { ...norm, upscale: 1 };
		}
		const resized = matchPattern(this.#view, value, UPSCALED);
		if (resized === undefined) return { x: this.compute(value), affine: undefined, upscale: 1 };
		const mode = resized.nodes.get('resize')?.attributes.mode;
		const scales = this.#view.constantValues(captured(resized, 'scales'));
		if (mode?.type !== 'string' || mode.value !== 'nearest' || scales.join() !== '1,1,2,2') {
			throw this.#view.unsupported('this Resize');
		}
		return { x: this.compute(captured(resized, 'x')), affine: undefined, upscale: 2 };
	}

	#conv(result: FormulaResult, producer: GraphNode): PlanStep {
		const view = this.#view;
		const weight = view.weight(inputOf(producer, 1));
		const [outChannels = 0, inChannels = 0, kernel = 0] = weight?.shape ?? [];
		const [, , height, width] = view.shape(result.output);
		const pads = producer.attributes.pads;
		const isSame =
			pads?.type === 'ints' && pads.value.every((padding) => padding === (kernel - 1) / 2);
		const isKnown = weight !== undefined && isSame && (kernel === 1 || kernel === 3);
		if (!isKnown || height === undefined || width === undefined) {
			throw view.unsupported(`a convolution of ${kernel} by ${kernel}`);
		}
		return {
			type: 'conv',
			...result,
			...this.#convInput(inputOf(producer, 0)),
			weight: {
				tensor: weight.tensor,
				elementOffset: weight.elementOffset,
				elements: outChannels * inChannels * kernel ** 2,
			},
			inChannels,
			height,
			width,
			kernel,
		};
	}

	#headNormRotary(value: string, match: Match): PlanStep {
		const view = this.#view;
		const [, , heads = 0, headDim = 0] = view.constantValues(captured(match, 'headShape'));
		const weight = view.weight(captured(match, 'weight'));
		const norm = match.nodes.get('norm');
		const rotary = match.nodes.get('rotary');
		const position = view.constantValues(captured(match, 'position'));
		if (weight === undefined || norm === undefined || rotary === undefined || position[0] !== 0) {
			throw view.unsupported('a rotary embedding of another form');
		}
		return {
			type: 'head-norm-rotary',
			output: value,
			...this.#matrix(value),
			x: this.compute(captured(match, 'x')),
			weight: { tensor: weight.tensor, elementOffset: weight.elementOffset, elements: headDim },
			cos: this.compute(captured(match, 'cos')),
			sin: this.compute(captured(match, 'sin')),
			heads,
			headDim,
			epsilon: view.floatAttribute(norm, 'epsilon'),
			interleaved: view.intAttribute(rotary, 'interleaved', 0) === 1,
		};
	}

	#attention(value: string, match: Match): PlanStep {
		const view = this.#view;
		const [, keyValueHeads = 0, group = 0, headDim = 0] = view.constantValues(
			captured(match, 'headShape'),
		);
		const [scale = 1] = view.constantValues(captured(match, 'scale'));
		if (headDim % 4 !== 0) throw view.unsupported(`heads of ${headDim} features`);
		const mask = match.values.get('mask');
		const k = captured(match, 'k');
		return {
			type: 'attention',
			output: value,
			...this.#matrix(value),
			q: this.compute(captured(match, 'q')),
			k: this.compute(k),
			v: this.compute(captured(match, 'v')),
			mask: mask === undefined ? undefined : this.compute(mask),
			keys: this.#matrix(k).rows,
			heads: keyValueHeads * group,
			keyValueHeads,
			headDim,
			scale,
		};
	}

	#planFormula(value: string): PlanStep {
		const tree = this.#tree(value, true);
		const extents = this.#matrix(value);
		const cores = coresOf(tree).filter((core) => this.#hasExtents(core.value, extents));
		const chosen = chooseCores(cores);
		const operands: PlanOperand[] = [];
		const expression = this.#expression(tree, chosen, operands, extents);
		if (operands.length > MAX_OPERANDS) throw this.#view.unsupported('a formula of many operands');
		const result = { output: value, ...extents, expression, operands };
		const [core] = chosen;
		switch (core?.type) {
			case undefined:
				return { type: 'elementwise', ...result };
			case 'linear':
				return {
					type: 'linear',
					...result,
					x: this.compute(core.x),
					depth: core.depth,
					weights: chosen.flatMap((each) => (each.type === 'linear' ? [each.weight] : [])),
				};
			case 'row-norm': {
				const { statistics, epsilon } = core;
				return { type: 'row-norm', ...result, x: this.compute(core.x), statistics, epsilon };
			}
			case 'conv':
				return this.#conv(result, core.node);
		}
	}

	/** The element-wise operators that lead to `value`, down to what must be in memory. */
	#tree(value: string, isRoot: boolean): Tree {
		const view = this.#view;
		const constant = view.constant(value);
		if (constant?.values.length === 1) return { type: 'constant', value: constant.values[0] ?? 0 };
		const producer = view.producer(value);
		const mustBeStored = !isRoot && (this.#outputs.has(value) || this.#uses(value) > 1);
		if (producer === undefined || mustBeStored || this.#computed.has(value)) {
			return { type: 'leaf', value };
		}
		const linear = this.#asLinear(value);
		if (linear !== undefined) return { type: 'core', core: linear };
		const [first = '', second = ''] = producer.inputs;
		switch (producer.operator) {
			case 'SimplifiedLayerNormalization':
			case 'LayerNormalization':
				return { type: 'core', core: this.#asRowNorm(value, producer) };
			case 'Conv':
				return { type: 'core', core: asConv(value, producer) };
			case 'Sigmoid':
				return { type: 'sigmoid', of: this.#tree(first, false) };
			case 'Tanh':
				return { type: 'tanh', of: this.#tree(first, false) };
			case 'Mul':
				if (this.#isSilu(producer)) return { type: 'silu', of: this.#tree(first, false) };
		}
		const operator = BINARY_OPERATORS[producer.operator];
		if (operator === undefined) {
			if (isRoot) throw view.unsupported(`operator ${producer.operator}`);
			return { type: 'leaf', value };
		}
		return { type: operator, left: this.#tree(first, false), right: this.#tree(second, false) };
	}

	/** x · sigmoid(x) */
	#isSilu(multiplication: GraphNode): boolean {
		const [x = '', gate = ''] = multiplication.inputs;
		const sigmoid = this.#view.producer(gate);
		return sigmoid?.operator === 'Sigmoid' && sigmoid.inputs[0] === x;
	}

	/** How often a value is read; the two reads of x · sigmoid(x) are one. */
	#uses(value: string): number {
		const consumers = this.#view.consumers(value);
		const silus = consumers.filter(
			(consumer) =>
				consumer.operator === 'Mul' && consumer.inputs[0] === value && this.#isSilu(consumer),
		);
		return consumers.length - silus.length;
	}

	/** `x · W`, also where W is cut into pieces by rows: the kernel reads FP16, which fits a binding whole. */
	#asLinear(value: string): (Core & { readonly type: 'linear' }) | undefined {
		const view = this.#view;
		const producer = view.producer(value);
		if (producer?.operator === 'Add') return this.#asSplitLinear(value, producer);
		if (producer?.operator !== 'MatMul') return undefined;
		const [x = '', w = ''] = producer.inputs;
		const weight = view.weight(w);
		if (weight === undefined) return undefined;
		const [depth = 0, columns = 0] = weight.shape;
		const { tensor, elementOffset } = weight;
		return {
			type: 'linear',
			value,
			x,
			weight: { tensor, elementOffset, elements: depth * columns },
			depth,
			columns,
		};
	}

	#asSplitLinear(value: string, sum: GraphNode): (Core & { readonly type: 'linear' }) | undefined {
		const parts = sum.inputs.map((input) => this.#asLinear(input));
		const [before, piece] = parts;
		if (before === undefined || piece === undefined) return undefined;
		const whole = this.#sliced(before.x) ?? { x: before.x, start: 0 };
		const next = this.#sliced(piece.x);
		const continues =
			next?.x === whole.x &&
			next.start === whole.start + before.depth &&
			piece.weight.tensor === before.weight.tensor &&
			piece.weight.elementOffset === before.weight.elementOffset + before.weight.elements &&
			piece.columns === before.columns;
		if (!continues || whole.start !== 0) return undefined;
		const depth = before.depth + piece.depth;
		return {
			...before,
			value,
			x: whole.x,
			depth,
			weight: { ...before.weight, elements: depth * before.columns },
		};
	}

	#sliced(value: string): { readonly x: string; readonly start: number } | undefined {
		const producer = this.#view.producer(value);
		if (producer?.operator !== 'Slice') return undefined;
		const [start = 0] = this.#view.constantValues(inputOf(producer, 1));
		return { x: inputOf(producer, 0), start };
	}

	#asRowNorm(value: string, producer: GraphNode): Core {
		return {
			type: 'row-norm',
			value,
			x: inputOf(producer, 0),
			statistics: producer.operator === 'LayerNormalization' ? 'layer' : 'rms',
			epsilon: this.#view.floatAttribute(producer, 'epsilon'),
			parameter: { operator: 'multiply', value: inputOf(producer, 1), layout: 'columns' },
		};
	}

	/** The formula with sums for the chosen cores and numbered operands for all that is in memory. */
	#expression(
		tree: Tree,
		chosen: readonly Core[],
		operands: PlanOperand[],
		extents: Matrix,
	): Expression {
		const of = (inner: Tree): Expression => this.#expression(inner, chosen, operands, extents);
		switch (tree.type) {
			case 'constant':
				return tree;
			case 'leaf':
				return this.#operand(tree.value, operands, this.#layout(tree.value, extents));
			case 'core': {
				const { value, parameter } = tree.core;
				const index = chosen.findIndex((core) => core.value === value);
				if (index < 0) return this.#operand(value, operands, this.#layout(value, extents));
				const sum: Expression = { type: 'sum', index: index === 0 ? 0 : 1 };
				if (parameter === undefined) return sum;
				const right = this.#operand(parameter.value, operands, parameter.layout);
				return { type: parameter.operator, left: sum, right };
			}
			case 'sigmoid':
			case 'tanh':
			case 'silu':
				return { type: tree.type, of: of(tree.of) };
			case 'add':
			case 'subtract':
			case 'multiply':
				return { type: tree.type, left: of(tree.left), right: of(tree.right) };
		}
	}

	#operand(value: string, operands: PlanOperand[], layout: PlanOperand['layout']): Expression {
		const operand = this.#resolve(value, layout);
		const known = operands.findIndex((each) => JSON.stringify(each) === JSON.stringify(operand));
		if (known >= 0) return { type: 'operand', index: known };
		operands.push(operand);
		return { type: 'operand', index: operands.length - 1 };
	}

	/** Where a value of a formula lies: a part of a vector stays where the vector is. */
	#resolve(value: string, layout: PlanOperand['layout']): PlanOperand {
		let base = value;
		let elementOffset = 0;
		for (;;) {
			const producer = this.#view.producer(base);
			if (producer?.operator === 'Reshape' && this.#composite(base) === undefined) {
				base = inputOf(producer, 0);
			} else if (producer?.operator === 'Split' && layout === 'columns') {
				const part = producer.outputs.findIndex((output) => output === base);
				elementOffset += part * evaluateExtent(extentProduct(this.#view.shape(base)), new Map());
				base = inputOf(producer, 0);
			} else break;
		}
		const weight = this.#view.weight(base);
		const elements = extentProduct(this.#view.shape(base));
		if (weight !== undefined) {
			if (layout === 'full') throw this.#view.unsupported(`the weight ${base} as a matrix`);
			const tensor: PlanTensor = { type: 'weight', tensor: weight.tensor };
			const first = elementOffset + weight.elementOffset;
			return { tensor, layout, format: 'f16', elementOffset: first, elements };
		}
		const tensor: PlanTensor = { type: 'value', name: this.compute(base) };
		return { tensor, layout, format: 'f32', elementOffset, elements };
	}

	#layout(value: string, extents: Matrix): PlanOperand['layout'] {
		const { rows, columns } = this.#matrix(value);
		const sameColumns = extentsEqual(columns, extents.columns);
		if (isOne(rows) && sameColumns) return 'columns';
		if (extentsEqual(rows, extents.rows)) {
			if (sameColumns) return 'full';
			if (isOne(columns)) return 'rows';
		}
		throw this.#view.unsupported(`the broadcast of ${value}`);
	}

	#hasExtents(value: string, { rows, columns }: Matrix): boolean {
		const own = this.#matrix(value);
		return extentsEqual(own.rows, rows) && extentsEqual(own.columns, columns);
	}

	/** A value as [rows, columns]: tokens by features, or channels by pixels. */
	#matrix(value: string): Matrix {
		const shape = this.#view.shape(value);
		const [last = ONE] = shape.slice(-1);
		if (shape.length <= 2)
			return { rows: shape.length === 2 ? (shape[0] ?? ONE) : ONE, columns: last };
		const [, second = ONE, ...rest] = shape;
		return { rows: second, columns: extentProduct(rest) };
	}
}

interface FormulaResult extends Matrix {
	readonly output: string;
	readonly expression: Expression;
	readonly operands: readonly PlanOperand[];
}

interface Matrix {
	readonly rows: Extent;
	readonly columns: Extent;
}

const ONE: Extent = { factor: 1, symbols: [] };

type Match = NonNullable<ReturnType<typeof matchPattern>>;

function captured(match: Match, name: string): string {
	const value = match.values.get(name);
	if (value === undefined) throw new RangeError(`The pattern has no "${name}"`);
	return value;
}

function asConv(value: string, node: GraphNode): Core {
	const parameter = { operator: 'add', value: inputOf(node, 2), layout: 'rows' } as const;
	return { type: 'conv', value, node, parameter };
}

function coresOf(tree: Tree): readonly Core[] {
	switch (tree.type) {
		case 'leaf':
		case 'constant':
			return [];
		case 'core':
			return [tree.core];
		case 'sigmoid':
		case 'tanh':
		case 'silu':
			return coresOf(tree.of);
		case 'add':
		case 'subtract':
		case 'multiply':
			return [...coresOf(tree.left), ...coresOf(tree.right)];
	}
}

/** The core whose kernel computes a formula: the last, or two linear layers of the same input. */
function chooseCores(cores: readonly Core[]): readonly Core[] {
	const [first, second] = cores;
	if (cores.length === 2 && first?.type === 'linear' && second?.type === 'linear') {
		if (first.x === second.x && first.depth === second.depth) return [first, second];
	}
	return cores.slice(-1);
}
