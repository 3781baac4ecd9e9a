import type {
	DrawnPicture,
	Engine,
	EngineEvent,
	GenerationMeasurements,
	PreviewEvent,
	Recipe,
} from '../../engine/engine.ts';
import { isAbort } from '../../errors/app-error.ts';
import type { Environment } from '../studio/environment.ts';
import { FrameThrottle } from '../studio/frame-throttle.ts';
import {
	FIRST_GUESS,
	GenerationProgress,
	NO_PROGRESS,
	type ProgressSnapshot,
	measuredCosts,
} from './generation-progress.ts';
import { EMPTY_COURSE, type MemoryCourse, MemoryTimeline } from '../machine/memory-timeline.ts';

export type GenerationStatus = 'idle' | 'running' | 'cancelling' | 'done' | 'cancelled' | 'failed';

export interface RunOptions {
	/** GPU memory allowed. */
	readonly budgetBytes: number;
	readonly onEvent?: (event: EngineEvent) => void;
}

/** Draws one picture at a time and keeps the last one. */
export class Generation {
	readonly #engine: Engine;
	readonly #environment: Environment;
	#abort: AbortController | undefined;
	#costs = FIRST_GUESS;

	status: GenerationStatus = $state('idle');
	progress: ProgressSnapshot = $state.raw(NO_PROGRESS);
	picture: DrawnPicture | undefined = $state.raw();
	/** GPU memory over the picture being drawn, or else over the last one. */
	memory: MemoryCourse = $state.raw(EMPTY_COURSE);
	/** What that picture is or was allowed. */
	budgetBytes: number | undefined = $state();
	#timeline = new MemoryTimeline();
	/** Of the picture being drawn, or the last one. */
	recipe: Recipe | undefined = $state.raw();
	/** Of the picture being drawn, as far as it has come. */
	preview: PreviewEvent | undefined = $state.raw();

	constructor(engine: Engine, environment: Environment) {
		this.#engine = engine;
		this.#environment = environment;
	}

	get running(): boolean {
		return this.status === 'running' || this.status === 'cancelling';
	}

	/** Of the picture that `memory` is about, if it came to its end. */
	get measured(): GenerationMeasurements | undefined {
		return this.status === 'done' ? this.picture?.report : undefined;
	}

	/** True if the memory held was more than ever before in this picture when the engine was last heard of. */
	get memoryGrowing(): boolean {
		return this.#timeline.growing;
	}

	/**
	 * Resolves to the picture, or to `undefined` after `cancel()`.
	 * @throws what the engine throws
	 */
	async run(
		recipe: Recipe,
		{ budgetBytes, onEvent }: RunOptions,
	): Promise<DrawnPicture | undefined> {
		const abort = new AbortController();
		const progress = new GenerationProgress(recipe.steps, this.#costs);
		const timeline = new MemoryTimeline();
		const throttle = new FrameThrottle(() => {
			this.progress = progress.snapshot;
			this.memory = timeline.course;
		}, this.#environment.schedule);

		this.#abort = abort;
		this.status = 'running';
		this.recipe = recipe;
		this.preview = undefined;
		this.progress = progress.snapshot;
		this.#timeline = timeline;
		this.budgetBytes = budgetBytes;
		this.memory = timeline.course;
		try {
			const record = (event: EngineEvent): void => {
				if (event.type === 'preview') this.preview = event;
				progress.record(event);
				if (event.type === 'block') timeline.record(progress.snapshot.fraction, event.memory);
				throttle.request();
				onEvent?.(event);
			};
			const options = { signal: abort.signal, budgetBytes };
			const picture = await this.#engine.generate(recipe, record, options);
			timeline.finish();
			this.#costs = measuredCosts(picture.report, recipe.steps);
			this.picture = picture;
			this.status = 'done';
			return picture;
		} catch (error) {
			this.status = isAbort(error) ? 'cancelled' : 'failed';
			if (isAbort(error)) return undefined;
			throw error;
		} finally {
			throttle.cancel();
			this.memory = timeline.course;
			this.preview = undefined;
			this.#abort = undefined;
		}
	}

	cancel(): void {
		if (this.status !== 'running') return;
		this.status = 'cancelling';
		this.#abort?.abort();
	}
}
