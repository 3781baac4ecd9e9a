import { proxy, type Remote, wrap } from 'comlink';
import type {
	AdapterInfo,
	DrawnPicture,
	EngineEvent,
	GenerateOptions,
	InstallEvent,
	MemoryPlan,
	ModelId,
	ModelInfo,
	PlanSubject,
	Recipe,
	SwitchableEngine,
	TokenCount,
} from './engine.ts';
import { type BlockEngineName, DEFAULT_BLOCK_ENGINE } from './block-engine-names.ts';
import type { CallId, EngineHost } from './engine-host.ts';
import { WebGpuUnavailableError } from '../gpu/errors.ts';
import { heardUntilSettled } from './heard-until-settled.ts';
import type { LocalEngineOptions } from './local-engine.ts';
import {
	EngineCrashedError,
	leavesEngineUsable,
	reviveError,
	WebGpuPausedError,
} from './errors.ts';

/** One worker and what is known of its end. */
interface EngineWorker {
	readonly host: Promise<Remote<EngineHost>>;
	/** Rejects when the worker ends; after that it answers no call. */
	readonly ended: Promise<never>;
	/** Whoever waits for an answer gets `reason` instead. */
	end(reason: unknown): void;
	/** A call begins. */
	enter(): void;
	/** A call has its answer. */
	leave(): void;
	/** Ends it once no call is under way. */
	retire(): void;
}

/**
 * The page's end of the engine. Replaces its worker after a crash, a lost GPU or any error that may
 * have left ONNX Runtime's memory in disorder: a fresh worker is the only sure way to get both back.
 */
class EngineClient implements SwitchableEngine {
	#options: LocalEngineOptions;
	#current: EngineWorker | undefined;
	#nextCall: CallId = 0;
	/** Workers come and go: once a GPU was found, its absence means that it was taken away. */
	#hadGpu = false;

	constructor(options: LocalEngineOptions) {
		this.#options = options;
	}

	async open(): Promise<AdapterInfo> {
		const adapter = await this.#call((host) => host.open());
		this.#hadGpu = true;
		return adapter;
	}

	models(): Promise<readonly ModelInfo[]> {
		return this.#call((host) => host.models());
	}

	countTokens(modelId: ModelId, prompt: string): Promise<TokenCount> {
		return this.#call((host) => host.countTokens(modelId, prompt));
	}

	install(
		modelId: ModelId,
		onEvent: (event: InstallEvent) => void,
		signal?: AbortSignal,
	): Promise<ModelInfo> {
		return heardUntilSettled(onEvent, (listener) =>
			this.#cancellable(signal, (host, call) => host.install(call, modelId, proxy(listener))),
		);
	}

	plan(subject: PlanSubject, budgetBytes: number): Promise<MemoryPlan> {
		return this.#call((host) => host.plan(subject, budgetBytes));
	}

	generate(
		recipe: Recipe,
		onEvent: (event: EngineEvent) => void,
		{ signal, budgetBytes }: GenerateOptions = {},
	): Promise<DrawnPicture> {
		return heardUntilSettled(onEvent, (listener) =>
			this.#cancellable(signal, (host, call) =>
				host.generate(call, recipe, proxy(listener), budgetBytes),
			),
		);
	}

	use(blockEngine: BlockEngineName): void {
		if (blockEngine === this.#options.engine) return;
		this.#options = { ...this.#options, engine: blockEngine };
		const outdated = this.#current;
		this.#current = undefined;
		outdated?.retire();
	}

	dispose(): void {
		this.#current?.end(new EngineCrashedError('it was closed'));
		this.#current = undefined;
	}

	async #cancellable<Result>(
		signal: AbortSignal | undefined,
		run: (host: Remote<EngineHost>, call: CallId) => Promise<Result>,
	): Promise<Result> {
		signal?.throwIfAborted();
		const call = this.#nextCall++;
		return this.#call(async (host) => {
			// Cancelled while the worker was asked whether it is well.
			signal?.throwIfAborted();
			const cancel = () => void host.cancel(call);
			signal?.addEventListener('abort', cancel, { once: true });
			try {
				return await run(host, call);
			} finally {
				signal?.removeEventListener('abort', cancel);
			}
		});
	}

	async #call<Result>(run: (host: Remote<EngineHost>) => Promise<Result>): Promise<Result> {
		const current = await this.#usableWorker();
		try {
			return await Promise.race([current.host.then(run), current.ended]);
		} catch (error) {
			const revived = this.#seenFromPage(reviveError(error));
			if (!leavesEngineUsable(revived)) this.#end(current, revived);
			throw revived;
		} finally {
			current.leave();
		}
	}

	#seenFromPage(error: unknown): unknown {
		return this.#hadGpu && error instanceof WebGpuUnavailableError
			? new WebGpuPausedError({ cause: error })
			: error;
	}

	/**
	 * A GPU or a worker that was lost while nothing ran is replaced before anyone asks it for something.
	 * The caller has entered what it gets and must leave it.
	 */
	async #usableWorker(): Promise<EngineWorker> {
		const current = this.#enterWorker();
		try {
			const usable = current.host.then((host) => host.assertUsable());
			await Promise.race([usable, current.ended]);
			return current;
		} catch (error) {
			current.leave();
			this.#end(current, reviveError(error));
			return this.#enterWorker();
		}
	}

	#enterWorker(): EngineWorker {
		const current = (this.#current ??= startWorker(this.#options));
		current.enter();
		return current;
	}

	#end(ended: EngineWorker, reason: unknown): void {
		ended.end(reason);
		if (this.#current === ended) this.#current = undefined;
	}
}

function startWorker(options: LocalEngineOptions): EngineWorker {
	const worker = new Worker(new URL('../../workers/engine.worker.ts', import.meta.url), {
		type: 'module',
		name: 'engine',
	});
	const { promise: ended, reject } = Promise.withResolvers<never>();
	ended.catch(() => undefined);
	worker.addEventListener('error', (event) => {
		reject(new EngineCrashedError(event.message || 'the worker did not start'));
	});
	const RemoteHost = wrap<typeof EngineHost>(worker);
	const host = new RemoteHost(options);
	watchLife(host).then(reject, () => undefined);
	let calls = 0;
	let retired = false;
	const end = (reason: unknown): void => {
		reject(reason);
		worker.terminate();
	};
	const endIfDone = (): void => {
		if (retired && calls === 0) end(new EngineCrashedError('it was replaced'));
	};
	return {
		host,
		ended,
		end,
		enter: () => void calls++,
		leave() {
			calls--;
			endIfDone();
		},
		retire() {
			retired = true;
			endIfDone();
		},
	};
}

/** Resolves when the worker's life has ended without an error that anyone was told. */
async function watchLife(host: Promise<Remote<EngineHost>>): Promise<EngineCrashedError> {
	const lock = `engine ${crypto.randomUUID()}`;
	await (await host).holdLock(lock);
	return navigator.locks.request(lock, () => new EngineCrashedError('the browser ended it'));
}

/** Starts no worker until the first call. */
export function createEngineClient(
	engine: BlockEngineName = DEFAULT_BLOCK_ENGINE,
): SwitchableEngine & { dispose(): void } {
	return new EngineClient({ modelsUrl: new URL('models/', document.baseURI).href, engine });
}
