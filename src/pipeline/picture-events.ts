import type { ComponentId } from '../families/parts/block.ts';
import type { TurnStage } from '../families/parts/turn.ts';
import type { MemoryUse } from '../gpu/gpu-ledger.ts';

export type Stage = 'tokenise' | TurnStage;

/** A part of a model that ONNX Runtime takes over from the engine that was chosen: slower, in memory that is only estimated. */
export interface Fallback {
	readonly component: ComponentId;
	/** For those who look closer, in English: `qwen3.layer: the attention kernel has a relative error of 0.8`. */
	readonly reason: string;
}

/** How a picture will use GPU memory. */
export interface MemoryPlan {
	readonly budgetBytes: number;
	/** At most this much is held at any time. */
	readonly peakBytes: number;
	/** The smallest budget that this picture can be drawn in. */
	readonly leastBytes: number;
	/** False where ONNX Runtime runs the networks: it allocates as it likes. */
	readonly isExact: boolean;
	/** At most one for each component. */
	readonly fallbacks: readonly Fallback[];
	/** Blocks of one sampling step. */
	readonly blocks: number;
	/** Of these, how many stay on the GPU between steps. */
	readonly residentBlocks: number;
	/** Bytes that each step reads again. */
	readonly streamedBytesPerStep: number;
}

/** What is told while a picture is drawn. */
export type PictureEvent =
	/** Sent once, before any work. */
	| { readonly type: 'plan'; readonly plan: MemoryPlan }
	| { readonly type: 'stage'; readonly stage: Stage }
	/** The prompt was longer than the model reads; the tail was cut. */
	| {
			readonly type: 'prompt-cut';
			readonly promptTokens: number;
			readonly limitTokens: number;
	  }
	/** A block has been submitted. `index` counts from 0 within the stage (and within the step when sampling). */
	| {
			readonly type: 'block';
			readonly stage: Stage;
			readonly block: string;
			readonly index: number;
			readonly count: number;
			/** Sampling step counted from 0, absent outside sampling. */
			readonly step?: number;
			/** Bytes read from the shard store since the generation began. */
			readonly bytesRead: number;
			/** Bytes of GPU memory at the moment since the block before when most was held. */
			readonly memory: MemoryUse;
	  }
	/** A step's result is known. `step` counts from 0; sent `steps` times. */
	| {
			readonly type: 'step';
			readonly step: number;
			readonly steps: number;
			readonly milliseconds: number;
	  }
	/** After a step, from models whose latent space is known. */
	| PreviewEvent;

/** What the picture is going to look like as far as the model can tell by now: small and rough. */
export interface PreviewEvent {
	readonly type: 'preview';
	/** Counted from 0. */
	readonly step: number;
	/** Of the latent. */
	readonly width: number;
	readonly height: number;
	/** RGBA, 4 bytes a pixel, row by row. */
	readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}
