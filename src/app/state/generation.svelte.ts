import type { Engine, EngineEvent, Picture, PreviewEvent, Recipe } from '../../engine/engine.ts';
import { isAbort } from '../../engine/errors.ts';
import type { Environment } from './environment.ts';
import { FrameThrottle } from './frame-throttle.ts';
import {
	FIRST_GUESS,
	GenerationProgress,
	NO_PROGRESS,
	type ProgressSnapshot,
	measuredCosts,
} from './generation-progress.ts';

export type GenerationStatus = 'idle' | 'running' | 'cancelling' | 'done' | 'cancelled' | 'failed';

/** Draws one picture at a time and keeps the last one. */
export class Generation {
	readonly #engine: Engine;
	readonly #environment: Environment;
	#abort: AbortController | undefined;
	#costs = FIRST_GUESS;

	status: GenerationStatus = $state('idle');
	progress: ProgressSnapshot = $state.raw(NO_PROGRESS);
	picture: Picture | undefined = $state.raw();
	/** Of the picture being drawn, as far as it has come. */
	preview: PreviewEvent | undefined = $state.raw();

	constructor(engine: Engine, environment: Environment) {
		this.#engine = engine;
		this.#environment = environment;
	}

	get running(): boolean {
		return this.status === 'running' || this.status === 'cancelling';
	}

	/**
	 * Resolves to the picture, or to `undefined` after `cancel()` or the signal.
	 * @throws what the engine throws
	 */
	async run(
		recipe: Recipe,
		onEvent: (event: EngineEvent) => void = () => undefined,
		signal?: AbortSignal,
	): Promise<Picture | undefined> {
		const abort = new AbortController();
		const progress = new GenerationProgress(recipe.steps, this.#costs);
		const throttle = new FrameThrottle(() => {
			this.progress = progress.snapshot;
		}, this.#environment.schedule);

		const cancel = (): void => this.cancel();
		signal?.addEventListener('abort', cancel);

		this.#abort = abort;
		this.status = 'running';
		this.preview = undefined;
		this.progress = progress.snapshot;
		try {
			const record = (event: EngineEvent): void => {
				if (event.type === 'preview') this.preview = event;
				progress.record(event);
				throttle.request();
				onEvent(event);
			};
			const picture = await this.#engine.generate(recipe, record, { signal: abort.signal });
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
			this.preview = undefined;
			signal?.removeEventListener('abort', cancel);
			this.#abort = undefined;
		}
	}

	cancel(): void {
		if (this.status !== 'running') return;
		this.status = 'cancelling';
		this.#abort?.abort();
	}
}
