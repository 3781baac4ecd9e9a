import type { ShardRecord } from '../../store/model-manifest.ts';
import type { PlannedShard, PlannedTensor } from '../checkpoint/component-plan.ts';
import type { ConversionJournal, FileProgress } from './conversion-journal.ts';
import type { StoredTensor } from './convert-transposed.ts';

/** The journal's changing half: which tensors and shards are stored, how far files are read. */
export class ConversionProgress {
	readonly #files: Map<string, FileProgress>;
	readonly #shards: Map<string, ShardRecord>;
	readonly #open: Map<string, Map<string, number>>;
	readonly #subnormals: Map<string, number>;

	constructor(journal: ConversionJournal = { files: {}, shards: {}, open: {}, subnormals: {} }) {
		this.#files = new Map(Object.entries(journal.files));
		this.#shards = new Map(Object.entries(journal.shards));
		this.#open = new Map(
			Object.entries(journal.open).map(([shard, sums]) => [shard, new Map(Object.entries(sums))]),
		);
		this.#subnormals = new Map(Object.entries(journal.subnormals));
	}

	/** Values so far that FP16 holds with fewer than 11 bits. */
	get subnormals(): number {
		return [...this.#subnormals.values()].reduce((sum, count) => sum + count, 0);
	}

	get shards(): ReadonlyMap<string, ShardRecord> {
		return this.#shards;
	}

	file(name: string): FileProgress | undefined {
		return this.#files.get(name);
	}

	setFile(name: string, progress: FileProgress): void {
		this.#files.set(name, progress);
	}

	/** True if the tensor's bytes are in the store. */
	has({ shard, record }: PlannedTensor): boolean {
		return this.#shards.has(shard.name) || this.#open.get(shard.name)?.has(record.name) === true;
	}

	/** True if a later session finds something of the shard to go on with. */
	isOpen(shard: PlannedShard): boolean {
		return this.#open.has(shard.name);
	}

	/** Sums of the tensors of an open shard that are stored. */
	sums(shard: PlannedShard): ReadonlyMap<string, number> {
		return this.#open.get(shard.name) ?? new Map<string, number>();
	}

	addTensor({ shard, record }: PlannedTensor, { sum, subnormals }: StoredTensor): void {
		const sums = this.#open.get(shard.name) ?? new Map<string, number>();
		this.#open.set(shard.name, sums.set(record.name, sum));
		this.#subnormals.set(shard.name, (this.#subnormals.get(shard.name) ?? 0) + subnormals);
	}

	/** True if all its tensors are stored and it has not been closed. */
	isComplete(shard: PlannedShard): boolean {
		return this.sums(shard).size === shard.tensors.length;
	}

	closeShard(record: ShardRecord): void {
		this.#open.delete(record.name);
		this.#shards.set(record.name, record);
	}

	/** The shard is to be made again. */
	forgetShard(name: string): void {
		this.#open.delete(name);
		this.#shards.delete(name);
		this.#subnormals.delete(name);
	}

	/** The file is to be read again from its start; what came from it stays unless it is forgotten too. */
	forgetFile(name: string): void {
		this.#files.delete(name);
	}

	journal(): ConversionJournal {
		return {
			files: Object.fromEntries(this.#files),
			shards: Object.fromEntries(this.#shards),
			open: Object.fromEntries(
				[...this.#open].map(([shard, sums]) => [shard, Object.fromEntries(sums)]),
			),
			subnormals: Object.fromEntries(this.#subnormals),
		};
	}
}
