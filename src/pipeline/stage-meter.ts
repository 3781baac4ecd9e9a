import type { GpuLedger } from '../gpu/gpu-ledger.ts';
import type { Stage } from './picture-events.ts';

export interface StageMeasurements {
	readonly stageMilliseconds: Readonly<Record<Stage, number>>;
	readonly peakGpuBytes: number;
	/** Of all buffers, stage by stage. */
	readonly stagePeakGpuBytes: Readonly<Record<Stage, number>>;
	/** From the shard store. */
	readonly bytesRead: number;
}

/** Times the stages, and takes the ledger's peaks stage by stage. */
export class StageMeter {
	readonly #ledger: GpuLedger;
	readonly #onStage: (stage: Stage) => void;
	readonly #milliseconds: Record<Stage, number> = {
		tokenise: 0,
		encode: 0,
		sample: 0,
		decode: 0,
	};
	#stage: Stage | undefined;
	#stageStarted = performance.now();
	readonly #peakGpuBytes: Record<Stage, number> = {
		tokenise: 0,
		encode: 0,
		sample: 0,
		decode: 0,
	};
	#bytesRead = 0;

	constructor(ledger: GpuLedger, onStage: (stage: Stage) => void) {
		this.#ledger = ledger;
		this.#onStage = onStage;
		ledger.resetPeaks();
	}

	get bytesRead(): number {
		return this.#bytesRead;
	}

	addBytesRead(bytes: number): void {
		this.#bytesRead += bytes;
	}

	/** Does nothing if it is the stage already. */
	enter(stage: Stage): void {
		if (stage === this.#stage) return;
		this.#close();
		this.#stage = stage;
		this.#onStage(stage);
	}

	finish(): StageMeasurements {
		this.#close();
		return {
			stageMilliseconds: this.#milliseconds,
			peakGpuBytes: Math.max(...Object.values(this.#peakGpuBytes)),
			stagePeakGpuBytes: this.#peakGpuBytes,
			bytesRead: this.#bytesRead,
		};
	}

	#close(): void {
		const now = performance.now();
		if (this.#stage !== undefined) {
			this.#milliseconds[this.#stage] += now - this.#stageStarted;
			const peakBytes = Math.max(this.#peakGpuBytes[this.#stage], this.#ledger.peakBytes);
			this.#peakGpuBytes[this.#stage] = peakBytes;
		}
		this.#stageStarted = now;
		this.#ledger.resetPeaks();
	}
}
