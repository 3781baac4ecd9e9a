import type { AdapterInUse } from '../../adapters/adapter.ts';
import type { Block } from '../../families/parts/block.ts';
import { fixedExtent } from '../../graph/extent.ts';
import {
	asMatrix,
	type ComputedNode,
	type Graph,
	type LinearNode,
	type LinearSide,
	type LowRank,
	type Tensor,
	type WeightValue,
} from '../../graph/graph.ts';
import type { GraphBuilder } from '../../graph/graph-builder.ts';
import { rewriteGraph } from '../../graph/rewrite-graph.ts';
import { commonFormat, readAs, readerOf, rowsOf } from './factor-values.ts';
import { LayerChanges, type UsedChange } from './layer-changes.ts';
import type { LowRankTerm } from './low-rank-term.ts';
import { SideBuilder, type SideTensors } from './side-builder.ts';
import { RANK_MULTIPLE, strengthOf, weightChange, weightDelta } from './weight-delta.ts';

/** A block with adapters: the graph that computes it, and what that reads beside the block's shard. */
export interface BlockSide extends SideTensors {
	readonly graph: Graph;
}

/** Undefined for a block that no adapter changes. Source: docs/spec/adapters.md, section 4 */
export function adaptBlock(
	graph: Graph,
	block: Block,
	uses: readonly AdapterInUse[],
): BlockSide | undefined {
	const changes = new LayerChanges(block, uses);
	if (changes.isEmpty) return undefined;
	const adapting = new Adapting(graph, changes);
	const adapted = rewriteGraph(graph, {
		vector: (weight, g) => adapting.vector(weight, g),
		linear: (node, g) => adapting.linear(node, g),
	});
	return { ...adapting.tensors(), graph: adapted };
}

/** Layers that read the same x, and so share one product with all their A. */
interface LowRankGroup {
	readonly layers: readonly LowRankLayer[];
	/** Made at the first of them. */
	down: Tensor | undefined;
}

interface LowRankLayer {
	readonly tensor: string;
	readonly terms: readonly LowRankTerm[];
	readonly firstColumn: number;
	/** Padded. */
	readonly rank: number;
}

class Adapting {
	readonly #changes: LayerChanges;
	readonly #groups: ReadonlyMap<string, LowRankGroup>;
	readonly #weights: ReadonlyMap<string, WeightValue>;
	readonly #side = new SideBuilder();
	/** By module: m / ‖W + D‖ of its inputs. */
	readonly #inputRatios = new Map<string, ComputedNode>();

	constructor(graph: Graph, changes: LayerChanges) {
		const linears = graph.nodes.filter((node) => node.type === 'linear');
		this.#changes = changes;
		this.#groups = lowRankGroups(linears, changes);
		this.#weights = new Map(linears.map(({ weight }) => [weight.tensor, weight]));
	}

	tensors(): SideTensors {
		return this.#side.build();
	}

	/** w + Σ strength · difference */
	vector(weight: WeightValue, g: GraphBuilder): ComputedNode | WeightValue {
		let sum: ComputedNode | WeightValue = weight;
		for (const { use, change, name } of this.#changes.of(weight.tensor)) {
			const { change: kind } = change.module;
			if (kind.kind !== 'difference') continue;
			const shape = weight.shape.map(fixedExtent);
			const difference = this.#side.factor(name, shape, 'f32', async (target, readers) => {
				target.set(await readAs('f32', readerOf(readers, use.hash), kind.values));
			});
			const strength = strengthOf(`${name} strength`, use, 1, this.#side);
			sum = g.add(sum, g.multiply(difference, strength));
		}
		return sum;
	}

	linear(node: LinearNode, g: GraphBuilder): LinearNode {
		const { tensor } = node.weight;
		const lowRank = this.#lowRank(node, g);
		const added: ComputedNode[] = [];
		let outScale: ComputedNode | undefined;
		let inScale: ComputedNode | undefined;
		for (const used of this.#changes.of(tensor)) {
			const { magnitude } = used.change.module;
			if (magnitude === undefined) {
				if (!isShared(used, lowRank)) added.push(weightDelta(node.x, used, this.#side, g));
			} else if (magnitude.per === 'output') {
				const ratio = this.#outputRatio(node.weight, used, g);
				outScale = this.#scaled(outScale, ratio, used, g);
				added.push(g.multiply(weightDelta(node.x, used, this.#side, g), ratio));
			} else {
				const ratio = this.#inputRatio(used, g);
				inScale = this.#scaled(inScale, ratio, used, g);
				added.push(weightDelta(g.multiply(node.x, ratio), used, this.#side, g));
			}
		}
		let { x } = node;
		if (inScale !== undefined && outScale === undefined) x = g.multiply(x, inScale);
		else if (inScale !== undefined) {
			// W would have to be scaled both ways at once: what the inputs' scales add is a product of its own.
			added.push(g.product(g.multiply(x, g.subtract(inScale, 1)), node.weight));
		}
		const side: LinearSide = {
			...(outScale === undefined ? {} : { outScale }),
			...(lowRank === undefined ? {} : { lowRank }),
			...(added.length === 0 ? {} : { added: added.reduce((sum, term) => g.add(sum, term)) }),
		};
		return Object.keys(side).length === 0 ? node : { ...node, x, side };
	}

	/** `before`, or 1, + strength · (ratio - 1) */
	#scaled(
		before: ComputedNode | undefined,
		ratio: ComputedNode,
		{ use, name }: UsedChange,
		g: GraphBuilder,
	): ComputedNode {
		const strength = strengthOf(`${name} strength`, use, 1, this.#side);
		return g.add(before ?? 1, g.multiply(g.subtract(ratio, 1), strength));
	}

	/** m / ‖W + D‖ of each output: [1, out] */
	#outputRatio(weight: WeightValue, used: UsedChange, g: GraphBuilder): ComputedNode {
		const { firstRow, rows } = used.change;
		const squares = g.weightSquares(weight, weightChange(used, this.#side), 'inputs');
		return g.multiply(this.#magnitude(used, firstRow, rows), g.inverseSqrt(squares));
	}

	/** m / ‖W + D‖ of each input, over all outputs of a module: [1, in] */
	#inputRatio(used: UsedChange, g: GraphBuilder): ComputedNode {
		const { use, change } = used;
		const key = `${use.hash} ${change.module.name}`;
		const known = this.#inputRatios.get(key);
		if (known !== undefined) return known;
		const all = this.#changes.ofModule(used);
		const squares = all.flatMap((each) => {
			const weight = this.#weights.get(each.tensor);
			if (weight === undefined) return [];
			return [g.weightSquares(weight, weightChange(each, this.#side), 'outputs')];
		});
		const sum = squares.reduce((total, each) => g.add(total, each));
		const magnitude = this.#magnitude(all[0] ?? used, 0, change.module.columns);
		const ratio = g.multiply(magnitude, g.inverseSqrt(sum));
		this.#inputRatios.set(key, ratio);
		return ratio;
	}

	#magnitude({ use, change, name }: UsedChange, first: number, count: number): WeightValue {
		const { magnitude } = change.module;
		if (magnitude === undefined) throw new RangeError(`${name} has no magnitude`);
		const { per, values } = magnitude;
		return this.#side.factor(
			`${name} magnitude per ${per}`,
			[1, count],
			'f32',
			async (target, readers) => {
				const own = rowsOf(values, first, count);
				target.set(await readAs('f32', readerOf(readers, use.hash), own));
			},
		);
	}

	#lowRank(node: LinearNode, g: GraphBuilder): LowRank | undefined {
		const { tensor } = node.weight;
		const group = this.#groups.get(tensor);
		const layer = group?.layers.find((each) => each.tensor === tensor);
		if (group === undefined || layer === undefined) return undefined;
		const format = formatOfGroup(group);
		const outFeatures = fixedExtent(asMatrix(node.shape).columns);
		const { terms, firstColumn, rank } = layer;
		const up = this.#side.factor(
			`${tensor} up`,
			[rank, outFeatures],
			format,
			async (target, readers) => {
				for (const { term, column } of inRow(terms)) {
					const end = column + term.rank;
					const rows = target.subarray(column * outFeatures, end * outFeatures);
					await term.placeUp(rows, format, readers);
				}
			},
		);
		group.down ??= this.#down(node, group, g);
		return { down: group.down, firstColumn, rank, up };
	}

	/** (x · A) ⊙ gains, of all layers of a group. */
	#down(node: LinearNode, group: LowRankGroup, g: GraphBuilder): Tensor {
		const { layers } = group;
		const format = formatOfGroup(group);
		const width = Math.max(...layers.map(({ firstColumn, rank }) => firstColumn + rank));
		// Layers in the same place are those of fused modules: what one puts there the others would again.
		const distinct = [...new Map(layers.map((each) => [each.firstColumn, each])).values()];
		const places = distinct.flatMap(({ terms, firstColumn }) =>
			inRow(terms).map(({ term, column }) => ({ term, firstColumn: firstColumn + column })),
		);
		const name = node.weight.tensor;
		const down = this.#side.factor(
			`${name} down`,
			[node.depth, width],
			format,
			async (target, readers) => {
				for (const { term, firstColumn } of places) {
					await term.placeDown(target, { format, width, firstColumn }, readers);
				}
			},
		);
		const gains = this.#side.gain(`${name} gains`, [width], (target, strengths) => {
			for (const { term, firstColumn } of places) {
				const gain = term.scale * (strengths.get(term.hash) ?? 0);
				target.fill(gain, firstColumn, firstColumn + term.rank);
			}
		});
		return g.multiply(g.product(node.x, down), gains);
	}
}

/** Whether a change without a magnitude is in the product that a layer shares with others. */
function isShared({ change }: UsedChange, lowRank: LowRank | undefined): boolean {
	const { kind } = change.module.change;
	return lowRank !== undefined && (kind === 'low-rank' || kind === 'hadamard');
}

function lowRankGroups(
	linears: readonly LinearNode[],
	changes: LayerChanges,
): ReadonlyMap<string, LowRankGroup> {
	const layers = linears.flatMap(({ x, weight: { tensor } }) => {
		const terms = changes.sharedTerms(tensor);
		return terms.length === 0 ? [] : [{ x, tensor, terms }];
	});
	const inputs = [...new Set(layers.map(({ x }) => x))];
	return new Map(
		inputs.flatMap((input) => {
			const together = layers.filter(({ x }) => x === input);
			const group: LowRankGroup = { layers: placed(together), down: undefined };
			return together.map(({ tensor }) => [tensor, group] as const);
		}),
	);
}

function formatOfGroup({ layers }: LowRankGroup): LowRankTerm['format'] {
	return commonFormat(layers.flatMap(({ terms }) => terms.map(({ format }) => format)));
}

/**
 * Where the layers of a group find their columns: one after another, or all in the same place where they
 * have the same A, as q, k and v of fused modules do.
 */
function placed(
	layers: readonly Pick<LowRankLayer, 'tensor' | 'terms'>[],
): readonly LowRankLayer[] {
	const sources = layers.map(({ terms }) => terms.map(({ source }) => source).join());
	const isShared = sources.every((source) => source === sources[0]);
	let next = 0;
	return layers.map(({ tensor, terms }) => {
		const ranks = terms.reduce((sum, { rank }) => sum + rank, 0);
		const rank = Math.ceil(ranks / RANK_MULTIPLE) * RANK_MULTIPLE;
		const firstColumn = isShared ? 0 : next;
		next += rank;
		return { tensor, terms, firstColumn, rank };
	});
}

/** Terms with the columns that they begin at. */
function inRow(
	terms: readonly LowRankTerm[],
): readonly { readonly term: LowRankTerm; readonly column: number }[] {
	let next = 0;
	return terms.map((term) => {
		const column = next;
		next += term.rank;
		return { term, column };
	});
}
