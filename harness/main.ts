import { proxy } from 'comlink';
import type {
	AdapterInfo,
	EngineEvent,
	Fallback,
	MemoryPlan,
	ModelInfo,
} from '../src/engine/engine.ts';
import { withWorker } from './with-worker.ts';
import { engineOfAddress } from '../src/engine/block-engine-names.ts';
import { createEngineClient } from '../src/engine/engine-client.ts';
import {
	type ChosenFile,
	createInstallClient,
	type InstallSource,
} from '../src/engine/install-client.ts';
import { DEMO_MODEL_ID } from '../src/install/manager/bundled-models.ts';
import type { DecodeBenchOptions, DecodeBenchReport } from '../lab/bench/decode-bench.ts';
import type {
	FitPreviewWorker,
	PreviewFit,
	PreviewSubject,
} from '../lab/fit-preview/fit-preview-contract.ts';
import type { KernelBenchOptions } from '../lab/bench/kernel-bench-options.ts';
import type { KernelBenchReport } from '../lab/bench/kernel-bench-report.ts';
import type { VerifiedTensor, VerifyCase, VerifyWorker } from '../lab/verify/verify-contract.ts';
import { waitForAdapter } from '../scripts/webgpu/wait-for-adapter.ts';
import type { CopyWorker } from './copy.worker.ts';
import type {
	CheckRun,
	FileRun,
	GeneratedPicture,
	GenerateRequest,
	HarnessApi,
	Outcome,
} from './harness-api.ts';
import { packError } from '../src/errors/cross-error.ts';
import { trustOwnScripts } from '../src/app/page/trust-own-scripts.ts';
import { embedRecipe } from '../src/share/pictures/embed-recipe.ts';
import { version as appVersion } from '../package.json';
import { benchAdapters } from './bench-adapters.ts';
import { benchMachine } from './bench-machine.ts';
import { encodeBase64 } from './encode-base64.ts';
import { fillRecipe } from './fill-recipe.ts';
import { measurePicture } from './measure-picture.ts';
import { installSynthetic, timeStorage } from './synthetic-model.ts';

trustOwnScripts();

const INSTALLED_MODEL = 'z-image-turbo';

const engine = createEngineClient(engineOfAddress(location.search));

const harness: HarnessApi = {
	open: () => outcomeOf(open),
	models: () => outcomeOf(() => engine.models()),
	generate: (request) => outcomeOf(() => generate(request)),
	installFiles: (afresh) => outcomeOf(() => installFiles(afresh)),
	installFrom: (source) => outcomeOf(() => install(source)),
	checkInstalled: () => outcomeOf(checkInstalled),
	copyFiles: () => outcomeOf(copyFiles),
	verify: (verifyCase) => outcomeOf(() => verify(verifyCase)),
	installSynthetic: (request) =>
		outcomeOf(async () => {
			// Its tokenizer is the demo's.
			await installed(findModel(await engine.models(), DEMO_MODEL_ID));
			return installSynthetic(request, progress);
		}),
	timeStorage: (options) => outcomeOf(() => timeStorage(options)),
	measure: (request) => outcomeOf(() => measurePicture(request, progress)),
	benchMachine: (level) => outcomeOf(() => benchMachine(level, harness, progress)),
	testMachine: () => outcomeOf(() => engine.testMachine(progress)),
	fitPreview: (model, subjects) => outcomeOf(() => fitPreview(model, subjects)),
	bench: (options) => outcomeOf(() => bench(options)),
	benchDecode: (options) => outcomeOf(() => benchDecode(options)),
	benchAdapters: (options) => outcomeOf(() => benchAdapters(options, progress)),
};

window.shardlightHarness = harness;

async function open(): Promise<AdapterInfo> {
	await waitForAdapter();
	return engine.open();
}

async function generate(request: GenerateRequest): Promise<GeneratedPicture> {
	const models = await engine.models();
	const model = await installed(findModel(models, request.model));
	const recipe = fillRecipe(request, model);
	const { budgetBytes } = request;
	const onEvent = (event: EngineEvent): void => {
		if (event.type === 'plan') progress(`plan: ${planInWords(event.plan)}`);
		for (const { component, reason } of fallbacksIn(event)) {
			progress(`the ${component} runs on ONNX Runtime, which is slower: ${reason}`);
		}
		if (event.type === 'stage') progress(`stage: ${event.stage}`);
		if (event.type === 'prompt-cut') {
			progress(
				`The model reads ${event.limitTokens} of the prompt's ${event.promptTokens} tokens.`,
			);
		}
		if (event.type === 'step') {
			const seconds = (event.milliseconds / 1000).toFixed(1);
			progress(`step ${event.step + 1} of ${event.steps}: ${seconds} s`);
		}
	};
	const options = budgetBytes === undefined ? {} : { budgetBytes };
	const picture = await engine.generate(recipe, onEvent, options);
	const { width, height, rgba, report } = picture;
	const canvas = new OffscreenCanvas(width, height);
	// Read back at once: kept in main memory, it needs no answer from the GPU.
	const context = canvas.getContext('2d', { willReadFrequently: true });
	context?.putImageData(new ImageData(rgba, width, height), 0, 0);
	const file = await canvas.convertToBlob({ type: 'image/png' });
	const png = await embedRecipe(
		new Uint8Array(await file.arrayBuffer()),
		recipe,
		{ id: model.id, revision: model.revision },
		appVersion,
	);
	return { recipe, report, png: encodeBase64(png) };
}

function fallbacksIn(event: EngineEvent): readonly Fallback[] {
	if (event.type === 'plan') return event.plan.fallbacks;
	return event.type === 'fallback' ? [event.fallback] : [];
}

function planInWords({ residentBlocks, blocks, budgetBytes, leastBytes }: MemoryPlan): string {
	const said = (bytes: number): string =>
		bytes < 1e9 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
	return (
		`${residentBlocks} of ${blocks} blocks stay on the GPU, ${blocks - residentBlocks} are streamed; ` +
		`${said(budgetBytes)} allowed, ${said(leastBytes)} needed`
	);
}

function findModel(models: readonly ModelInfo[], id: string | undefined): ModelInfo {
	const model = id === undefined ? models[0] : models.find((candidate) => candidate.id === id);
	if (model !== undefined) return model;
	const known = models.map((candidate) => candidate.id).join(', ');
	throw new Error(`There is no model "${id ?? ''}". Known: ${known || 'none'}.`);
}

async function installed(model: ModelInfo): Promise<ModelInfo> {
	if (model.installed) return model;
	progress(`installing ${model.name}, ${(model.bytes / 2 ** 20).toFixed(0)} MiB`);
	const tell = tenths('installed');
	const client = createInstallClient();
	await client.resume(model.id, (event) => {
		if (event.type === 'progress') tell(event.bytesDone / event.bytesTotal);
	});
	client.dispose();
	await engine.reopenModels();
	return { ...model, installed: true };
}

/** Tells a line for every tenth that is done. */
function tenths(what: string): (fraction: number) => void {
	let told = 0;
	return (fraction) => {
		const now = Math.floor(10 * fraction);
		if (now > told) progress(`${what} ${now * 10} %`);
		told = now;
	};
}

function chosenFiles(): readonly ChosenFile[] {
	const input = document.querySelector('input');
	const files = Array.from(input?.files ?? []);
	return files.map((file) => ({ path: file.webkitRelativePath, file }));
}

async function installFiles(afresh: boolean): Promise<FileRun> {
	if (afresh) await createInstallClient().delete(INSTALLED_MODEL);
	return install({ type: 'files', files: chosenFiles() });
}

async function install(source: InstallSource): Promise<FileRun> {
	let bytes = 0;
	let started = 0;
	const tell = tenths('installed');
	await createInstallClient().install(INSTALLED_MODEL, source, (event) => {
		// The backends' speeds are measured before that.
		if (event.type === 'phase' && (event.phase === 'read' || event.phase === 'convert')) {
			started = performance.now();
		}
		if (event.type === 'retry') {
			const seconds = Math.ceil(event.waitMilliseconds / 1000);
			progress(`${event.file}: ${event.reason}; tried again in ${seconds} s`);
		}
		if (event.type !== 'progress') return;
		bytes = event.bytesTotal;
		tell(event.bytesDone / event.bytesTotal);
	});
	return { bytes, milliseconds: performance.now() - started };
}

async function checkInstalled(): Promise<CheckRun> {
	const started = performance.now();
	const tell = tenths('checked');
	const report = await createInstallClient().check(INSTALLED_MODEL, (event) => {
		if (event.type === 'progress') tell(event.bytesDone / event.bytesTotal);
	});
	return { ...report, milliseconds: performance.now() - started };
}

async function copyFiles(): Promise<FileRun> {
	const worker = new Worker(new URL('./copy.worker.ts', import.meta.url), { type: 'module' });
	return withWorker<CopyWorker, FileRun>(worker, (host) => host.copyToStore(chosenFiles()));
}

async function verify(verifyCase: VerifyCase): Promise<readonly VerifiedTensor[]> {
	// A worker for each case, so that none inherits GPU memory from the one before.
	const worker = new Worker(new URL('../lab/verify/verify.worker.ts', import.meta.url), {
		type: 'module',
	});
	return withWorker<VerifyWorker, readonly VerifiedTensor[]>(worker, (host) =>
		host.verifyCase(verifyCase),
	);
}

async function fitPreview(
	modelId: string | undefined,
	subjects: readonly PreviewSubject[],
): Promise<PreviewFit> {
	const model = await installed(findModel(await engine.models(), modelId));
	const worker = new Worker(new URL('../lab/fit-preview/fit-preview.worker.ts', import.meta.url), {
		type: 'module',
	});
	const onPicture = (done: number) => progress(`drew ${done} of ${subjects.length}`);
	return withWorker<FitPreviewWorker, PreviewFit>(worker, (host) =>
		host.fitPreview(model.id, subjects, proxy(onPicture)),
	);
}

async function bench(options: KernelBenchOptions | undefined): Promise<KernelBenchReport> {
	await waitForAdapter();
	const { benchKernels } = await import('../lab/bench/kernel-bench.ts');
	return benchKernels(options, ({ kernel, what, milliseconds, teraflops, error }) =>
		progress(
			`${kernel} ${what}: ${error ?? `${milliseconds.toFixed(2)} ms, ${teraflops.toFixed(2)} TFLOP/s`}`,
		),
	);
}

async function benchDecode(options: DecodeBenchOptions | undefined): Promise<DecodeBenchReport> {
	await waitForAdapter();
	const { benchDecode } = await import('../lab/bench/decode-bench.ts');
	return benchDecode(options, (timing) => {
		const { width, height, allowedBytes, milliseconds, peakBytes, error } = timing;
		const allowed = allowedBytes === undefined ? 'uncut' : megabytes(allowedBytes);
		const result = error ?? `${milliseconds.toFixed(0)} ms, peak ${megabytes(peakBytes)}`;
		progress(`decode ${width}x${height} in ${allowed}: ${result}`);
	});
}

function megabytes(bytes: number): string {
	return `${(bytes / 1e6).toFixed(0)} MB`;
}

function progress(line: string): void {
	void window.shardlightProgress?.(line);
}

async function outcomeOf<Value>(call: () => Promise<Value>): Promise<Outcome<Value>> {
	try {
		return { ok: true, value: await call() };
	} catch (error) {
		return { ok: false, error: packError(error) };
	}
}
