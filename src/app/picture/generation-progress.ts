import type { EngineEvent, GenerationReport, Stage } from '../../engine/engine.ts';

/** What the stages around sampling take, counted in sampling steps. */
export interface StageCosts {
	readonly encode: number;
	readonly decode: number;
}

/** A place in a row, counted from 1 as people do. */
export interface Position {
	readonly current: number;
	readonly total: number;
}

export interface ProgressSnapshot {
	/** Of the whole generation, 0 to 1; never falls. */
	readonly fraction: number;
	readonly stage?: Stage;
	/** Only while sampling. */
	readonly step?: Position;
	readonly block?: Position;
	/** Known once a step has been measured. */
	readonly millisecondsLeft?: number;
}

type BlockEvent = Extract<EngineEvent, { type: 'block' }>;
type StepEvent = Extract<EngineEvent, { type: 'step' }>;

export const NO_PROGRESS: ProgressSnapshot = { fraction: 0 };
/** Before anything was measured, the text encoder and the decoder count as one step each. */
export const FIRST_GUESS: StageCosts = { encode: 1, decode: 1 };

/** A stage that took no time (a prompt encoded before, say) may take some the next time. */
const LEAST_COST = 0.1;

/** Learns from a finished picture how the stages compare, for the next picture's bar. */
export function measuredCosts(report: GenerationReport, steps: number): StageCosts {
	const { encode, sample, decode } = report.stageMilliseconds;
	if (sample <= 0) return FIRST_GUESS;
	const step = sample / steps;
	return {
		encode: Math.max(LEAST_COST, encode / step),
		decode: Math.max(LEAST_COST, decode / step),
	};
}

/**
 * Turns engine events into one bar. Work is counted in sampling steps: blocks divide a step, and the
 * other stages are worth as many steps as they cost.
 */
export class GenerationProgress {
	readonly #costs: Readonly<Record<Stage, number>>;
	/** The work done when a stage begins. */
	readonly #starts: Readonly<Record<Stage, number>>;
	readonly #total: number;
	#stage: Stage | undefined;
	#done = 0;
	#step: Position | undefined;
	#block: Position | undefined;
	#stepTimes: { sum: number; count: number } | undefined;

	constructor(steps: number, costs: StageCosts = FIRST_GUESS) {
		this.#costs = { tokenise: 0, encode: costs.encode, sample: steps, decode: costs.decode };
		this.#starts = { tokenise: 0, encode: 0, sample: costs.encode, decode: costs.encode + steps };
		this.#total = costs.encode + steps + costs.decode;
	}

	record(event: EngineEvent): void {
		switch (event.type) {
			case 'stage':
				return this.#enter(event.stage);
			case 'block':
				return this.#recordBlock(event);
			case 'step':
				return this.#recordStep(event);
			default:
				return;
		}
	}

	get snapshot(): ProgressSnapshot {
		return {
			fraction: this.#done / this.#total,
			stage: this.#stage,
			step: this.#step,
			block: this.#block,
			millisecondsLeft: this.#millisecondsLeft,
		};
	}

	get #millisecondsLeft(): number | undefined {
		if (this.#stepTimes === undefined) return undefined;
		return (this.#total - this.#done) * (this.#stepTimes.sum / this.#stepTimes.count);
	}

	#enter(stage: Stage): void {
		if (stage === this.#stage) return;
		this.#stage = stage;
		this.#block = undefined;
		this.#step = stage === 'sample' ? { current: 1, total: this.#costs.sample } : undefined;
		this.#reach(stage, 0);
	}

	#recordBlock({ stage, index, count, step }: BlockEvent): void {
		this.#enter(stage);
		this.#block = { current: index + 1, total: count };
		// A block that has been submitted is not done yet, so its index is the number of those that are.
		const blocks = index / count;
		if (stage !== 'sample') return this.#reach(stage, blocks * this.#costs[stage]);
		const stepsDone = step ?? 0;
		this.#step = { current: stepsDone + 1, total: this.#costs.sample };
		this.#reach(stage, stepsDone + blocks);
	}

	#recordStep({ step, steps, milliseconds }: StepEvent): void {
		this.#enter('sample');
		const stepsDone = step + 1;
		this.#step = { current: Math.min(stepsDone + 1, steps), total: steps };
		this.#reach('sample', stepsDone);
		// The first step also compiles shaders and fills caches: forgotten once another is known.
		const known = step > 1 ? this.#stepTimes : undefined;
		this.#stepTimes = {
			sum: (known?.sum ?? 0) + milliseconds,
			count: (known?.count ?? 0) + 1,
		};
	}

	#reach(stage: Stage, workInStage: number): void {
		const reached = this.#starts[stage] + workInStage;
		this.#done = Math.min(this.#total, Math.max(this.#done, reached));
	}
}
