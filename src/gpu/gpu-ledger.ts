/**
 * What a buffer is for: FP16 `weights` (slots and pinned blocks), their f32 copy for ORT (`widened`),
 * `activations`, `staging` (upload and read-back), and `runtime`: whatever ONNX Runtime allocates itself.
 */
export const MEMORY_CATEGORIES = [
	'weights',
	'widened',
	'activations',
	'staging',
	'runtime',
] as const;
export type MemoryCategory = (typeof MEMORY_CATEGORIES)[number];

/** Bytes held of each category. */
export type MemoryUse = Readonly<Record<MemoryCategory, number>>;

interface Entry {
	readonly bytes: number;
	readonly category: MemoryCategory;
}

function ofEach<Value>(
	value: (category: MemoryCategory) => Value,
): Readonly<Record<MemoryCategory, Value>> {
	const entries = MEMORY_CATEGORIES.map((category) => [category, value(category)]);
	return Object.fromEntries(entries) as Record<MemoryCategory, Value>;
}

class Account {
	bytes = 0;
	peakBytes = 0;

	add(bytes: number): void {
		this.bytes += bytes;
		this.peakBytes = Math.max(this.peakBytes, this.bytes);
	}
}

/**
 * Counts every buffer that exists on a device, ORT's included: it stands between the device and all
 * callers of `createBuffer`. A buffer leaves the count when it is destroyed, or collected if its owner
 * only dropped it.
 */
export class GpuLedger {
	readonly #total = new Account();
	readonly #accounts = ofEach(() => new Account());
	readonly #collected = new FinalizationRegistry<Entry>((entry) => this.#remove(entry));
	#category: MemoryCategory = 'runtime';
	#limitBytes = Infinity;
	#highestBytes = 0;
	#highest = this.#use;

	/** Starts counting the buffers of a device that has none yet. */
	static watch(device: GPUDevice): GpuLedger {
		const ledger = new GpuLedger();
		const createBuffer = device.createBuffer.bind(device);
		device.createBuffer = (descriptor) => {
			const buffer = createBuffer(descriptor);
			ledger.#track(buffer, { bytes: descriptor.size, category: ledger.#category });
			return buffer;
		};
		return ledger;
	}

	/** Runs `create` so that the buffers it makes count as `category`. */
	account<Result>(category: MemoryCategory, create: () => Result): Result {
		const outer = this.#category;
		this.#category = category;
		try {
			return create();
		} finally {
			this.#category = outer;
		}
	}

	/** Runs `work` so that nothing may exceed `bytes` meanwhile; see `fits`. */
	async within<Result>(bytes: number, work: () => Promise<Result>): Promise<Result> {
		const outer = this.#limitBytes;
		this.#limitBytes = Math.min(outer, bytes);
		try {
			return await work();
		} finally {
			this.#limitBytes = outer;
		}
	}

	/** True if a buffer of so many bytes may still be made. */
	fits(bytes: number): boolean {
		return this.bytes + bytes <= this.#limitBytes;
	}

	/** What was held when most was held since the last call. */
	takeHighest(): MemoryUse {
		const highest = this.#highest;
		this.#highest = this.#use;
		this.#highestBytes = this.bytes;
		return highest;
	}

	get #use(): MemoryUse {
		return ofEach((category) => this.#accounts[category].bytes);
	}

	get bytes(): number {
		return this.#total.bytes;
	}

	get peakBytes(): number {
		return this.#total.peakBytes;
	}

	bytesOf(category: MemoryCategory): number {
		return this.#accounts[category].bytes;
	}

	peakBytesOf(category: MemoryCategory): number {
		return this.#accounts[category].peakBytes;
	}

	/** Starts a new measurement: peaks fall to what is held now. */
	resetPeaks(): void {
		for (const account of [this.#total, ...Object.values(this.#accounts)]) {
			account.peakBytes = account.bytes;
		}
	}

	#track(buffer: GPUBuffer, entry: Entry): void {
		this.#total.add(entry.bytes);
		this.#accounts[entry.category].add(entry.bytes);
		if (this.bytes > this.#highestBytes) {
			this.#highestBytes = this.bytes;
			this.#highest = this.#use;
		}
		this.#collected.register(buffer, entry, entry);
		const destroy = buffer.destroy.bind(buffer);
		let destroyed = false;
		buffer.destroy = () => {
			if (!destroyed) {
				destroyed = true;
				this.#collected.unregister(entry);
				this.#remove(entry);
			}
			destroy();
			return undefined;
		};
	}

	#remove(entry: Entry): void {
		this.#total.bytes -= entry.bytes;
		this.#accounts[entry.category].bytes -= entry.bytes;
	}
}
