import type { GpuLedger } from '../gpu/gpu-ledger.ts';

export type PipelineStage = 'tokenise' | 'encode' | 'sample' | 'decode';

export interface StageMeasurements {
	readonly stageMilliseconds: Readonly<Record<PipelineStage, number>>;
	readonly peakGpuBytes: number;
	/** Of all buffers, stage by stage. */
	readonly stagePeakGpuBytes: Readonly<Record<PipelineStage, number>>;
	/** From the shard store. */
	readonly bytesRead: number;
}

/** Times the stages, and takes the ledger's peaks stage by stage. */
export class StageMeter {
	readonly #ledger: GpuLedger;
	readonly #onStage: (stage: PipelineStage) => void;
	readonly #milliseconds: Record<PipelineStage, number> = {
		tokenise: 0,
		encode: 0,
		sample: 0,
		decode: 0,
	};
	#stage: PipelineStage = 'tokenise';
	#stageStarted = performance.now();
	readonly #peakGpuBytes: Record<PipelineStage, number> = {
		tokenise: 0,
		encode: 0,
		sample: 0,
		decode: 0,
	};
	#bytesRead = 0;

	constructor(ledger: GpuLedger, onStage: (stage: PipelineStage) => void) {
		this.#ledger = ledger;
		this.#onStage = onStage;
		ledger.resetPeaks();
	}

	get stage(): PipelineStage {
		return this.#stage;
	}

	get bytesRead(): number {
		return this.#bytesRead;
	}

	addBytesRead(bytes: number): void {
		this.#bytesRead += bytes;
	}

	enter(stage: PipelineStage): void {
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
		this.#milliseconds[this.#stage] += now - this.#stageStarted;
		this.#stageStarted = now;
		const peakBytes = Math.max(this.#peakGpuBytes[this.#stage], this.#ledger.peakBytes);
		this.#peakGpuBytes[this.#stage] = peakBytes;
		this.#ledger.resetPeaks();
	}
}
