import type { AdapterInUse, TensorChange } from '../../adapters/adapter.ts';
import type { Block } from '../../families/parts/block.ts';
import { fixedExtent } from '../../graph/extent.ts';
import {
	asMatrix,
	type ComputedNode,
	type Graph,
	type LinearNode,
	type LowRank,
	type Tensor,
	type WeightValue,
} from '../../graph/graph.ts';
import type { GraphBuilder } from '../../graph/graph-builder.ts';
import { rewriteGraph } from '../../graph/rewrite-graph.ts';
import { commonFormat, formatOf, placeTurned, readAs, readerOf, rowsOf } from './factor-values.ts';
import { type LowRankTerm, lowRankTerm } from './low-rank-term.ts';
import { SideBuilder, type SideTensors } from './side-builder.ts';

/** A block with adapters: the graph that computes it, and what that reads beside the block's shard. */
export interface BlockSide extends SideTensors {
	readonly graph: Graph;
}

interface UsedChange {
	readonly use: AdapterInUse;
	readonly change: TensorChange;
}

/** Undefined for a block that no adapter changes. */
export function adaptBlock(
	graph: Graph,
	block: Block,
	uses: readonly AdapterInUse[],
): BlockSide | undefined {
	refuseKinds(uses);
	const changes = new Map<string, readonly UsedChange[]>();
	for (const { name, sourceName } of block.tensors) {
		const used = uses.flatMap((use) =>
			(use.adapter.changes.get(sourceName) ?? []).map((change) => ({ use, change })),
		);
		if (used.length > 0) changes.set(name, used);
	}
	if (changes.size === 0) return undefined;
	const adapting = new Adapting(changes);
	const lowRanks = adapting.lowRankGroups(graph);
	const adapted = rewriteGraph(graph, `${graph.name} adapted`, {
		vector: (weight, g) => adapting.vector(weight, g),
		linear: (node, g) => adapting.linear(node, lowRanks.get(node.weight.tensor), g),
	});
	return { ...adapting.tensors(), graph: adapted };
}

/** @throws RangeError for kinds that are read, but not applied yet: none may be left out silently */
function refuseKinds(uses: readonly AdapterInUse[]): void {
	for (const { change, magnitude } of uses.flatMap(({ adapter }) => adapter.modules)) {
		if (change.kind === 'kronecker' || magnitude !== undefined) {
			throw new RangeError(`Adapters with a ${change.kind} change and a magnitude are not applied`);
		}
	}
}

/** Ranks are padded with zeros to whole vectors of weights. */
const RANK_MULTIPLE = 8;

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
	readonly #changes: ReadonlyMap<string, readonly UsedChange[]>;
	readonly #side = new SideBuilder();

	constructor(changes: ReadonlyMap<string, readonly UsedChange[]>) {
		this.#changes = changes;
	}

	tensors(): SideTensors {
		return this.#side.build();
	}

	/** By weight. */
	lowRankGroups(graph: Graph): ReadonlyMap<string, LowRankGroup> {
		const readers = new Map<Tensor, { tensor: string; terms: readonly LowRankTerm[] }[]>();
		for (const node of graph.nodes) {
			if (node.type !== 'linear') continue;
			const { tensor } = node.weight;
			const terms = this.#changesOf(tensor).flatMap(
				({ use, change }) => lowRankTerm(use, change) ?? [],
			);
			if (terms.length > 0) {
				readers.set(node.x, [...(readers.get(node.x) ?? []), { tensor, terms }]);
			}
		}
		return new Map(
			[...readers.values()].flatMap((layers) => {
				const group: LowRankGroup = { layers: placed(layers), down: undefined };
				return layers.map(({ tensor }) => [tensor, group] as const);
			}),
		);
	}

	/** w + Σ strength · difference */
	vector(weight: WeightValue, g: GraphBuilder): ComputedNode | WeightValue {
		let sum: ComputedNode | WeightValue = weight;
		for (const [index, { use, change }] of this.#changesOf(weight.tensor).entries()) {
			const { change: values } = change.module;
			if (values.kind !== 'difference') continue;
			const name = `${weight.tensor} difference ${index}`;
			const shape = weight.shape.map(fixedExtent);
			const difference = this.#side.factor(name, shape, 'f32', async (target, readers) => {
				target.set(await readAs('f32', readerOf(readers, use.hash), values.values));
			});
			sum = g.add(sum, g.multiply(difference, this.#strength(`${name} strength`, use, [1])));
		}
		return sum;
	}

	linear(node: LinearNode, group: LowRankGroup | undefined, g: GraphBuilder): LinearNode {
		const added = this.#changesOf(node.weight.tensor).flatMap(({ use, change }, index) => {
			const name = `${node.weight.tensor} ${index}`;
			return this.#added(name, node, use, change, g) ?? [];
		});
		const lowRank = group === undefined ? undefined : this.#lowRank(node, group, g);
		if (lowRank === undefined && added.length === 0) return node;
		const side = {
			...(lowRank === undefined ? {} : { lowRank }),
			...(added.length === 0 ? {} : { added: added.reduce((sum, term) => g.add(sum, term)) }),
		};
		return { ...node, side };
	}

	#lowRank(node: LinearNode, group: LowRankGroup, g: GraphBuilder): LowRank | undefined {
		const layer = group.layers.find(({ tensor }) => tensor === node.weight.tensor);
		if (layer === undefined) return undefined;
		const format = commonFormat(
			group.layers.flatMap(({ terms }) => terms.map((term) => term.format)),
		);
		const { columns } = asMatrix(node.shape);
		const outFeatures = fixedExtent(columns);
		const { terms, firstColumn, rank } = layer;
		const up = this.#side.factor(
			`${layer.tensor} up`,
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
	#down(node: LinearNode, { layers }: LowRankGroup, g: GraphBuilder): Tensor {
		const format = commonFormat(layers.flatMap(({ terms }) => terms.map((term) => term.format)));
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

	/** What a change that is no product of low rank adds to its layer. */
	#added(
		name: string,
		{ x, depth, shape }: LinearNode,
		use: AdapterInUse,
		{ module, firstRow, rows }: TensorChange,
		g: GraphBuilder,
	): ComputedNode | undefined {
		const { change } = module;
		const outFeatures = fixedExtent(asMatrix(shape).columns);
		switch (change.kind) {
			case 'difference': {
				const format = formatOf(change.values);
				const matrix = this.#side.factor(
					`${name} difference`,
					[depth, outFeatures],
					format,
					async (target, readers) => {
						const own = rowsOf(change.values, firstRow, rows);
						const values = await readAs(format, readerOf(readers, use.hash), own);
						placeTurned(values, [rows, depth], target, rows, 0);
					},
				);
				const strength = this.#strength(`${name} strength`, use, [outFeatures]);
				return g.multiply(g.product(x, matrix), strength);
			}
			case 'low-rank':
			case 'hadamard':
			case 'kronecker':
				return undefined;
		}
	}

	#strength(name: string, { hash }: AdapterInUse, shape: readonly number[]): WeightValue {
		return this.#side.gain(name, shape, (target, strengths) => {
			target.fill(strengths.get(hash) ?? 0);
		});
	}

	#changesOf(tensor: string): readonly UsedChange[] {
		return this.#changes.get(tensor) ?? [];
	}
}

/**
 * Where the layers of a group find their columns: one after another, or all in the same place where they
 * have the same A, as q, k and v of fused modules do.
 */
function placed(
	layers: readonly { readonly tensor: string; readonly terms: readonly LowRankTerm[] }[],
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
