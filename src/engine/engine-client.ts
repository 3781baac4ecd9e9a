import { proxy, type Remote, wrap } from 'comlink';
import type {
	AdapterInfo,
	DrawnPicture,
	Engine,
	EngineEvent,
	GenerateOptions,
	InstallEvent,
	MemoryPlan,
	ModelId,
	ModelInfo,
	PlanSubject,
	Recipe,
	TokenCount,
} from './engine.ts';
import type { CallId, EngineHost } from './engine-host.ts';
import { heardUntilSettled } from './heard-until-settled.ts';
import type { LocalEngineOptions } from './local-engine.ts';
import type { BlockEngineName } from './open-block-engine.ts';
import { EngineCrashedError, leavesEngineUsable, reviveError } from './errors.ts';

/** One worker and what is known of its end. */
interface EngineWorker {
	readonly worker: Worker;
	readonly host: Promise<Remote<EngineHost>>;
	/** Rejects when the worker dies; a dead worker answers no call. */
	readonly crashed: Promise<never>;
}

/**
 * The page's end of the engine. Replaces its worker after a crash, a lost GPU or any error that may
 * have left ONNX Runtime's memory in disorder: a fresh worker is the only sure way to get both back.
 */
class EngineClient implements Engine {
	readonly #options: LocalEngineOptions;
	#current: EngineWorker | undefined;
	#nextCall: CallId = 0;

	constructor(options: LocalEngineOptions) {
		this.#options = options;
	}

	open(): Promise<AdapterInfo> {
		return this.#call((host) => host.open());
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

	dispose(): void {
		this.#current?.worker.terminate();
		this.#current = undefined;
	}

	async #cancellable<Result>(
		signal: AbortSignal | undefined,
		run: (host: Remote<EngineHost>, call: CallId) => Promise<Result>,
	): Promise<Result> {
		signal?.throwIfAborted();
		const call = this.#nextCall++;
		return this.#call(async (host) => {
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
		const current = (this.#current ??= startWorker(this.#options));
		try {
			return await Promise.race([current.host.then(run), current.crashed]);
		} catch (error) {
			const revived = reviveError(error);
			if (!leavesEngineUsable(revived) && this.#current === current) this.dispose();
			throw revived;
		}
	}
}

function startWorker(options: LocalEngineOptions): EngineWorker {
	const worker = new Worker(new URL('../../workers/engine.worker.ts', import.meta.url), {
		type: 'module',
		name: 'engine',
	});
	const crashed = new Promise<never>((_, reject) => {
		worker.addEventListener('error', (event) => {
			reject(new EngineCrashedError(event.message || 'the worker did not start'));
		});
	});
	crashed.catch(() => undefined);
	const RemoteHost = wrap<typeof EngineHost>(worker);
	return { worker, host: new RemoteHost(options), crashed };
}

/** Starts no worker until the first call. */
export function createEngineClient(
	engine: BlockEngineName = engineOfAddress(),
): Engine & { dispose(): void } {
	return new EngineClient({ modelsUrl: new URL('models/', document.baseURI).href, engine });
}

/** Our own kernels, unless `?engine=ort` in the page's address asks for ONNX Runtime. */
function engineOfAddress(): BlockEngineName {
	const wanted = new URLSearchParams(location.search).get('engine');
	return wanted === 'ort' ? 'ort' : 'fused';
}
