import type { AdapterInUse, TensorChange } from '../../adapters/adapter.ts';
import type { Block } from '../../families/parts/block.ts';
import { type LowRankTerm, lowRankTerm } from './low-rank-term.ts';

/** What one adapter changes of one tensor. */
export interface UsedChange {
	readonly use: AdapterInUse;
	readonly change: TensorChange;
	/** Unique within the block, and alike in blocks that are changed alike. */
	readonly name: string;
}

/** What adapters change of a block, by the block's own names of tensors. */
export class LayerChanges {
	readonly #changes = new Map<string, readonly UsedChange[]>();
	/** The block's own names, by official ones. */
	readonly #names: ReadonlyMap<string, string>;

	constructor(block: Block, uses: readonly AdapterInUse[]) {
		this.#names = new Map(block.tensors.map(({ name, sourceName }) => [sourceName, name]));
		for (const { name, sourceName } of block.tensors) {
			const changes = uses.flatMap((use) =>
				(use.adapter.changes.get(sourceName) ?? []).map((change) => ({ use, change })),
			);
			if (changes.length === 0) continue;
			this.#changes.set(
				name,
				changes.map((each, index) => ({ ...each, name: `${name} ${index}` })),
			);
		}
	}

	get isEmpty(): boolean {
		return this.#changes.size === 0;
	}

	of(tensor: string): readonly UsedChange[] {
		return this.#changes.get(tensor) ?? [];
	}

	/** The same module's changes of all its tensors. @returns the block's names of them too */
	ofModule({ use, change }: UsedChange): readonly (UsedChange & { readonly tensor: string })[] {
		return change.module.targets.flatMap(({ tensor: sourceName }) => {
			const tensor = this.#names.get(sourceName);
			if (tensor === undefined) return [];
			const found = this.of(tensor).find(
				(each) => each.use === use && each.change.module === change.module,
			);
			return found === undefined ? [] : [{ ...found, tensor }];
		});
	}

	/** Products of low rank that can go on in the layer's own sums: these must not be scaled after. */
	sharedTerms(tensor: string): readonly LowRankTerm[] {
		if (this.isScaled(tensor)) return [];
		return this.of(tensor).flatMap(({ use, change }) => {
			if (change.module.magnitude !== undefined) return [];
			return lowRankTerm(use, change) ?? [];
		});
	}

	/** Whether magnitudes scale what the layer's weight gives. */
	isScaled(tensor: string): boolean {
		return this.of(tensor).some(({ change }) => change.module.magnitude?.per === 'output');
	}
}
