import { transfer } from 'comlink';
import type {
	AdapterInfo,
	DrawnPicture,
	EngineEvent,
	InstallEvent,
	MemoryPlan,
	ModelId,
	ModelInfo,
	PlanSubject,
	Recipe,
	TokenCount,
} from './engine.ts';
import { LocalEngine, type LocalEngineOptions } from './local-engine.ts';

/** Pairs a call with its cancellation: an AbortSignal cannot cross into a worker. */
export type CallId = number;

/** The worker's end of the engine. */
export class EngineHost {
	readonly #engine: LocalEngine;
	readonly #running = new Map<CallId, AbortController>();

	constructor(options: LocalEngineOptions) {
		this.#engine = new LocalEngine(options);
	}

	/**
	 * Holds a Web Lock for as long as the worker lives: a browser that ends one tells nobody, but gives its
	 * locks to whoever waits for them. Resolves once it is held.
	 */
	holdLock(name: string): Promise<void> {
		return new Promise((resolve) => {
			void navigator.locks.request(name, () => {
				resolve();
				return new Promise<never>(() => undefined);
			});
		});
	}

	/** @throws as `LocalEngine.assertUsable` */
	assertUsable(): void {
		this.#engine.assertUsable();
	}

	open(): Promise<AdapterInfo> {
		return this.#engine.open();
	}

	models(): Promise<readonly ModelInfo[]> {
		return this.#engine.models();
	}

	countTokens(modelId: ModelId, prompt: string): Promise<TokenCount> {
		return this.#engine.countTokens(modelId, prompt);
	}

	install(
		call: CallId,
		modelId: ModelId,
		onEvent: (event: InstallEvent) => void,
	): Promise<ModelInfo> {
		return this.#cancellable(call, (signal) => this.#engine.install(modelId, onEvent, signal));
	}

	plan(subject: PlanSubject, budgetBytes: number): Promise<MemoryPlan> {
		return this.#engine.plan(subject, budgetBytes);
	}

	async generate(
		call: CallId,
		recipe: Recipe,
		onEvent: (event: EngineEvent) => void,
		budgetBytes: number | undefined,
	): Promise<DrawnPicture> {
		const picture = await this.#cancellable(call, (signal) =>
			this.#engine.generate(
				recipe,
				(event) => onEvent(event.type === 'preview' ? transfer(event, [event.rgba.buffer]) : event),
				{ signal, ...(budgetBytes === undefined ? {} : { budgetBytes }) },
			),
		);
		return transfer(picture, [picture.rgba.buffer]);
	}

	cancel(call: CallId): void {
		this.#running.get(call)?.abort();
	}

	async #cancellable<Result>(
		call: CallId,
		run: (signal: AbortSignal) => Promise<Result>,
	): Promise<Result> {
		const controller = new AbortController();
		this.#running.set(call, controller);
		try {
			return await run(controller.signal);
		} finally {
			this.#running.delete(call);
		}
	}
}
