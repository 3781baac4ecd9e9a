import type { MemoryUse } from '../../engine/engine.ts';

/** Bytes of GPU memory by what the panel calls them. */
export interface MemorySample {
	readonly weights: number;
	readonly activations: number;
	readonly staging: number;
	/** What ONNX Runtime takes: the weights widened for it, and its own buffers. */
	readonly other: number;
}

export interface MemoryCourse {
	/** From the picture's beginning on, as far as it has come; `TIMELINE_COLUMNS` when it is done. */
	readonly columns: readonly MemorySample[];
	readonly now: MemorySample;
	/** The highest of each part, whenever it was. */
	readonly most: MemorySample;
	/** The highest sum. */
	readonly peakBytes: number;
}

export const TIMELINE_COLUMNS = 120;

const NOTHING_HELD: MemorySample = { weights: 0, activations: 0, staging: 0, other: 0 };
export const EMPTY_COURSE: MemoryCourse = {
	columns: [],
	now: NOTHING_HELD,
	most: NOTHING_HELD,
	peakBytes: 0,
};

export function heldBytes({ weights, activations, staging, other }: MemorySample): number {
	return weights + activations + staging + other;
}

/**
 * GPU memory over a picture's course. The course is divided into columns that keep the highest sample
 * of their part, so that a picture of 50 steps takes no more room than one of 4 and no peak is lost.
 */
export class MemoryTimeline {
	readonly #columns: MemorySample[] = [];
	#now = NOTHING_HELD;
	#most = NOTHING_HELD;
	#peakBytes = 0;
	#growing = false;

	/** @param fraction of the picture that is done, 0 to 1 */
	record(fraction: number, use: MemoryUse): void {
		const { weights, activations, staging, widened, runtime } = use;
		const sample = { weights, activations, staging, other: widened + runtime };
		const held = heldBytes(sample);
		this.#growing = held > this.#peakBytes;
		this.#peakBytes = Math.max(this.#peakBytes, held);
		this.#most = mostOf(this.#most, sample);
		const column = Math.min(TIMELINE_COLUMNS - 1, Math.floor(fraction * TIMELINE_COLUMNS));
		this.#holdUntil(column);
		this.#now = sample;
		this.#columns[column] = higher(this.#columns[column], sample);
	}

	/** To be called when the picture is done. */
	finish(): void {
		this.#holdUntil(TIMELINE_COLUMNS);
	}

	/** True while more memory is held than ever before: a device that is lost now was probably asked for too much. */
	get growing(): boolean {
		return this.#growing;
	}

	get course(): MemoryCourse {
		return {
			columns: [...this.#columns],
			now: this.#now,
			most: this.#most,
			peakBytes: this.#peakBytes,
		};
	}

	/** What was held last goes on being held where nothing was recorded. */
	#holdUntil(column: number): void {
		while (this.#columns.length < column) this.#columns.push(this.#now);
	}
}

function mostOf(one: MemorySample, other: MemorySample): MemorySample {
	return {
		weights: Math.max(one.weights, other.weights),
		activations: Math.max(one.activations, other.activations),
		staging: Math.max(one.staging, other.staging),
		other: Math.max(one.other, other.other),
	};
}

function higher(one: MemorySample | undefined, other: MemorySample): MemorySample {
	return one !== undefined && heldBytes(one) > heldBytes(other) ? one : other;
}
