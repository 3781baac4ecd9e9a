import type { ShardRecord } from '../../store/model-manifest.ts';
import { ShardCorruptError } from '../../store/errors.ts';
import type { InstallStore, ShardWriter } from '../../store/shard-store.ts';
import type { ComponentPlan, PlannedShard, PlannedTensor } from '../checkpoint/component-plan.ts';
import type { ConversionProgress } from './conversion-progress.ts';
import { CheckpointError, IntegrityError, SourceChangedError } from '../errors.ts';
import type { StartHasher, StreamHasher } from '../hash/stream-hasher.ts';
import type { StreamSource } from '../stream-source.ts';
import type { WeightFile } from '../weight-file.ts';
import { ConversionMemory, TensorConverter } from './tensor-converter.ts';
import { readBack, type ReadStored } from '../hash/verify-stored.ts';

/** Source bytes between two points to resume from, where no shard ends before. */
const CHECKPOINT_BYTES = 256 * 2 ** 20;

export interface ConversionOptions {
	readonly modelId: string;
	readonly store: InstallStore;
	/** Changed in place. */
	readonly progress: ConversionProgress;
	/** Keeps the progress: called when everything that it says is in the store. */
	readonly save: () => Promise<void>;
	readonly startHasher: StartHasher;
	/** Beside this thread, where that is faster. */
	readonly readStored?: ReadStored;
	readonly checkpointBytes?: number;
	/** Bytes of the source that are done with. */
	readonly onBytes?: (file: StreamSource, byteLength: number) => void;
	readonly onShard?: (record: ShardRecord) => void;
	readonly signal?: AbortSignal;
}

/**
 * Turns a component's files into shards in one pass over each file, front to back.
 *
 * A tensor is converted while its bytes arrive and goes to its shard's writer; a shard is closed when its
 * last tensor is there, whatever the order in the file. Memory: the largest matrix that is turned (at most
 * 128 MiB in FP16), some pieces in flight, and nothing that grows with the file. Shards that are not whole
 * lie in the store, where the next session finds them: it goes on at the last checkpoint, which is after
 * every shard and every 256 MB, at the end of a tensor. So at most the tensors since then are read again.
 */
export class SequentialConversion {
	readonly #plan: ComponentPlan;
	readonly #files: readonly WeightFile[];
	readonly #options: ConversionOptions;
	readonly #memory = new ConversionMemory();
	readonly #writers = new Map<string, ShardWriter>();
	/** The last whole shard is read back and hashed while the next one is converted. */
	#closing: Promise<void> = Promise.resolve();

	/** @param files in the order of the plan's files */
	constructor(plan: ComponentPlan, files: readonly WeightFile[], options: ConversionOptions) {
		this.#plan = plan;
		this.#files = files;
		this.#options = options;
	}

	/**
	 * After any error what is stored waits for the next session, but for shards of a file that turned out
	 * to be another one than published: they are removed.
	 *
	 * @throws CheckpointError, DownloadError, SourceChangedError, IntegrityError, StorageFullError, AbortError
	 */
	async run(): Promise<readonly ShardRecord[]> {
		try {
			// Whole already, but the last session ended before they were read back.
			for (const shard of this.#plan.shards) {
				if (this.#options.progress.isComplete(shard)) await this.#closeShard(shard);
			}
			for (const [index, file] of this.#files.entries()) {
				await this.#convertFile(file, this.#plan.files[index] ?? []);
			}
		} finally {
			await this.#parkWriters();
		}
		const { shards } = this.#options.progress;
		return this.#plan.shards.map(({ name }) => {
			const record = shards.get(name);
			if (record === undefined) throw new RangeError(`No tensor of ${name} came`);
			return record;
		});
	}

	/**
	 * Makes shards again that were lost, and reads nothing but their tensors. They must come out as they were.
	 *
	 * @param records of the shards to make
	 * @throws IntegrityError if the files are no longer those that the shards came from, and as `run`
	 */
	async repair(records: readonly ShardRecord[]): Promise<void> {
		const names = new Set(records.map(({ name }) => name));
		for (const name of names) this.#options.progress.forgetShard(name);
		try {
			for (const [index, { source }] of this.#files.entries()) {
				for (const run of this.#repairRuns(index, names)) {
					await this.#readFile(source, run[0]?.byteOffset ?? 0, run, undefined);
				}
				await this.#closing;
			}
		} finally {
			await this.#parkWriters();
		}
		for (const { name, sha256 } of records) {
			const made = this.#options.progress.shards.get(name);
			if (made?.sha256 !== sha256) {
				this.#options.progress.forgetShard(name);
				throw new IntegrityError(name);
			}
		}
	}

	/** Bytes of the source that `repair` reads for these shards. */
	repairBytes(records: readonly ShardRecord[]): number {
		const names = new Set(records.map(({ name }) => name));
		return this.#files
			.flatMap((_, index) => this.#repairRuns(index, names))
			.reduce((sum, run) => sum + endOf(run) - (run[0]?.byteOffset ?? 0), 0);
	}

	/** The tensors of these shards in a file, in runs that are read in one go. */
	#repairRuns(file: number, names: ReadonlySet<string>): readonly (readonly PlannedTensor[])[] {
		return closeRuns((this.#plan.files[file] ?? []).filter(({ shard }) => names.has(shard.name)));
	}

	async #convertFile(file: WeightFile, tensors: readonly PlannedTensor[]): Promise<void> {
		const { source } = file;
		const { progress } = this.#options;
		const begun = progress.file(source.name);
		const missing = tensors.find((tensor) => !progress.has(tensor));
		// A checkpoint is behind every tensor it counts on: one that is missing there means that its shard was
		// lost. The hash needs all bytes, so the whole file is read again; only what is missing is converted.
		const lost = missing !== undefined && missing.byteOffset < (begun?.byteOffset ?? 0);
		if (begun?.sha256 !== undefined && missing === undefined) return;
		const from =
			begun === undefined || lost || begun.hashState === undefined ? 0 : begun.byteOffset;
		const hasher = await this.#options.startHasher(from === 0 ? undefined : begun?.hashState);
		try {
			await this.#readFile(source, from, tensors, hasher);
			await this.#closing;
			const sha256 = await hasher.digest();
			if (file.sha256 !== undefined && sha256 !== file.sha256) {
				await this.#forget(source, tensors);
				throw new IntegrityError(source.name);
			}
			const { identity, byteLength } = source;
			progress.setFile(source.name, { identity, byteOffset: byteLength, sha256 });
			await this.#save();
		} catch (error) {
			hasher.dispose();
			// Of a file whose hash is known, going on may be what fails: a server that sends another part than was
			// asked for would do so each time, and the hash at the end would never be reached.
			if (error instanceof CheckpointError && from > 0 && file.sha256 !== undefined) {
				await this.#forget(source, tensors);
				throw new IntegrityError(source.name);
			}
			throw error;
		}
	}

	async #readFile(
		source: StreamSource,
		from: number,
		tensors: readonly PlannedTensor[],
		hasher: StreamHasher | undefined,
	): Promise<void> {
		const { checkpointBytes = CHECKPOINT_BYTES, progress, signal } = this.#options;
		const waiting = tensors.filter(({ byteOffset, byteLength }) => byteOffset + byteLength > from);
		let next = 0;
		let converter: TensorConverter | undefined;
		let position = from;
		let saved = from;
		for await (const received of source.open(from, signal)) {
			let piece = received;
			let taken = 0;
			const before = position;
			while (taken < piece.byteLength || emptyAt(waiting[next], position)) {
				signal?.throwIfAborted();
				const tensor = waiting[next];
				// Only a hash needs what lies behind the last tensor.
				if (tensor === undefined && hasher === undefined) break;
				const rest = piece.byteLength - taken;
				if (tensor === undefined || tensor.byteOffset > position) {
					const gap = tensor === undefined ? rest : tensor.byteOffset - position;
					const skipped = Math.min(rest, gap);
					taken += skipped;
					position += skipped;
					continue;
				}
				const end = tensor.byteOffset + tensor.byteLength;
				const share = piece.subarray(taken, taken + Math.min(rest, end - position));
				if (!progress.has(tensor)) {
					converter ??= new TensorConverter(tensor, await this.#writer(tensor.shard), this.#memory);
					await converter.push(share);
				}
				taken += share.byteLength;
				position += share.byteLength;
				if (position < end) continue;
				next++;
				let closed = false;
				if (converter !== undefined) {
					progress.addTensor(tensor, await converter.finish());
					converter = undefined;
					if (progress.isComplete(tensor.shard)) {
						await this.#closing;
						this.#closing = this.#closeShard(tensor.shard);
						// Its failure rejects the next await; until then it must not count as unhandled.
						this.#closing.catch(() => undefined);
						closed = true;
					}
				}
				if (hasher === undefined || (!closed && position - saved < checkpointBytes)) continue;
				// The hash must stand exactly where the next session will begin.
				if (taken > 0) await hasher.update(piece.slice(0, taken));
				piece = piece.subarray(taken);
				taken = 0;
				await this.#checkpoint(source, position, hasher);
				saved = position;
			}
			this.#options.onBytes?.(source, position - before);
			if (hasher === undefined && next === waiting.length) return;
			if (piece.byteLength > 0) await hasher?.update(piece);
		}
		if (position < source.byteLength) {
			throw new SourceChangedError(source.name, `it ends at byte ${position}`);
		}
	}

	async #checkpoint(source: StreamSource, byteOffset: number, hasher: StreamHasher): Promise<void> {
		const { progress } = this.#options;
		for (const writer of this.#writers.values()) await writer.flush();
		const hashState = await hasher.save();
		progress.setFile(source.name, {
			identity: source.identity,
			byteOffset,
			...(hashState === undefined ? {} : { hashState }),
		});
		await this.#save();
	}

	async #save(): Promise<void> {
		await this.#options.save();
	}

	async #writer(shard: PlannedShard): Promise<ShardWriter> {
		const open = this.#writers.get(shard.name);
		if (open !== undefined) return open;
		const { modelId, store, progress } = this.#options;
		const writer = await store.openWriter(modelId, shard, { keep: progress.isOpen(shard) });
		this.#writers.set(shard.name, writer);
		return writer;
	}

	/** The shard counts only with what is read back from the store. */
	async #closeShard(shard: PlannedShard): Promise<void> {
		const { modelId, store, progress, startHasher, onShard, signal } = this.#options;
		const readStored: ReadStored =
			this.#options.readStored ??
			((id, object, options) => readBack(store, id, object, startHasher, options));
		const { name, byteLength, block, tensors } = shard;
		const writer = await this.#writer(shard);
		this.#writers.delete(name);
		await writer.commit();
		const stored = await readStored(modelId, shard, signal ? { signal } : {});
		const expected = progress.sums(shard);
		const lost = tensors.find(
			(tensor) => stored.sums.get(tensor.name) !== expected.get(tensor.name),
		);
		if (lost !== undefined) {
			progress.forgetShard(name);
			await store.delete(modelId, shard);
			await this.#save();
			throw new ShardCorruptError(modelId, name, `${lost.name} was stored otherwise than written`);
		}
		const record = { name, byteLength, sha256: stored.sha256, block, tensors };
		progress.closeShard(record);
		onShard?.(record);
	}

	/** Removes everything that came from a file that is not what it should be. */
	async #forget(source: StreamSource, tensors: readonly PlannedTensor[]): Promise<void> {
		const { modelId, store, progress } = this.#options;
		await this.#parkWriters();
		for (const shard of new Set(tensors.map((tensor) => tensor.shard))) {
			progress.forgetShard(shard.name);
			await store.delete(modelId, shard);
		}
		progress.forgetFile(source.name);
		await this.#save();
	}

	async #parkWriters(): Promise<void> {
		await this.#closing.catch(() => undefined);
		const writers = [...this.#writers.values()];
		this.#writers.clear();
		await Promise.allSettled(writers.map((writer) => writer.park()));
	}
}

/** Neighbours that are cheaper to read in one go than to ask for one by one. */
const RUN_GAP_BYTES = 2 ** 20;

/** Cuts tensors in ascending order into runs without large gaps. */
function closeRuns(tensors: readonly PlannedTensor[]): readonly (readonly PlannedTensor[])[] {
	const runs: PlannedTensor[][] = [];
	for (const tensor of tensors) {
		const run = runs.at(-1);
		if (run !== undefined && tensor.byteOffset - endOf(run) <= RUN_GAP_BYTES) run.push(tensor);
		else runs.push([tensor]);
	}
	return runs;
}

function endOf(run: readonly PlannedTensor[]): number {
	const last = run.at(-1);
	return last === undefined ? 0 : last.byteOffset + last.byteLength;
}

/** Tensors of no bytes are done where they stand, whatever arrives. */
function emptyAt(tensor: PlannedTensor | undefined, position: number): boolean {
	return tensor?.byteLength === 0 && tensor.byteOffset <= position;
}
