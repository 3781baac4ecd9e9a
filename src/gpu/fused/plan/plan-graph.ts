import { extent, extentProduct, extentsEqual, fixedExtent, isOne } from '../../../graph/extent.ts';
import {
	asImage,
	asMatrix,
	type AttentionNode,
	type BinaryNode,
	type ComputedNode,
	type ConstantValue,
	type ConvNode,
	type Graph,
	type GraphNode,
	type GraphOutput,
	type GroupNorm,
	type LinearNode,
	type Matrix,
	nodeInputs,
	type PixelsNode,
	type RowNormNode,
	type Tensor,
	type Term,
	type UnaryNode,
	type WeightChange,
	type ViewNode,
	type WeightValue,
} from '../../../graph/graph.ts';
import { MAX_OPERANDS } from '../../kernels/wgsl/epilogue.ts';
import type { Expression } from '../../kernels/wgsl/expression.ts';
import type { PlanChange, PlanOperand, PlanSide, PlanStep, PlanWeight } from './plan-step.ts';
import { UnsupportedGraphError } from './unsupported-graph-error.ts';

/** Nodes whose kernel applies a formula to what it computed before it stores it. */
type Core = LinearNode | RowNormNode | ConvNode;

/**
 * The kernels' work that computes `outputs` of a graph.
 *
 * From each output backwards: a node that has a kernel becomes a step; a formula of element-wise nodes is
 * taken along by the kernel whose result it reads, if nothing else reads that; the values that remain are
 * computed first, in the same way.
 *
 * @throws UnsupportedGraphError where extents or a formula are beyond the kernels
 */
export function planGraph(graph: Graph, outputs: readonly string[]): readonly PlanStep[] {
	const wanted = outputs.flatMap((name) => graph.outputs.filter((each) => each.name === name));
	const planner = new Planner(graph, wanted);
	for (const { value } of wanted) planner.compute(value);
	return planner.steps;
}

class Planner {
	readonly steps: PlanStep[] = [];
	readonly #graph: Graph;
	/** Names that callers bring buffers for. */
	readonly #published: ReadonlyMap<Term, string>;
	/** How often a value is read. */
	readonly #uses = new Map<Term, number>();
	readonly #computed = new Set<ComputedNode>();
	/** Terms of formulas that have too many operands. */
	readonly #stored = new Set<Term>();

	constructor(graph: Graph, outputs: readonly GraphOutput[]) {
		this.#graph = graph;
		this.#published = new Map(outputs.map(({ name, value }) => [value, name]));
		for (const input of graph.nodes.flatMap(nodeInputs)) {
			this.#uses.set(input, (this.#uses.get(input) ?? 0) + 1);
		}
	}

	/** Plans what computes `value`; returns the name under which its numbers can be read. */
	compute(value: Tensor): string {
		if (value.type === 'input') return value.name;
		// The same numbers, wherever they lie.
		if (value.type === 'view') return this.compute(value.x);
		if (!this.#computed.has(value)) {
			this.#computed.add(value);
			this.steps.push(this.#plan(value));
		}
		return this.#nameOf(value);
	}

	#plan(node: Exclude<ComputedNode, ViewNode>): PlanStep {
		const output = this.#nameOf(node);
		const extents = asMatrix(node.shape);
		switch (node.type) {
			case 'head-norm-rotary': {
				const { x, weight, heads, headDim, epsilon, rotary } = node;
				return {
					...{ type: node.type, output, ...extents, heads, headDim, epsilon },
					x: this.compute(x),
					weight: weight.type === 'weight' ? wholeWeight(weight) : this.compute(weight),
					cos: this.compute(rotary.cos),
					sin: this.compute(rotary.sin),
					interleaved: rotary.interleaved,
				};
			}
			case 'attention':
				return this.#attention(node, output, extents);
			case 'pixels':
				return this.#pixels(node, output, extents);
			case 'image': {
				const x = this.compute(node.x);
				return { type: 'transpose', output, ...extents, x, affine: undefined };
			}
			case 'mix': {
				const { x, weight, firstColumn } = node;
				const [outer = 0, inner = 0] = weight.shape.map(fixedExtent);
				return {
					...{ type: node.type, output, ...extents, outer, inner, firstColumn },
					x: this.compute(x),
					width: fixedExtent(asMatrix(x.shape).columns),
					weight: wholeWeight(weight),
				};
			}
			case 'weight-squares': {
				const [depth = 0, outFeatures = 0] = node.weight.shape.map(fixedExtent);
				return {
					...{ type: node.type, output, ...extents, over: node.over, depth, outFeatures },
					weight: wholeWeight(node.weight),
					change: planChange(node.change),
				};
			}
			case 'linear':
			case 'row-norm':
			case 'conv':
			case 'silu':
			case 'tanh':
			case 'inverse-sqrt':
			case 'add':
			case 'subtract':
			case 'multiply':
				return this.#formula(node, output, extents);
		}
	}

	#attention(node: AttentionNode, output: string, extents: Matrix): PlanStep {
		const { heads, keyValueHeads, headDim, scale } = node;
		if (headDim % 4 !== 0) throw this.#unsupported(`heads of ${headDim} features`);
		return {
			...{ type: node.type, output, ...extents, heads, keyValueHeads, headDim, scale },
			q: this.compute(node.q),
			k: this.compute(node.k),
			v: this.compute(node.v),
			mask: node.mask === undefined ? undefined : this.compute(node.mask),
			keys: asMatrix(node.k.shape).rows,
		};
	}

	#pixels({ x, norm }: PixelsNode, output: string, extents: Matrix): PlanStep {
		const source = this.compute(x);
		const affine = norm === undefined ? undefined : this.#groupNorm(output, x, norm);
		return { type: 'transpose', output, ...extents, x: source, affine };
	}

	/** Plans the statistics of x, for the step that is to write `reader`. */
	#groupNorm(reader: string, x: Tensor, norm: GroupNorm): string {
		const { rows, columns } = asMatrix(x.shape);
		const output = `${reader}.affine`;
		this.steps.push({
			type: 'group-norm',
			output,
			rows,
			columns: extent(2),
			x: this.compute(x),
			channels: fixedExtent(rows),
			pixels: columns,
			groups: norm.groups,
			epsilon: norm.epsilon,
			weight: wholeWeight(norm.weight),
			bias: wholeWeight(norm.bias),
			moments: `${reader}.moments`,
		});
		return output;
	}

	/** A formula, and the kernel of the core whose sum it starts from, if it has one. */
	#formula(root: Core | FormulaNode, output: string, extents: Matrix): PlanStep {
		const cores = this.#cores(root, root).filter(({ shape }) => isAs(asMatrix(shape), extents));
		const chosen = chooseCores(cores);
		const operands: PlanOperand[] = [];
		const expression = this.#expression(root, { root, chosen, operands, extents });
		if (operands.length > MAX_OPERANDS) {
			if (!this.#storeTerms(root)) throw this.#unsupported('a formula of many operands');
			return this.#formula(root, output, extents);
		}
		const result = { output, ...extents, expression, operands };
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
					weights: linears(chosen).map(({ weight }) => wholeWeight(weight)),
					...this.#side(linears(chosen)),
				};
			case 'row-norm': {
				const { statistics, epsilon } = core;
				return { type: 'row-norm', ...result, x: this.compute(core.x), statistics, epsilon };
			}
			case 'conv':
				return this.#conv(core, result);
		}
	}

	/** Has a formula's terms computed first, each by itself. False if they are already, or it has none. */
	#storeTerms(root: GraphNode): boolean {
		const terms = nodeInputs(root).filter(
			(term) => term.type !== 'input' && term.type !== 'part' && !this.#isStored(term, root),
		);
		for (const term of terms) this.#stored.add(term);
		return terms.length > 0 && root.type !== 'linear';
	}

	/** Both layers of a step read the same x, and so the same product with `down`. */
	#side(layers: readonly LinearNode[]): { readonly side?: PlanSide } {
		const lowRanks = layers.map(({ side }) => side?.lowRank);
		const first = lowRanks.find((lowRank) => lowRank !== undefined);
		if (first === undefined) return {};
		return {
			side: {
				down: this.compute(first.down),
				downColumns: fixedExtent(asMatrix(first.down.shape).columns),
				parts: lowRanks.map(
					(lowRank) =>
						lowRank && {
							firstColumn: lowRank.firstColumn,
							rank: lowRank.rank,
							up: wholeWeight(lowRank.up),
						},
				),
			},
		};
	}

	#conv(core: ConvNode, result: FormulaResult): PlanStep {
		const { input, inChannels, kernel } = core;
		const { height, width } = asImage(core.shape);
		const x = this.compute(core.x);
		const affine =
			input.type === 'normalised' ? this.#groupNorm(result.output, core.x, input.norm) : undefined;
		return {
			type: 'conv',
			...result,
			...{ x, affine, inChannels, height, width, kernel },
			upscale: input.type === 'doubled' ? 2 : 1,
			weight: wholeWeight(core.weight),
		};
	}

	/** True if a formula's kernel does not compute this on its way: what is of weights alone is not computed for each row. */
	#isStored(node: GraphNode, root: GraphNode): boolean {
		if (node === root) return false;
		if (this.#published.has(node) || this.#stored.has(node)) return true;
		if (nodeInputs(node).length === 0) return true;
		return (this.#uses.get(node) ?? 0) > 1;
	}

	/** The cores that a formula reaches without a detour through memory. */
	#cores(term: Term, root: GraphNode): readonly Core[] {
		if (!isNode(term) || this.#isStored(term, root)) return [];
		switch (term.type) {
			case 'linear':
			case 'row-norm':
			case 'conv':
				return [term];
			case 'silu':
			case 'tanh':
			case 'inverse-sqrt':
				return this.#cores(term.of, root);
			case 'add':
			case 'subtract':
			case 'multiply':
				return [...this.#cores(term.left, root), ...this.#cores(term.right, root)];
			case 'head-norm-rotary':
			case 'attention':
			case 'pixels':
			case 'image':
			case 'part':
			case 'view':
			case 'mix':
			case 'weight-squares':
				return [];
		}
	}

	/** The formula with sums for the chosen cores and numbered operands for all that is in memory. */
	#expression(term: Term, formula: Formula): Expression {
		const of = (inner: Term): Expression => this.#expression(inner, formula);
		if (term.type === 'constant') return term;
		if (!isNode(term) || this.#isStored(term, formula.root)) {
			return this.#operand(term, formula);
		}
		switch (term.type) {
			case 'linear':
			case 'row-norm':
			case 'conv': {
				const index = formula.chosen.indexOf(term);
				if (index < 0) return this.#operand(term, formula);
				return this.#withParameter(term, { type: 'sum', index: index === 0 ? 0 : 1 }, formula);
			}
			case 'silu':
			case 'tanh':
			case 'inverse-sqrt':
				return { type: term.type, of: of(term.of) };
			case 'add':
			case 'subtract':
			case 'multiply':
				return { type: term.type, left: of(term.left), right: of(term.right) };
			case 'head-norm-rotary':
			case 'attention':
			case 'pixels':
			case 'image':
			case 'part':
			case 'view':
			case 'mix':
			case 'weight-squares':
				return this.#operand(term, formula);
		}
	}

	/** What a core itself applies to its sum: a norm's scale, a layer's or a convolution's bias. */
	#withParameter(core: Core, left: Expression, formula: Formula): Expression {
		switch (core.type) {
			case 'linear': {
				const { outScale, added } = core.side ?? {};
				let sum = left;
				if (outScale !== undefined) {
					sum = {
						type: 'multiply',
						left: sum,
						right: this.#operand(outScale, formula, 'columns'),
					};
				}
				for (const term of [added, core.bias]) {
					if (term === undefined) continue;
					const right = this.#operand(term, formula);
					sum = { type: 'add', left: sum, right };
				}
				return sum;
			}
			case 'row-norm':
				return { type: 'multiply', left, right: this.#operand(core.scale, formula, 'columns') };
			case 'conv':
				return { type: 'add', left, right: this.#operand(core.bias, formula, 'rows') };
		}
	}

	#operand(
		value: Stored,
		{ operands, extents }: Formula,
		layout = this.#layout(value, extents),
	): Expression {
		const operand = this.#place(value, layout);
		const known = operands.findIndex((each) => JSON.stringify(each) === JSON.stringify(operand));
		if (known >= 0) return { type: 'operand', index: known };
		operands.push(operand);
		return { type: 'operand', index: operands.length - 1 };
	}

	/** Where a value of a formula lies: a part of a vector stays where the vector is. */
	#place(value: Stored, layout: PlanOperand['layout']): PlanOperand {
		if (value.type === 'part') {
			const whole = this.#place(value.x, layout);
			return { ...whole, elementOffset: value.index * fixedExtent(extentProduct(value.shape)) };
		}
		const elements = extentProduct(value.shape);
		if (value.type === 'weight') {
			if (layout === 'full') throw this.#unsupported(`the weight ${value.tensor} as a matrix`);
			const tensor = { type: 'weight', tensor: value.tensor } as const;
			if (value.format === 'bf16') throw this.#unsupported(`${value.tensor} of BF16 in a formula`);
			return { tensor, layout, format: value.format, elementOffset: 0, elements };
		}
		const tensor = { type: 'value', name: this.compute(value) } as const;
		return { tensor, layout, format: 'f32', elementOffset: 0, elements };
	}

	#layout({ shape }: Stored, extents: Matrix): PlanOperand['layout'] {
		const { rows, columns } = asMatrix(shape);
		const sameColumns = extentsEqual(columns, extents.columns);
		if (isOne(rows) && sameColumns) return 'columns';
		if (extentsEqual(rows, extents.rows)) {
			if (sameColumns) return 'full';
			if (isOne(columns)) return 'rows';
		}
		throw this.#unsupported('a broadcast that is neither of a row nor of a column');
	}

	#nameOf(node: ComputedNode): string {
		return this.#published.get(node) ?? node.name;
	}

	#unsupported(what: string): UnsupportedGraphError {
		return new UnsupportedGraphError(`${this.#graph.name}: ${what}`);
	}
}

/** What a formula reads from memory. */
type Stored = Exclude<Term, ConstantValue>;

type FormulaNode = BinaryNode | UnaryNode;

interface Formula {
	readonly root: GraphNode;
	/** Whose sums it starts from. */
	readonly chosen: readonly Core[];
	readonly operands: PlanOperand[];
	readonly extents: Matrix;
}

interface FormulaResult extends Matrix {
	readonly output: string;
	readonly expression: Expression;
	readonly operands: readonly PlanOperand[];
}

function isNode(term: Term): term is GraphNode {
	return term.type !== 'input' && term.type !== 'weight' && term.type !== 'constant';
}

function isAs(a: Matrix, b: Matrix): boolean {
	return extentsEqual(a.rows, b.rows) && extentsEqual(a.columns, b.columns);
}

function wholeWeight({ tensor, shape, format }: WeightValue): PlanWeight {
	return { tensor, elements: fixedExtent(extentProduct(shape)), format };
}

function planChange(change: WeightChange): PlanChange {
	if (change.type === 'low-rank') {
		const { type, down, scales, up } = change;
		const [, rank = 0] = down.shape.map(fixedExtent);
		return {
			...{ type, rank },
			down: wholeWeight(down),
			scales: wholeWeight(scales),
			up: wholeWeight(up),
		};
	}
	const { type, outer, inner, firstColumn } = change;
	const [, outerInputs = 0] = outer.shape.map(fixedExtent);
	const [innerInputs = 0, innerOutputs = 0] = inner.shape.map(fixedExtent);
	return {
		...{ type, firstColumn, outerInputs, innerInputs, innerOutputs },
		outer: wholeWeight(outer),
		inner: wholeWeight(inner),
	};
}

function linears(cores: readonly Core[]): readonly LinearNode[] {
	return cores.filter((core) => core.type === 'linear');
}

/** The core whose kernel computes a formula: the last, or two linear layers of the same input. */
function chooseCores(cores: readonly Core[]): readonly Core[] {
	const [first, second] = cores;
	if (cores.length === 2 && first?.type === 'linear' && second?.type === 'linear') {
		if (first.x === second.x && first.weight.format === second.weight.format)
			return [first, second];
	}
	return cores.slice(-1);
}
