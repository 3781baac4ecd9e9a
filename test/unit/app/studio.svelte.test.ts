import { beforeEach, describe, expect, test } from 'vitest';
import { language } from '../../../src/app/i18n/language.svelte.ts';
import { Studio } from '../../../src/app/state/studio.svelte.ts';
import { EngineCrashedError, reviveError } from '../../../src/engine/errors.ts';
import { GpuDeviceLostError, WebGpuUnavailableError } from '../../../src/gpu/errors.ts';
import { DownloadError } from '../../../src/install/errors.ts';
import { NonFiniteError } from '../../../src/pipeline/errors.ts';
import {
	ModelNotInstalledError,
	ShardCorruptError,
	ShardMissingError,
} from '../../../src/store/errors.ts';
import {
	ADAPTER,
	MODEL,
	ScriptedEngine,
	TestEnvironment,
	last,
	pictureOf,
	settle,
} from './scripted-engine.ts';

let engine: ScriptedEngine;
let environment: TestEnvironment;
let studio: Studio;

beforeEach(() => {
	engine = new ScriptedEngine();
	environment = new TestEnvironment();
	studio = new Studio(engine, environment);
});

describe('start', () => {
	test('offers what the model can do', async () => {
		expect(studio.start.status).toBe('starting');
		expect(studio.canGenerate).toBe(false);
		await studio.open();
		expect(studio.start.status).toBe('ready');
		expect(studio.adapter).toEqual(ADAPTER);
		expect(studio.composer.sizes).toEqual(MODEL.sizes);
		expect(studio.composer.steps).toBe(MODEL.defaultSteps);
		expect(studio.canGenerate).toBe(true);
		expect(engine.installs).toHaveLength(0);
	});

	test('names what is missing without WebGPU, and can be tried again', async () => {
		engine.openError = new WebGpuUnavailableError('No adapter.');
		await studio.open();
		expect(studio.start).toMatchObject({
			status: 'no-webgpu',
			failure: { message: 'No adapter.' },
		});
		engine.openError = undefined;
		await studio.open();
		expect(studio.start.status).toBe('ready');
	});

	test('knows the error again after it crossed the worker boundary', async () => {
		engine.openError = reviveError(
			Object.assign(new Error('No adapter.'), { name: 'WebGpuUnavailableError' }),
		) as Error;
		await studio.open();
		expect(studio.start.status).toBe('no-webgpu');
	});

	test('shows any other error as it is', async () => {
		engine.openError = new EngineCrashedError('out of memory');
		await studio.open();
		expect(studio.start).toMatchObject({
			status: 'failed',
			failure: { message: engine.openError.message },
		});
	});

	test('says so when there is no model', async () => {
		engine.offered = [];
		await studio.open();
		expect(studio.start.status).toBe('no-models');
	});
});

describe('first install', () => {
	beforeEach(async () => {
		engine.offered = [{ ...MODEL, installed: false }];
		void studio.open();
		await settle();
	});

	test('begins by itself and lets pictures be drawn once it is done', async () => {
		expect(last(engine.installs).argument).toBe(MODEL.id);
		expect(studio.installation.running).toBe(true);
		expect(studio.canGenerate).toBe(false);
		last(engine.installs).resolve(MODEL);
		await settle();
		expect(studio.installation.state.status).toBe('idle');
		expect(studio.canGenerate).toBe(true);
		expect(studio.notices.all).toEqual([]);
	});

	test('tells bytes, speed and time left', () => {
		const { emit } = last(engine.installs);
		emit({ type: 'install-progress', bytesDone: 0, bytesTotal: 1000, shard: 'a' });
		environment.time = 1000;
		emit({ type: 'install-progress', bytesDone: 250, bytesTotal: 1000, shard: 'b' });
		environment.frame();
		expect(studio.installation.state).toMatchObject({
			status: 'running',
			progress: { bytesDone: 250, bytesTotal: 1000, bytesPerSecond: 250, millisecondsLeft: 3000 },
		});
		expect(studio.installation.fraction).toBe(0.25);
		expect(studio.title).toContain('25%');
	});

	test('a failure is shown and can be tried again', async () => {
		const error = new DownloadError('https://models.test/a', '404');
		last(engine.installs).reject(error);
		await settle();
		expect(studio.installation.state).toMatchObject({
			status: 'failed',
			failure: { message: error.message },
		});
		expect(studio.canGenerate).toBe(false);
		void studio.install();
		expect(engine.installs).toHaveLength(2);
		last(engine.installs).resolve(MODEL);
		await settle();
		expect(studio.canGenerate).toBe(true);
	});

	test('cancelling is no error', async () => {
		studio.installation.cancel();
		await settle();
		expect(last(engine.installs).signal?.aborted).toBe(true);
		expect(studio.installation.state.status).toBe('cancelled');
		void studio.install();
		expect(studio.installation.running).toBe(true);
	});

	test('runs once at a time', async () => {
		await studio.install();
		expect(engine.installs).toHaveLength(1);
	});
});

describe('generate', () => {
	beforeEach(async () => {
		await studio.open();
		studio.composer.prompt = 'a red circle';
	});

	test('draws the recipe and moves on to a new seed', async () => {
		void studio.generate();
		const { argument: recipe, emit, resolve } = last(engine.generations);
		expect(recipe).toMatchObject({ prompt: 'a red circle', seed: 1, steps: 4 });
		expect(studio.canGenerate).toBe(false);
		emit({ type: 'stage', stage: 'sample' });
		emit({ type: 'step', step: 1, steps: 4, milliseconds: 10 });
		expect(studio.generation.progress.fraction).toBe(0);
		environment.frame();
		expect(studio.generation.progress).toMatchObject({ fraction: 0.5, stage: 'sample' });
		expect(studio.title).toContain('50%');
		const picture = pictureOf(recipe);
		resolve(picture);
		await settle();
		expect(studio.generation.status).toBe('done');
		expect(studio.generation.picture).toBe(picture);
		expect(studio.composer.seed).toBe(2);
		expect(studio.title).toBe('Shardlight');
	});

	test('asks for what is missing and leaves the engine alone', async () => {
		studio.composer.prompt = '';
		expect(await studio.generate()).toBe(false);
		expect(studio.composer.promptMissing).toBe(true);
		expect(engine.generations).toHaveLength(0);
	});

	test('runs once at a time', async () => {
		void studio.generate();
		await studio.generate();
		expect(engine.generations).toHaveLength(1);
	});

	test('cancelling is no error and keeps the seed and the last picture', async () => {
		void studio.generate();
		const { argument, resolve } = last(engine.generations);
		resolve(pictureOf(argument));
		await settle();
		void studio.generate();
		studio.generation.cancel();
		expect(studio.generation.status).toBe('cancelling');
		await settle();
		expect(studio.generation.status).toBe('cancelled');
		expect(studio.notices.all).toEqual([]);
		expect(studio.composer.seed).toBe(2);
		expect(studio.generation.picture?.recipe.seed).toBe(1);
		expect(studio.canGenerate).toBe(true);
	});

	test.each([new GpuDeviceLostError('reset'), new EngineCrashedError('out of memory')])(
		'$name: its message, and Generate works again',
		async (error) => {
			void studio.generate();
			last(engine.generations).reject(error);
			await settle();
			expect(studio.notices.all).toMatchObject([{ tone: 'error', details: error.message }]);
			expect(studio.notices.all[0]?.remedy).toBeUndefined();
			void studio.generate();
			expect(engine.generations).toHaveLength(2);
			expect(studio.notices.all).toEqual([]);
		},
	);

	test.each([
		[new ShardMissingError('demo', 'block-3'), 'repair'],
		[new ShardCorruptError('demo', 'block-3', 'hash'), 'repair'],
		[new NonFiniteError(['block-3'], 'step 1'), 'repair'],
		[new ModelNotInstalledError('demo'), 'install'],
	])('$name offers to put it right', async (error, remedy) => {
		void studio.generate();
		last(engine.generations).reject(error);
		await settle();
		expect(studio.notices.all).toMatchObject([{ tone: 'error', remedy }]);

		void studio.install();
		expect(studio.notices.all).toEqual([]);
		expect(studio.canGenerate).toBe(false);
		last(engine.installs).resolve(MODEL);
		await settle();
		expect(studio.notices.all).toMatchObject([{ tone: 'info' }]);
		expect(studio.canGenerate).toBe(true);
	});

	test('a failed repair leaves Generate usable, and Generate puts its message away', async () => {
		void studio.install();
		last(engine.installs).reject(new DownloadError('https://models.test/a', '404'));
		await settle();
		expect(studio.installation.state.status).toBe('failed');
		void studio.generate();
		expect(studio.installation.state.status).toBe('idle');
		expect(engine.generations).toHaveLength(1);
	});

	test('tells that a prompt was cut', () => {
		void studio.generate();
		last(engine.generations).emit({ type: 'prompt-cut', promptTokens: 734, limitTokens: 512 });
		expect(studio.notices.all.map(({ say }) => say(language.messages))).toEqual([
			'The prompt has 734 tokens; the model reads 512, the rest was cut.',
		]);
		studio.notices.all.forEach((notice) => studio.notices.dismiss(notice));
		expect(studio.notices.all).toEqual([]);
	});
});
