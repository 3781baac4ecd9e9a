import {
	type AdapterNotes,
	adapterKey,
	lossKind,
	withLoss,
	withPicture,
} from '../gpu/adapter-notes.ts';
import type { AdapterNotebook } from '../gpu/adapter-notes.ts';
import type { GpuContext } from '../gpu/gpu-context.ts';
import type { TileRules } from '../gpu/kernels/dispatch/tile-rules.ts';

/** Losses in a row, after which people are asked before the GPU is given the same again. */
const LOSSES_TO_ASK = 2;

/** What is known of the adapter in use, written down as soon as it changes. */
export class AdapterMemory {
	readonly #notebook: AdapterNotebook;
	readonly #adapter: string;
	#notes: AdapterNotes;
	#written: Promise<void> = Promise.resolve();

	private constructor(notebook: AdapterNotebook, adapter: string, notes: AdapterNotes) {
		this.#notebook = notebook;
		this.#adapter = adapter;
		this.#notes = notes;
	}

	/** Submits are as long as this adapter has deserved. */
	static async open(context: GpuContext, notebook: AdapterNotebook): Promise<AdapterMemory> {
		const { device, adapterInfo, pace } = context;
		const adapter = adapterKey(adapterInfo, device.limits, navigator.userAgent);
		const memory = new AdapterMemory(notebook, adapter, await notebook.read(adapter));
		pace.halveSubmits(memory.notes.halvings);
		void device.lost.then(({ reason, message }) => {
			if (reason !== 'destroyed') memory.lost(message);
		});
		return memory;
	}

	get notes(): AdapterNotes {
		return this.#notes;
	}

	/** True where the GPU has not come to the end of anything since it was lost twice. */
	get mustAsk(): boolean {
		return this.#notes.lossesInARow >= LOSSES_TO_ASK;
	}

	/** Resolves when all is written down that was learnt. */
	get written(): Promise<void> {
		return this.#written;
	}

	lost(message: string): void {
		const loss = { kind: lossKind(message), message, atMilliseconds: Date.now() };
		this.#write(withLoss(this.#notes, loss));
	}

	/** A picture came to its end. */
	drawn({ pace }: GpuContext): void {
		this.#write(withPicture({ ...this.#notes, halvings: pace.halvings }));
	}

	tilesKnown({ levels, refused }: TileRules): void {
		this.#write({ ...this.#notes, levels: [...levels], refusedTiles: [...refused] });
	}

	#write(notes: AdapterNotes): void {
		if (JSON.stringify(notes) === JSON.stringify(this.#notes)) return;
		this.#notes = notes;
		// What cannot be kept is learnt again.
		this.#written = this.#written
			.then(() => this.#notebook.write(this.#adapter, notes))
			.catch(() => undefined);
	}
}
