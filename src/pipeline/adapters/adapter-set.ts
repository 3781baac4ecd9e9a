import type { AdapterInUse } from '../../adapters/adapter.ts';
import { type Block, blockKey } from '../../families/parts/block.ts';
import type { Graph } from '../../graph/graph.ts';
import { adaptBlock, type BlockSide } from './adapt-block.ts';
import type { AdapterReaders } from './factor-values.ts';
import type { AdapterStrengths } from './side-builder.ts';

/** Adapters together, whatever their strengths: what they bring beside each block is worked out and read once. */
export class AdapterSet {
	/** Equal for the same adapters. */
	readonly identity: string;
	readonly #uses: readonly AdapterInUse[];
	readonly #sides = new Map<string, BlockSide | undefined>();
	/** Official names, by block. */
	readonly #tensors = new Map<string, readonly string[]>();
	/** One graph for all blocks that are adapted alike. */
	readonly #graphs = new Map<string, Graph>();

	/** @param uses of adapters that are used, each once, in the order of their hashes */
	constructor(uses: readonly AdapterInUse[]) {
		this.#uses = uses;
		this.identity = identityOf(uses);
	}

	/** Undefined for a block that none of them changes. @param graph of the block without adapters */
	sideOf(block: Block, graph: Graph): BlockSide | undefined {
		const key = blockKey(block);
		if (this.#sides.has(key)) return this.#sides.get(key);
		this.#tensors.set(
			key,
			block.tensors.map(({ sourceName }) => sourceName),
		);
		const side = adaptBlock(graph, block, this.#uses);
		const shared = side && { ...side, graph: this.#shared(block, side) };
		this.#sides.set(key, shared);
		return shared;
	}

	/** Hashes of those that change any of the blocks that were asked for. @param blocks keys */
	hashesIn(blocks: ReadonlySet<string>): readonly string[] {
		return this.#uses
			.filter(({ adapter }) =>
				[...this.#tensors].some(
					([block, tensors]) =>
						blocks.has(block) && tensors.some((tensor) => adapter.changes.has(tensor)),
				),
			)
			.map(({ hash }) => hash);
	}

	#shared({ component, kind }: Block, { key, graph }: BlockSide): Graph {
		const name = `${component}/${kind} ${key}`;
		const known = this.#graphs.get(name) ?? graph;
		this.#graphs.set(name, known);
		return known;
	}
}

/** What one picture draws with. */
export interface PictureAdapters {
	readonly set: AdapterSet;
	readonly strengths: AdapterStrengths;
	readonly readers: AdapterReaders;
}

/**
 * Adapters in the order of their hashes, so that no order of theirs makes a difference; one that is there
 * several times once, with the sum of its strengths.
 *
 * @param known reused if it is of the same adapters
 * @returns undefined where nothing is changed
 */
export function pictureAdapters(
	uses: readonly AdapterInUse[],
	known?: AdapterSet,
): PictureAdapters | undefined {
	const strengths = new Map<string, number>();
	for (const { hash, strength } of uses) {
		strengths.set(hash, (strengths.get(hash) ?? 0) + strength);
	}
	const distinct = new Map(uses.map((use) => [use.hash, use]));
	const used = [...distinct.values()]
		.filter(({ hash }) => strengths.get(hash) !== 0)
		.sort((one, other) => (one.hash < other.hash ? -1 : 1));
	if (used.length === 0) return undefined;
	const set = known?.identity === identityOf(used) ? known : new AdapterSet(used);
	return { set, strengths, readers: new Map(used.map(({ hash, reader }) => [hash, reader])) };
}

/** Adapters that change any of these blocks, with their strengths. @param blocks keys */
export function strengthsIn(
	blocks: ReadonlySet<string>,
	{ set, strengths }: PictureAdapters,
): string {
	return set
		.hashesIn(blocks)
		.map((hash) => `${hash}:${strengths.get(hash)}`)
		.join();
}

function identityOf(uses: readonly AdapterInUse[]): string {
	return uses.map(({ hash }) => hash).join();
}
