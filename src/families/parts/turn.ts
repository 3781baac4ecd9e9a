import type { Block } from './block.ts';
import type { BlockRunner } from './block-runner.ts';

/** What a picture is at, as people are told. */
export type TurnStage = 'encode' | 'sample' | 'decode';

/**
 * One turn on the GPU: it takes the memory that is there and gives all of it back at its end. Drawing,
 * planning and verifying run the same turns, on a runner that computes or on one that only counts.
 */
export interface Turn<Result> {
	/** Unique within a picture. */
	readonly name: string;
	readonly stage: TurnStage;
	/** Where given, turns of equal name and key come to the same result, which adapters do not change. */
	readonly resultKey?: string;
	/** Every block in the order in which `run` runs it, repeats included. They may be of several components. */
	readonly order: readonly Block[];
	/** Where a part of the order is run again and again: how many blocks come before it, and in each round. */
	readonly rounds?: { readonly before: number; readonly blocks: readonly number[] };
	/**
	 * Whether `run` repeats by itself what a device has dropped, as far as it got; any other turn gives the same when
	 * all of it is run again.
	 */
	readonly repeatsItself?: boolean;
	/** Whether `run` heeds `memoryBytes`. */
	readonly cuttable?: boolean;
	/**
	 * @param memoryBytes for activations and scratch buffers together: a cuttable turn computes in place and
	 * in pieces to keep to it. Where not given, it takes what is fastest.
	 */
	run(runner: BlockRunner, memoryBytes?: number): Promise<Result>;
}

/** Gives a turn its time on the GPU, or a rehearsal of it. */
export type TakeTurn = <Result>(turn: Turn<Result>) => Promise<Result>;
