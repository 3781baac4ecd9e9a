import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sayFailure } from '../../../cli/say-failure.ts';
import * as adapters from '../../../src/adapters/errors.ts';
import { downToTenth, Formats, upToTenth } from '../../../src/app/format.ts';
import { chinese } from '../../../src/app/i18n/chinese.ts';
import { english } from '../../../src/app/i18n/english.ts';
import { WorkerCrashedError } from '../../../src/bridge/errors.ts';
import { OpenWorker } from '../../../src/bridge/open-worker.ts';
import {
	EngineBusyError,
	GpuKeepsFailingError,
	AdapterMissingError,
	WebGpuPausedError,
} from '../../../src/engine/errors.ts';
import { AppError } from '../../../src/errors/app-error.ts';
import { sayError } from '../../../src/errors/error-sentences.ts';
import { ConfigError } from '../../../src/families/errors.ts';
import * as gpu from '../../../src/gpu/errors.ts';
import * as history from '../../../src/history/errors.ts';
import * as install from '../../../src/install/errors.ts';
import * as pipeline from '../../../src/pipeline/errors.ts';
import * as share from '../../../src/share/errors.ts';
import * as store from '../../../src/store/errors.ts';
import { FakeLocks, FakeWorker } from '../bridge/fake-worker.ts';

const SIZE = { width: 2048, height: 1024 };

const KINDS = ['gguf', 'zip', 'pytorch', 'lfs-pointer', 'web-page'] as const;
const TENSOR = { tensor: 'layers.3.w1', get: 'ae.safetensors' };
const CHECKPOINT_FAULTS: readonly install.CheckpointFault[] = [
	...KINDS.map((kind) => ({ problem: 'foreign', kind, get: 'ae.safetensors' }) as const),
	{ problem: 'damaged', detail: 'it ends inside its header' },
	{ problem: 'not-json' },
	{ problem: 'lora', what: 'Z-Image transformer', get: 'z.safetensors' },
	{ problem: 'other-contents', what: 'FLUX.1 autoencoder', holds: [], get: 'ae.safetensors' },
	{
		problem: 'other-contents',
		what: 'FLUX.1 autoencoder',
		holds: ['CLIP-L'],
		get: 'ae.safetensors',
	},
	{
		problem: 'other-model',
		what: 'Z-Image transformer',
		named: 'Z-Image (base)',
		get: 'z.safetensors',
	},
	{ problem: 'quantised', format: 'FP8', ...TENSOR },
	{ problem: 'quantised', ...TENSOR },
	{ problem: 'tensor-missing', ...TENSOR },
	{ problem: 'tensor-type', dtype: 'F64', ...TENSOR },
	{ problem: 'tensor-type', dtype: 'F64', tensor: 'layers.3.w1' },
	{ problem: 'tensor-shape', shape: [3, 384], expected: [12, 384], ...TENSOR },
	{ problem: 'tensors-overlap', tensor: 'layers.3.w1', other: 'layers.3.w2' },
	{ problem: 'tensor-value', tensor: 'layers.3.w1', index: 77, value: 'too-large' },
	{ problem: 'tensor-value', tensor: 'layers.3.w1', index: 77, value: 'not-a-number' },
];

const ADAPTER_FAULTS: readonly adapters.AdapterFault[] = [
	{ problem: 'other-model', made: 'Stable Diffusion XL' },
	{ problem: 'other-width', width: 3072 },
	{ problem: 'unknown-model' },
	{ problem: 'unknown-modules', key: 'blocks.0.q' },
	{ problem: 'controlnet' },
	...(['model', 'text-encoder', 'autoencoder'] as const).map(
		(what) => ({ problem: 'whole', what }) as const,
	),
	{ problem: 'quantised', tensor: 'layers.3.w1.lora_A', dtype: 'I8' },
	{ problem: 'not-a-number', tensor: 'layers.3.w1.lora_A' },
	{ problem: 'too-large', what: 'file', bytes: 5.4e9, limitBytes: 2 ** 32 },
	{ problem: 'too-large', what: 'differences', bytes: 5.4e9, limitBytes: 2 ** 30 },
];

/** One of every error, and one for each of the reasons that have words of their own. */
const SAMPLES: readonly AppError[] = [
	new WorkerCrashedError('engine', 'failed', 'out of memory'),
	new WorkerCrashedError('install', 'killed'),
	new WorkerCrashedError('hash', 'closed'),
	new WorkerCrashedError('lab', 'silent'),
	new EngineBusyError(),
	new WebGpuPausedError(),
	new GpuKeepsFailingError(2, 'DXGI_ERROR_DEVICE_HUNG'),
	new AdapterMissingError([{ name: 'boats', hash: 'abcdef012345' }]),
	new AdapterMissingError([{ name: 'boats' }, { name: 'ships', hash: 'abcdef012345' }]),
	new gpu.WebGpuUnavailableError('no-webgpu'),
	new gpu.WebGpuUnavailableError('no-adapter'),
	new gpu.WebGpuUnavailableError('refused', 'OperationError: gone'),
	new gpu.WebGpuUnavailableError('silent'),
	new gpu.GpuDeviceLostError('a driver reset'),
	new gpu.OutOfGpuMemoryError('slot 3', 362.5e6),
	new gpu.GpuFaultError('invalid buffer'),
	new gpu.GpuDroppedWorkError(),
	new gpu.GpuLimitError('weights layers.3', 490e6, 268e6),
	new gpu.ScratchLimitError('vae.up', 31e6, 47e6),
	new gpu.ShapeError('layers.7 holds no bias'),
	new pipeline.EmptyPromptError(),
	new pipeline.InvalidRecipeError({ field: 'seed', value: -3, least: 0, most: 77 }),
	new pipeline.InvalidRecipeError({ field: 'steps', value: 61, least: 1, most: 50 }),
	new pipeline.InvalidRecipeError({
		...{ field: 'width', value: 250, least: 16, most: 8192 },
		...{ multiple: 16, nearest: 256 },
	}),
	new pipeline.InvalidRecipeError({ field: 'height', value: NaN, least: 16, most: 8192 }),
	new pipeline.UnsupportedOptionsError(['negativePrompt', 'sampler']),
	new pipeline.NonFiniteError(['layers.2', 'layers.3'], 'step 1 of 8'),
	new pipeline.BudgetTooSmallError(SIZE, 5.01e9, 4.99e9),
	new store.ModelNotInstalledError('demo'),
	new store.ModelTooNewError('demo'),
	new store.ManifestError('sizes', 'it is not a list'),
	new store.ShardMissingError('demo', 'layers.4'),
	new store.ShardCorruptError('demo', 'layers.5', 'it ends at byte 9'),
	new store.StorageFullError(21.3e9),
	new store.StoreBusyError('layers.6'),
	new store.BackendUnavailableError('opfs'),
	...ADAPTER_FAULTS.map((fault) => new adapters.AdapterError(fault)),
	new ConfigError({ problem: 'field', file: 'vae/config.json', expected: 'object' }),
	new ConfigError({
		...{ problem: 'field', file: 'vae/config.json', field: 'scale' },
		...{ expected: 'number', given: '"x"' },
	}),
	new ConfigError({
		...{ problem: 'field', file: 'vae/config.json', field: 'groups' },
		...{ expected: 'positive-number', most: 65536, given: '-1' },
	}),
	new ConfigError({ problem: 'foreign-part', file: 'tokenizer.json', detail: 'it has no model' }),
	new ConfigError({ problem: 'misfit', file: 'vae/config.json', detail: 'head_dim must be even' }),
	new ConfigError({ problem: 'unknown-family', family: 'dall-e' }),
	new install.DownloadError('https://models.test/a', 'the server answered 503'),
	new install.IntegrityError('vae.safetensors'),
	...CHECKPOINT_FAULTS.map((fault) => new install.CheckpointError(fault)),
	new install.CheckpointError({ problem: 'not-json' }, 'tokenizer.json'),
	new install.CheckpointError({ problem: 'not-json' }, 'a.json', ['sdxl/vae/config.json']),
	new install.SourceChangedError('vae.safetensors', 'it ends at byte 12'),
	new install.SourceChangedError('vae.safetensors', 'it is gone', 'disk'),
	new install.SourceNeededError('z-image-turbo'),
	new install.FilesMissingError([
		{ file: 'ae.safetensors', what: 'FLUX.1 autoencoder' },
		{ file: 'tokenizer.json' },
	]),
	new install.FilesMissingError(
		[{ file: 'ae.safetensors', what: 'FLUX.1 autoencoder' }],
		[{ file: 'qwen.safetensors', what: 'text encoder' }],
		17,
	),
	new install.InstallBusyError('this tab'),
	new install.InstallBusyError('another tab'),
	new history.HistoryFullError(),
	new history.HistoryUnavailableError('blocked'),
	new history.PictureLostError(52),
	new share.RecipeLinkError('no-recipe'),
	new share.RecipeLinkError('newer-version'),
	new share.RecipeLinkError('broken'),
	new share.RecipeLinkError('too-long'),
	new share.PngError('its end is missing'),
	new share.InflateError('more than 9 bytes'),
];

/** What is said in words of each language. */
const IN_WORDS: Readonly<Record<string, readonly string[]>> = {
	'worker-crashed': ['worker', 'end'],
	'webgpu-unavailable': ['reason'],
	'invalid-recipe': ['field'],
	'unsupported-options': ['options'],
	'install-busy': ['where'],
	'source-changed': ['at'],
	'recipe-link': ['problem'],
	config: ['problem', 'expected'],
	checkpoint: ['problem', 'kind', 'value'],
	adapter: ['problem', 'what'],
};

const LANGUAGES = [
	{ formats: new Formats('en'), catalogue: english, script: /^\P{Script=Han}+$/u },
	{ formats: new Formats('zh-Hans'), catalogue: chinese, script: /\p{Script=Han}/u },
].map(({ formats, catalogue, script }) => ({ formats, script, errors: catalogue(formats).errors }));

const ROOMS = import.meta.glob<Readonly<Record<string, unknown>>>('../../../src/**/errors.ts', {
	eager: true,
});

function isErrorClass(value: unknown): value is new (...args: never[]) => AppError {
	return typeof value === 'function' && value.prototype instanceof Error;
}

/** How a sentence may give a value; it must do so in one of these ways. */
function waysToSay(value: unknown, formats: Formats): readonly string[] {
	if (typeof value !== 'number') return [String(value)];
	const rounded = [value, upToTenth(value), downToTenth(value)];
	return [String(value), formats.integer(value), ...rounded.map((bytes) => formats.bytes(bytes))];
}

function valuesOf({ code, data }: AppError): readonly unknown[] {
	const leaves = (value: unknown): readonly unknown[] =>
		typeof value !== 'object' || value === null
			? [value]
			: Object.entries(value)
					.filter(([key, inner]) => inner !== undefined && !IN_WORDS[code]?.includes(key))
					.flatMap(([, inner]) => leaves(inner));
	return leaves(data);
}

test.each(Object.keys(ROOMS))('%s: each class is an AppError with a sample here', (path) => {
	const classes = Object.entries(ROOMS[path] ?? {}).filter(([, value]) => isErrorClass(value));
	expect(classes).not.toEqual([]);
	for (const [name, errorClass] of classes) {
		const samples = SAMPLES.filter((sample) => sample.constructor === errorClass);
		expect(samples, name).not.toEqual([]);
		for (const sample of samples) expect(sample, name).toBeInstanceOf(AppError);
	}
});

test('no two classes share a code, and the catalogues have a sentence for each and no other', () => {
	const codes = new Map(SAMPLES.map(({ constructor, code }) => [constructor, code]));
	expect(new Set(codes.values()).size).toBe(codes.size);
	for (const { errors } of LANGUAGES) {
		expect(Object.keys(errors).sort()).toEqual([...codes.values()].sort());
	}
});

describe.each(SAMPLES.map((error) => [`${error.code} ${error.message}`, error] as const))(
	'%s',
	(_name, error) => {
		test('says all its values in both languages', () => {
			for (const { errors, formats, script } of LANGUAGES) {
				const said = sayError(errors, error);
				expect(said).toMatch(script);
				for (const value of valuesOf(error)) {
					const isSaid = waysToSay(value, formats).some((way) => said.includes(way));
					expect(isSaid, `${String(value)} in: ${said}`).toBe(true);
				}
			}
		});

		test('names no button on the command line', () => {
			expect(sayFailure(error)).not.toMatch(/\bpress\b|under Memory/i);
		});
	},
);

test('no two samples say the same', () => {
	for (const { errors } of LANGUAGES) {
		expect(new Set(SAMPLES.map((error) => sayError(errors, error))).size).toBe(SAMPLES.length);
	}
});

test('what is needed is never shown as the same as what there is', () => {
	const said = sayFailure(new pipeline.BudgetTooSmallError(SIZE, 4.001e9, 3.999e9));
	expect(said).toContain('4.1 GB');
	expect(said).toContain('3.9 GB');
});

describe('across a worker', () => {
	let worker: OpenWorker<{ fail(index: number): never }>;

	beforeAll(() => {
		vi.stubGlobal('isSecureContext', false);
		const fail = (index: number): never => {
			throw SAMPLES[index] ?? new TypeError('strange');
		};
		const fake = new FakeWorker(new FakeLocks(), () => ({ fail }));
		worker = new OpenWorker('lab', fake as unknown as Worker);
	});

	afterAll(() => {
		worker.close();
		vi.unstubAllGlobals();
	});

	test.each(SAMPLES.map((error, index) => [error.code, index, error] as const))(
		'%s %i keeps its code, its data and what follows from it',
		async (code, index, error) => {
			const crossed: unknown = await worker
				.call((host) => host.fail(index))
				.catch((caught: unknown) => caught);
			expect(crossed).toBeInstanceOf(AppError);
			const { data, engineUsable, remedy } = error;
			expect(crossed).toMatchObject({ code, data, engineUsable, remedy });
		},
	);

	test('an error that is none of ours keeps its name and message', async () => {
		const crossing = worker.call((host) => host.fail(-1));
		await expect(crossing).rejects.toMatchObject({ name: 'TypeError', message: 'strange' });
	});
});
