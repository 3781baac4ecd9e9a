import { proxy } from 'comlink';
import { muteAfterSettled } from '../bridge/mute-after-settled.ts';
import { OpenWorker } from '../bridge/open-worker.ts';
import { WorkerBridge } from '../bridge/worker-bridge.ts';
import { hasCode, leavesEngineUsable } from '../errors/app-error.ts';
import { type BlockEngineName, DEFAULT_BLOCK_ENGINE } from './block-engine-names.ts';
import type {
	AdapterInfo,
	DrawnPicture,
	EngineEvent,
	GenerateOptions,
	MachineTester,
	MemoryPlan,
	ModelId,
	ModelInfo,
	PlanSubject,
	Recipe,
	SwitchableEngine,
	TokenCount,
} from './engine.ts';
import type { EngineHost } from './engine-host.ts';
import { WebGpuPausedError } from './errors.ts';
import type { ReportSection } from '../machine/machine-report.ts';
import { modelsUrl } from '../install/manager/bundled-models.ts';
import { holdPage } from './hold-page.ts';
import type { LocalEngineOptions } from './local-engine.ts';

/**
 * The page's end of the engine. Replaces its worker after a crash, a lost GPU or any error that may
 * have left ONNX Runtime's memory in disorder: a fresh worker is the only sure way to get both back.
 */
class EngineClient implements SwitchableEngine, MachineTester {
	#options: LocalEngineOptions;
	readonly #bridge: WorkerBridge<EngineHost>;
	/** Workers come and go: once a GPU was found, its absence means that it was taken away. */
	#hadGpu = false;

	constructor(options: LocalEngineOptions) {
		this.#options = options;
		this.#bridge = new WorkerBridge({
			open: () => openEngine(this.#options),
			assertUsable: (host) => host.assertUsable(),
			see: (error) => this.#seenFromPage(error),
			isUsableAfter: leavesEngineUsable,
		});
	}

	async open(): Promise<AdapterInfo> {
		const adapter = await this.#bridge.call((host) => host.open());
		this.#hadGpu = true;
		return adapter;
	}

	models(): Promise<readonly ModelInfo[]> {
		return this.#bridge.call((host) => host.models());
	}

	countTokens(modelId: ModelId, prompt: string): Promise<TokenCount> {
		return this.#bridge.call((host) => host.countTokens(modelId, prompt));
	}

	reopenModels(): Promise<void> {
		return this.#bridge.call((host) => host.reopenModels());
	}

	plan(subject: PlanSubject, budgetBytes: number): Promise<MemoryPlan> {
		return this.#bridge.call((host) => host.plan(subject, budgetBytes));
	}

	generate(
		recipe: Recipe,
		onEvent: (event: EngineEvent) => void,
		{ signal, budgetBytes }: GenerateOptions = {},
	): Promise<DrawnPicture> {
		const tellHidden = (): void => {
			const { hidden } = document;
			this.#bridge.call((host) => host.setHidden(hidden)).catch(() => undefined);
		};
		tellHidden();
		document.addEventListener('visibilitychange', tellHidden);
		const drawn = muteAfterSettled(onEvent, (listener) =>
			this.#bridge.call((host) => host.draw(recipe, proxy(listener), budgetBytes, signal), signal),
		).finally(() => document.removeEventListener('visibilitychange', tellHidden));
		return holdPage(drawn);
	}

	testMachine(onSection: (title: string) => void): Promise<readonly ReportSection[]> {
		return holdPage(
			muteAfterSettled(onSection, (listener) =>
				this.#bridge.call((host) => host.testMachine(proxy(listener))),
			),
		);
	}

	use(blockEngine: BlockEngineName): void {
		if (blockEngine === this.#options.engine) return;
		this.#options = { ...this.#options, engine: blockEngine };
		this.#bridge.replace();
	}

	dispose(): void {
		this.#bridge.close();
	}

	#seenFromPage(error: unknown): unknown {
		return this.#hadGpu && hasCode(error, 'webgpu-unavailable')
			? new WebGpuPausedError({ cause: error })
			: error;
	}
}

function openEngine(options: LocalEngineOptions): OpenWorker<EngineHost> {
	const worker = new Worker(new URL('../../workers/engine.worker.ts', import.meta.url), {
		type: 'module',
		name: 'engine',
	});
	return new OpenWorker('engine', worker, options);
}

/** Starts no worker until the first call. */
export function createEngineClient(
	engine: BlockEngineName = DEFAULT_BLOCK_ENGINE,
): SwitchableEngine & MachineTester & { dispose(): void } {
	return new EngineClient({ modelsUrl: modelsUrl(document.baseURI), engine });
}
