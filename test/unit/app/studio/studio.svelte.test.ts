import { beforeEach, describe, expect, test, vi } from 'vitest';
import { language } from '../../../../src/app/i18n/language.svelte.ts';
import { modelOf } from '../../../../src/app/picture/picture.ts';
import { shownRecipe } from '../../../../src/app/recipe/recipe-chips.ts';
import { Studio } from '../../../../src/app/studio/studio.svelte.ts';
import type {
	EngineEvent,
	ModelId,
	ModelInfo,
	Recipe,
	ComponentId,
} from '../../../../src/engine/engine.ts';
import { WorkerCrashedError } from '../../../../src/bridge/errors.ts';
import { sayError } from '../../../../src/errors/error-sentences.ts';
import { packError, reviveError } from '../../../../src/errors/cross-error.ts';
import { GpuDeviceLostError, WebGpuUnavailableError } from '../../../../src/gpu/errors.ts';
import { HistoryFullError } from '../../../../src/history/errors.ts';
import { DownloadError } from '../../../../src/install/errors.ts';
import { BudgetTooSmallError, NonFiniteError } from '../../../../src/pipeline/errors.ts';
import { encodeRecipe } from '../../../../src/share/recipe-link.ts';
import {
	ModelNotInstalledError,
	ShardCorruptError,
	ShardMissingError,
} from '../../../../src/store/errors.ts';
import {
	ADAPTER,
	MODEL,
	ScriptedEngine,
	TestEnvironment,
	last,
	pictureOf,
	settle,
} from '../scripted-engine.ts';
import { ScriptedPort } from '../scripted-port.ts';

const RECIPE: Recipe = {
	...{ modelId: MODEL.id, prompt: 'a fox', seed: 7 },
	...{ width: 256, height: 256, steps: 3 },
};

let engine: ScriptedEngine;
let environment: TestEnvironment;
let port: ScriptedPort;
let studio: Studio;

beforeEach(() => {
	engine = new ScriptedEngine();
	environment = new TestEnvironment();
	port = new ScriptedPort();
	studio = new Studio(engine, port, environment);
});

describe('start', () => {
	test('offers what the model can do', async () => {
		expect(studio.start.status).toBe('starting');
		expect(studio.canGenerate).toBe(false);
		await studio.open();
		expect(studio.start.status).toBe('ready');
		expect(studio.adapter).toEqual(ADAPTER);
		expect(studio.composer.sizes).toEqual(MODEL.can.sizes);
		expect(studio.composer.steps).toBe(MODEL.can.steps.default);
		expect(studio.canGenerate).toBe(true);
		expect(port.asked).toEqual([]);
	});

	test('names what is missing without WebGPU, and can be tried again', async () => {
		engine.openError = new WebGpuUnavailableError('no-adapter');
		await studio.open();
		expect(studio.start).toMatchObject({
			status: 'no-webgpu',
			failure: { code: 'webgpu-unavailable' },
		});
		engine.openError = undefined;
		await studio.open();
		expect(studio.start.status).toBe('ready');
	});

	test('knows the error again after it crossed the worker boundary', async () => {
		engine.openError = reviveError(packError(new WebGpuUnavailableError('no-adapter')));
		await studio.open();
		expect(studio.start.status).toBe('no-webgpu');
	});

	test('shows any other error as it is', async () => {
		engine.openError = new WorkerCrashedError('engine', 'killed');
		await studio.open();
		expect(studio.start).toMatchObject({
			status: 'failed',
			failure: { code: 'worker-crashed' },
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

	/** The manager is done: the engine finds the model. */
	async function finish(): Promise<void> {
		engine.offered = [MODEL];
		port.finish();
		await settle();
	}

	test('asks the manager by itself, and lets pictures be drawn once it is done', async () => {
		expect(port.asked).toEqual([{ what: 'resume', id: MODEL.id }]);
		expect(studio.installation.running).toBe(true);
		expect(studio.canGenerate).toBe(false);
		await finish();
		expect(studio.installation.state.status).toBe('idle');
		expect(studio.canGenerate).toBe(true);
		expect(studio.toasts.all).toEqual([]);
		expect(environment.asksToKeep, 'nobody is asked anything').toBe(0);
	});

	test('tells bytes, speed and time left', () => {
		const numbers = { bytesDone: 250, bytesTotal: 1000, bytesPerSecond: 250, secondsLeft: 3 };
		port.listener({ type: 'progress', file: 'b', ...numbers });
		environment.frame();
		expect(studio.installation.progress).toMatchObject(numbers);
		expect(studio.installation.fraction).toBe(0.25);
		expect(studio.title).toContain('25%');
	});

	test('a failure is shown and can be tried again', async () => {
		const error = new DownloadError('https://models.test/a', '404');
		port.fail(error);
		await settle();
		expect(studio.installation.state).toMatchObject({
			status: 'failed',
			failure: { code: 'download' },
		});
		expect(studio.canGenerate).toBe(false);
		void studio.install();
		await settle();
		expect(port.asked).toHaveLength(2);
		await finish();
		expect(studio.canGenerate).toBe(true);
	});

	test('cancelling is no error, and what has come stays', async () => {
		studio.installation.cancel();
		await settle();
		expect(port.stopped).toEqual(['pause']);
		expect(studio.installation.state.status).toBe('cancelled');
		void studio.install();
		expect(studio.installation.running).toBe(true);
	});

	test('runs once at a time', async () => {
		await studio.install();
		expect(port.asked).toHaveLength(1);
	});
});

describe('generate', () => {
	beforeEach(async () => {
		await studio.open();
		studio.composer.prompt = 'a red circle';
	});

	test('draws the recipe with a random seed, and says which', async () => {
		await studio.generate();
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
		expect(studio.composer.seed.isRandom).toBe(true);
		expect(studio.composer.seed.last).toBe(1);
		expect(studio.title).toBe('Shardlight');
	});

	test('shows the picture as far as it has come, until it is done', async () => {
		await studio.generate();
		const { argument, emit, resolve } = last(engine.generations);
		const preview = {
			type: 'preview',
			step: 0,
			width: 1,
			height: 1,
			rgba: new Uint8ClampedArray(4),
		};
		emit(preview as unknown as EngineEvent);
		expect(studio.generation.preview).toBe(preview);
		resolve(pictureOf(argument));
		await settle();
		expect(studio.generation.preview).toBeUndefined();
	});

	test('asks for what is missing and leaves the engine alone', async () => {
		studio.composer.prompt = '';
		expect(await studio.generate()).toBe(false);
		expect(studio.composer.promptMissing).toBe(true);
		expect(engine.generations).toHaveLength(0);
	});

	test('runs once at a time', async () => {
		await studio.generate();
		await studio.generate();
		expect(engine.generations).toHaveLength(1);
	});

	test('a model that is deleted is let go of first: its picture stops, and what waits for it', async () => {
		studio.composer.count = 2;
		await studio.generate();
		expect(studio.manager.isDrawnWith(MODEL.id)).toBe(true);
		expect(studio.manager.isDrawnWith('another')).toBe(false);
		const removed = studio.manager.remove(MODEL.id);
		expect(port.stopped, 'not while it is read').toEqual([]);
		await settle();
		expect(await removed).toEqual({ status: 'done' });
		expect(port.stopped).toEqual(['delete']);
		expect(studio.generation.status).toBe('cancelled');
		expect(studio.queue.batches).toEqual([]);
		expect(engine.generations).toHaveLength(1);
		expect(studio.toasts.all, 'nothing is missing or damaged').toEqual([]);
	});

	test('another model is deleted beside the drawing', async () => {
		await studio.generate();
		expect(await studio.manager.remove('another')).toEqual({ status: 'done' });
		expect(studio.generation.status).toBe('running');
	});

	test('cancelling is no error and keeps the last picture', async () => {
		await studio.generate();
		const { argument, resolve } = last(engine.generations);
		resolve(pictureOf(argument));
		await settle();
		await studio.generate();
		studio.generation.cancel();
		expect(studio.generation.status).toBe('cancelling');
		await settle();
		expect(studio.generation.status).toBe('cancelled');
		expect(studio.toasts.all).toEqual([]);
		expect(studio.composer.seed.last).toBe(2);
		expect(studio.generation.picture?.recipe.seed).toBe(1);
		expect(studio.canGenerate).toBe(true);
	});

	test('a failure: its message, and Generate works again', async () => {
		const error = new BudgetTooSmallError(RECIPE, 5e9, 4e9);
		await studio.generate();
		last(engine.generations).reject(error);
		await settle();
		expect(studio.toasts.all).toMatchObject([{ tone: 'error' }]);
		expect(studio.toasts.all[0]?.say(language.messages)).toBe(
			sayError(language.messages.errors, error),
		);
		expect(studio.toasts.all[0]?.remedy).toBeUndefined();
		await studio.generate();
		expect(engine.generations).toHaveLength(2);
		expect(studio.toasts.all).toEqual([]);
	});

	test.each([
		[new ShardMissingError('demo', 'block-3'), 'repair'],
		[new ShardCorruptError('demo', 'block-3', 'hash'), 'repair'],
		[new NonFiniteError(['block-3'], 'step 1'), 'repair'],
		[new ModelNotInstalledError('demo'), 'install'],
	])('$name offers to put it right', async (error, remedy) => {
		await studio.generate();
		last(engine.generations).reject(error);
		await settle();
		expect(studio.toasts.all).toMatchObject([{ tone: 'error', remedy }]);

		void studio.install();
		expect(studio.toasts.all).toEqual([]);
		expect(studio.canGenerate).toBe(false);
		port.finish();
		await settle();
		expect(studio.toasts.all).toMatchObject([{ tone: 'info' }]);
		expect(studio.canGenerate).toBe(true);
	});

	test('a failed repair leaves Generate usable, and Generate puts its message away', async () => {
		void studio.install();
		port.fail(new DownloadError('https://models.test/a', '404'));
		await settle();
		expect(studio.installation.state.status).toBe('failed');
		await studio.generate();
		expect(studio.installation.state.status).toBe('idle');
		expect(engine.generations).toHaveLength(1);
	});

	test('tells that a prompt was cut', async () => {
		await studio.generate();
		last(engine.generations).emit({ type: 'prompt-cut', promptTokens: 734, limitTokens: 512 });
		expect(studio.toasts.all.map(({ say }) => say(language.messages))).toEqual([
			'The prompt has 734 tokens; the model reads 512, the rest was cut.',
		]);
		studio.toasts.all.forEach((notice) => studio.toasts.dismiss(notice));
		expect(studio.toasts.all).toEqual([]);
	});
});

describe('what survives a reload', () => {
	test('the prompt and the settings', async () => {
		await studio.open();
		Object.assign(studio.composer, { prompt: 'a fox', steps: 7, sizeIndex: 1, count: 3 });
		studio.composer.seed.keep(99);
		studio.saveDraft();

		const next = new Studio(engine, port, environment);
		await next.open();
		expect(next.composer.draft).toEqual(studio.composer.draft);
	});

	test('nothing that cannot be read', async () => {
		environment.storage.write('shardlight.draft', '{"prompt":5,"steps":"x","seedCounting":1}');
		const next = new Studio(engine, port, environment);
		await next.open();
		expect(next.composer.prompt).toBe('');
		expect(next.composer.steps).toBe(MODEL.can.steps.default);
		environment.storage.write('shardlight.draft', '{');
		expect(() => new Studio(engine, port, environment)).not.toThrow();
	});
});

describe('links', () => {
	const LINK = '#v=1&p=a+blue+fox&seed=7&w=512&h=256&steps=3&m=demo';

	test('fill the form and draw nothing', async () => {
		environment.hash = LINK;
		await studio.open();
		expect(studio.composer.draft).toMatchObject({
			...{ prompt: 'a blue fox', seedText: '7' },
			...{ steps: 3, width: 512, height: 256 },
		});
		expect(engine.generations).toHaveLength(0);
		expect(environment.hash).toBe('');
	});

	test('wait for an answer when there is another draft', async () => {
		await studio.open();
		studio.composer.prompt = 'mine';
		environment.hash = LINK;
		await studio.openLink();
		expect(studio.composer.prompt).toBe('mine');
		studio.restoring.refuse();
		expect(studio.restoring.offer).toBeUndefined();
		expect(studio.composer.prompt).toBe('mine');

		environment.hash = LINK;
		await studio.openLink();
		studio.restoring.accept();
		expect(studio.composer.prompt).toBe('a blue fox');
	});

	test('that are broken say so and change nothing', async () => {
		environment.hash = '#v=1&pz=!!!';
		await studio.open();
		expect(studio.toasts.all).toMatchObject([{ tone: 'error' }]);
		expect(studio.composer.prompt).toBe('');
	});

	test('of another model, with a size this one lacks, say both', async () => {
		environment.hash = '#v=1&p=a&seed=7&w=1024&h=512&steps=3&m=other';
		await studio.open();
		expect(studio.composer.size).toEqual({ width: 512, height: 256 });
		expect(studio.toasts.all).toHaveLength(3);
	});

	test('name the revision that drew the picture, and say where it is another one', async () => {
		const picture = { ...pictureOf(RECIPE), revision: '1' };
		const address = async (revision: string | undefined) =>
			encodeRecipe(picture.recipe, modelOf({ ...picture, revision }));
		for (const revision of ['1', undefined]) {
			environment.hash = await address(revision);
			await studio.open();
			expect(studio.composer.prompt).toBe(RECIPE.prompt);
			expect(studio.toasts.all).toHaveLength(1);
		}
		environment.hash = await address('0123456789abcdef');
		await studio.openLink();
		expect(studio.composer.prompt).toBe(RECIPE.prompt);
		expect(studio.toasts.all.map(({ say }) => say(language.messages)).at(-1)).toContain(
			'another revision of Demo (0123456789ab…; yours is 1)',
		);
	});
});

describe('a draft that is replaced', () => {
	const undo = (): void => studio.toasts.all.find(({ key }) => key === 'draft')?.action?.run();
	const said = (): readonly string[] => studio.toasts.all.map(({ say }) => say(language.messages));

	beforeEach(async () => {
		await studio.open();
		Object.assign(studio.composer, { prompt: 'mine', steps: 7, sizeIndex: 1, count: 3 });
	});

	test('by a picture’s settings can be had again', () => {
		const before = studio.composer.draft;
		studio.reuse(pictureOf(RECIPE));
		expect(studio.composer.draft).toMatchObject({ prompt: 'a fox', seedText: '7', steps: 3 });
		undo();
		expect(studio.composer.draft).toEqual(before);
	});

	test('in one input alone keeps all others', () => {
		studio.recipes.useOne({ seed: 99 });
		expect(studio.composer.draft).toMatchObject({ prompt: 'mine', seedText: '99', steps: 7 });
		undo();
		expect(studio.composer.draft).toMatchObject({ prompt: 'mine', seedText: '' });
	});

	test('by settings that were pasted is the one without them', async () => {
		const text = 'a fox\nSteps: 5, Sampler: Euler, CFG scale: 1, Seed: 77, Size: 256x256';
		const before = studio.composer.draft;
		studio.composer.prompt += text;
		await studio.restoring.offerPasted(text, before);
		expect(said()).toEqual(['What you pasted looks like the settings of a picture.']);
		expect(studio.composer.prompt, 'nothing happens unasked').toBe(`mine${text}`);
		undo();
		expect(studio.composer.draft).toMatchObject({ prompt: 'a fox', seedText: '77', steps: 5 });
		undo();
		expect(studio.composer.draft).toEqual(before);
	});

	test('is not offered anything for words that were pasted', async () => {
		await studio.restoring.offerPasted('a fox in snow, soft light', studio.composer.draft);
		expect(studio.toasts.all).toEqual([]);
	});

	test('what was copied as text fills the form when it is pasted', async () => {
		await studio.recipes.copyText(shownRecipe(RECIPE, { id: MODEL.id }));
		await studio.restoring.offerPasted(environment.copied, studio.composer.draft);
		undo();
		expect(studio.composer.draft).toMatchObject({
			...{ prompt: 'a fox', seedText: '7', steps: 3, width: 256, height: 256 },
		});
	});
});

test('a link without a recipe says so', async () => {
	environment.hash = '#prompt=hello';
	await studio.open();
	expect(studio.toasts.all).toMatchObject([{ tone: 'error' }]);
	expect(studio.toasts.all[0]?.say(language.messages)).toContain('holds no recipe');
});

describe('what another model would do with a recipe', () => {
	const ABLE: ModelInfo = {
		...MODEL,
		can: { ...MODEL.can, negativePrompt: true, guidanceScale: { least: 1, most: 10, default: 4 } },
	};
	const LINK = '#v=2&p=a+fox&n=ugly&cfg=4&sampler=heun&m=demo';
	const said = (): readonly string[] => studio.toasts.all.map(({ say }) => say(language.messages));

	test('is told where this one cannot do it, and not drawn', async () => {
		environment.hash = LINK;
		await studio.open();
		expect(said().at(-1)).toContain('left out: negative prompt, guidance scale, and sampler.');
		await studio.generate();
		expect(last(engine.generations).argument).toEqual({
			...{ modelId: 'demo', prompt: 'a fox', seed: 1, width: 256, height: 256, steps: 4 },
		});
	});

	test('is drawn by a model that can, also after a reload', async () => {
		engine.offered = [ABLE];
		environment.hash = LINK;
		await studio.open();
		expect(said().at(-1)).toContain('left out: sampler.');
		studio.saveDraft();
		const next = new Studio(engine, port, environment);
		await next.open();
		await next.generate();
		expect(last(engine.generations).argument).toMatchObject({
			...{ negativePrompt: 'ugly', guidanceScale: 4 },
		});
	});

	test('waits while a model is chosen that cannot, and is forgotten with the next recipe', async () => {
		const plain = { ...MODEL, id: 'plain' as ModelId };
		engine.offered = [ABLE, plain];
		environment.hash = LINK;
		await studio.open();
		await studio.chooseModel(plain.id);
		expect(studio.composer.options).not.toEqual({});
		expect(studio.composer.activeOptions).toEqual({});
		environment.hash = '#v=1&p=a+fox&m=demo';
		await studio.openLink();
		expect(studio.composer.options).toEqual({});
	});

	test('of a newer page is named', async () => {
		environment.hash = '#v=3&p=a+fox&tiling=1';
		await studio.open();
		expect(said().at(-1)).toBe(
			'These settings were made with a newer version of Shardlight. This one ignores: tiling.',
		);
	});
});

describe('a picture in the history', () => {
	test('says what of its recipe cannot be used again', async () => {
		await studio.open();
		const { report } = pictureOf(RECIPE);
		const warnings = [{ problem: 'newer', settings: ['tiling'] }] as const;
		const entry = { id: 1, createdAt: 1, recipe: RECIPE, model: { id: 'demo' }, report, warnings };
		studio.history.entries.set(1, { ...entry, thumbnail: new Blob() });
		vi.spyOn(environment.pictures, 'png').mockResolvedValue(new Blob());
		await studio.openPicture(1);
		if (studio.picture !== undefined) studio.reuse(studio.picture);
		expect(studio.composer.prompt).toBe(RECIPE.prompt);
		expect(studio.toasts.all.map(({ say }) => say(language.messages))).toEqual([
			'The settings were filled in. Press Generate to draw them.',
			expect.stringContaining('This one ignores: tiling.'),
		]);
	});

	test('remembers the revision of its model', async () => {
		await studio.open();
		studio.composer.prompt = 'a';
		await studio.generate();
		await settle();
		const { argument, resolve } = last(engine.generations);
		resolve({ ...pictureOf(argument), revision: '7' });
		await settle();
		const [id] = studio.history.ids;
		await studio.openPicture(id);
		expect(studio.picture?.revision).toBe('7');
	});
});

describe('several pictures', () => {
	beforeEach(async () => {
		await studio.open();
		studio.composer.prompt = 'a';
		studio.composer.count = 3;
		await studio.generate();
	});

	async function finishOne(): Promise<void> {
		const { argument, resolve } = last(engine.generations);
		resolve(pictureOf(argument));
		await settle();
	}

	test('are drawn one after the other with consecutive seeds', async () => {
		expect([studio.queue.batches.length, studio.queue.waiting]).toEqual([1, 2]);
		await finishOne();
		await finishOne();
		await finishOne();
		expect(engine.generations.map(({ argument }) => argument.seed)).toEqual([1, 2, 3]);
		expect(studio.queue.batches).toEqual([]);
		expect(studio.history.ids).toHaveLength(3);
	});

	test('more can be asked for meanwhile, also before the others', async () => {
		studio.composer.count = 1;
		expect(await studio.enqueue()).toBe(true);
		expect(studio.queue.waiting).toBe(3);
		studio.composer.prompt = 'urgent';
		await studio.enqueue('first');
		await finishOne();
		expect(last(engine.generations).argument.prompt).toBe('urgent');
	});

	test('none is asked for twice, unless its seed is fixed', async () => {
		studio.composer.count = 1;
		await studio.enqueue();
		expect(last(studio.queue.batches).recipe.seed).not.toBe(engine.generations[0].argument.seed);
		studio.composer.seed.keep(1);
		await studio.enqueue();
		expect(last(studio.queue.batches).recipe.seed).toBe(1);
	});

	test('a batch is taken off, and brought back', async () => {
		const [batch] = studio.queue.batches;
		if (batch !== undefined) studio.removeBatch(batch);
		expect(studio.queue.waiting).toBe(0);
		last(studio.toasts.all).action?.run();
		expect(studio.queue.waiting).toBe(2);
	});

	test('all are stopped at once, and what was not begun is brought back', async () => {
		studio.stopAll();
		await settle();
		expect([studio.generation.status, studio.queue.pictures]).toEqual(['cancelled', 0]);
		last(studio.toasts.all).action?.run();
		await settle();
		expect(last(engine.generations).argument.seed).toBe(2);
	});

	test('a batch goes back into the form, and the draft before it can be had again', async () => {
		studio.composer.prompt = 'a draft';
		const [batch] = studio.queue.batches;
		if (batch !== undefined) studio.editBatch(batch);
		expect(studio.composer.draft).toMatchObject({ prompt: 'a', count: 2, seedText: '2' });
		last(studio.toasts.all).action?.run();
		expect(studio.composer.draft).toMatchObject({ prompt: 'a draft', count: 3, seedText: '' });
		expect(studio.queue.waiting).toBe(2);
	});

	test('their end is told once, with how many there are', async () => {
		await studio.attention.ask();
		environment.attention.isHidden = true;
		for (let picture = 0; picture < 3; picture++) await finishOne();
		expect(environment.attention.notified).toEqual(['Your 3 pictures are ready']);
	});

	test('how long they take is told once one was drawn', async () => {
		expect(studio.times.estimate(RECIPE)).toBeUndefined();
		await finishOne();
		const [batch] = studio.queue.batches;
		const one = batch && studio.times.estimate(batch.recipe);
		expect(one).toBeCloseTo(651);
	});
});

describe('a GPU that is reset', () => {
	beforeEach(async () => {
		await studio.open();
		studio.composer.prompt = 'a fox';
	});

	const said = (): readonly string[] => studio.toasts.all.map(({ say }) => say(language.messages));

	test.each([new GpuDeviceLostError('no instance'), new WorkerCrashedError('engine', 'killed')])(
		'($name) has its picture drawn once more, without a word of blame',
		async (error) => {
			await studio.generate();
			const { argument } = last(engine.generations);
			last(engine.generations).reject(error);
			await settle();
			expect(last(engine.generations).argument).toEqual(argument);
			expect(said()).toEqual(['The GPU was reset. The picture is drawn once more.']);
			last(engine.generations).resolve(pictureOf(argument));
			await settle();
			expect(studio.toasts.all).toEqual([]);
			expect(studio.history.ids).toHaveLength(1);
		},
	);

	test('twice loses it, pauses what waits, and offers to draw it again', async () => {
		studio.composer.count = 2;
		await studio.generate();
		for (let reset = 0; reset < 2; reset++) {
			last(engine.generations).reject(new GpuDeviceLostError('no instance'));
			await settle();
		}
		expect([engine.generations.length, studio.queue.paused]).toEqual([2, true]);
		expect(said()).toEqual(['A picture was lost: the GPU was reset twice while it was drawn.']);
		last(studio.toasts.all).action?.run();
		await settle();
		expect(last(engine.generations).argument.seed).toBe(1);
	});
});

describe('history', () => {
	beforeEach(async () => {
		await studio.open();
		for (const prompt of ['first', 'second']) {
			studio.composer.prompt = prompt;
			await studio.generate();
			const { argument, resolve } = last(engine.generations);
			resolve(pictureOf(argument));
			await settle();
		}
	});

	test('steps from the picture on show to older and newer ones', async () => {
		await studio.stepPicture(1);
		expect(studio.picture?.recipe.prompt).toBe('first');
		await studio.stepPicture(1);
		expect(studio.picture?.recipe.prompt).toBe('first');
		await studio.stepPicture(-1);
		expect(studio.picture?.recipe.prompt).toBe('second');
	});

	test('one that is looked at stays when another is finished, which is counted', async () => {
		await studio.openPicture(1);
		studio.composer.prompt = 'third';
		await studio.generate();
		expect(studio.picture?.recipe.prompt).toBe('second');
		await studio.openPicture(1);
		const { argument, resolve } = last(engine.generations);
		resolve(pictureOf(argument));
		await settle();
		expect(studio.picture?.recipe.prompt).toBe('first');
		expect(studio.unseenPictures).toBe(1);
		studio.showNewest();
		expect(studio.picture?.recipe.prompt).toBe('third');
		expect(studio.history.currentId).toBe(3);
		expect(studio.unseenPictures).toBe(0);
	});

	test('one is varied with another seed, and the draft stays', async () => {
		await studio.openPicture(1);
		const { picture } = studio;
		studio.composer.prompt = 'half a thought';
		if (picture) studio.vary(picture);
		await settle();
		const { argument } = last(engine.generations);
		expect(argument).toEqual({ ...picture?.recipe, seed: argument.seed });
		expect(argument.seed).not.toBe(picture?.recipe.seed);
		expect(studio.composer.prompt).toBe('half a thought');
	});

	test('the one on show is deleted, and the one beside it is shown, until there is none', async () => {
		await studio.removeShown();
		expect(studio.history.ids).toEqual([1]);
		expect(studio.picture?.recipe.prompt).toBe('first');
		await studio.removeShown();
		expect(studio.history.ids).toEqual([]);
		expect(studio.picture).toBeUndefined();
	});

	test('fills the form from a picture', async () => {
		await studio.openPicture(1);
		if (studio.picture) studio.reuse(studio.picture);
		expect(studio.composer.draft).toMatchObject({ prompt: 'first', seedText: '1' });
	});

	test('hears of what another tab changed', async () => {
		await environment.pictures.delete([2]);
		environment.historyChanged();
		await settle();
		expect(studio.history.ids).toEqual([1]);
	});

	test('hands pictures to the browser as one file', async () => {
		await studio.desk.export([2, 1]);
		expect(environment.downloads.map(({ name }) => name)).toEqual(['shardlight-pictures.zip']);
	});

	test('that fails loses no picture', async () => {
		environment.pictures.error = new HistoryFullError();
		await studio.generate();
		const { argument, resolve } = last(engine.generations);
		resolve(pictureOf(argument));
		await settle();
		expect(studio.generation.status).toBe('done');
		expect(studio.toasts.all).toMatchObject([{ tone: 'error' }]);
	});
});

describe('attention', () => {
	test('keeps the computer awake while drawing, and tells of the end when nobody looks', async () => {
		await studio.open();
		await studio.attention.ask();
		studio.composer.prompt = 'a';
		environment.attention.isHidden = true;
		await studio.generate();
		expect(environment.attention.awake).toBe(true);
		const { argument, resolve } = last(engine.generations);
		resolve(pictureOf(argument));
		await settle();
		expect(environment.attention.awake).toBe(false);
		expect(environment.attention.notified).toEqual(['Your picture is ready']);
		expect(studio.title).toContain('ready');
		environment.attention.isHidden = false;
		studio.attention.seen();
		expect(studio.title).toBe('Shardlight');
	});
});

test('counts the tokens of the newest prompt', async () => {
	await studio.open();
	studio.composer.prompt = 'four';
	studio.countTokens();
	environment.frame();
	studio.composer.prompt = 'a longer one';
	studio.countTokens();
	await settle();
	environment.frame();
	await settle();
	expect(studio.tokens.count).toEqual({ tokens: 12, limitTokens: 512 });
	studio.composer.prompt = ' ';
	studio.countTokens();
	expect(studio.tokens.count).toBeUndefined();
});

describe('several models', () => {
	const DEMO: ModelInfo = MODEL;
	const LARGE: ModelInfo = {
		...MODEL,
		...{ id: 'z-image-turbo' as ModelId, name: 'Z-Image-Turbo', bundled: false },
		can: {
			...MODEL.can,
			sizes: [{ width: 1024, height: 1024 }],
			steps: { least: 1, most: 50, default: 8 },
		},
	};

	test('the engine’s first is drawn with, and the others can be chosen', async () => {
		engine.offered = [LARGE, DEMO];
		await studio.open();
		expect(studio.model).toBe(LARGE);
		expect(studio.composer.size).toEqual({ width: 1024, height: 1024 });
		await studio.chooseModel(DEMO.id);
		expect(studio.model).toBe(DEMO);
		expect(studio.composer.size).toEqual(DEMO.can.sizes[0]);
		expect(studio.composer.steps).toBe(4);
		studio.composer.prompt = 'a fox';
		await studio.generate();
		expect(last(engine.generations).argument.modelId).toBe('demo');
	});

	test('a choice is remembered, as long as the model is there', async () => {
		engine.offered = [LARGE, DEMO];
		await studio.open();
		await studio.chooseModel(DEMO.id);
		studio.saveDraft();
		const second = new Studio(engine, port, environment);
		await second.open();
		expect(second.model).toBe(DEMO);
		engine.offered = [LARGE];
		const third = new Studio(engine, port, environment);
		await third.open();
		expect(third.model).toBe(LARGE);
	});

	test('a model that was just installed is drawn with', async () => {
		await studio.open();
		await studio.chooseModel(DEMO.id);
		engine.offered = [LARGE, DEMO];
		await studio.refreshModels();
		expect(studio.model).toBe(LARGE);
		expect(studio.composer.steps).toBe(8);
		// What is refreshed later leaves the choice alone.
		await studio.chooseModel(DEMO.id);
		await studio.refreshModels();
		expect(studio.model).toBe(DEMO);
	});

	test('after a model is deleted another one is drawn with', async () => {
		engine.offered = [LARGE, DEMO];
		await studio.open();
		engine.offered = [DEMO];
		await studio.refreshModels();
		expect(studio.model).toBe(DEMO);
		expect(studio.canGenerate).toBe(true);
		engine.offered = [{ ...DEMO, installed: false }];
		await studio.refreshModels();
		expect(studio.canGenerate).toBe(false);
		expect(studio.installation.state.status).toBe('cancelled');
	});

	test('choosing one that is not installed installs it', async () => {
		engine.offered = [LARGE, { ...DEMO, installed: false }];
		await studio.open();
		void studio.chooseModel(DEMO.id);
		expect(port.asked).toEqual([{ what: 'resume', id: DEMO.id }]);
		engine.offered = [LARGE, DEMO];
		port.finish();
		await settle();
		expect(studio.model).toBe(DEMO);
		expect(studio.canGenerate).toBe(true);
	});

	test('settings of a picture turn to the model that drew it', async () => {
		engine.offered = [LARGE, DEMO];
		await studio.open();
		studio.reuse(
			pictureOf({ modelId: DEMO.id, prompt: 'x', seed: 1, width: 512, height: 256, steps: 3 }),
		);
		expect(studio.model).toBe(DEMO);
		expect(studio.composer.size).toEqual({ width: 512, height: 256 });
		expect(studio.composer.steps).toBe(3);
	});
});

describe('the engine that draws', () => {
	const FALLBACK = {
		component: 'vae' as ComponentId,
		reason: 'vae.conv_in: the convolution kernel has a relative error of 1',
	} as const;

	async function foreseen(): Promise<void> {
		studio.foreseeMemory();
		environment.rest();
		await settle();
	}

	test('is the one chosen on an earlier visit, from the first call on', async () => {
		studio.chooseEngine('ort');
		expect(new Studio(engine, port, environment).engineChoice.name).toBe('ort');
		expect(engine.used).toEqual(['fused', 'ort', 'ort']);
	});

	test('changes for the next picture and plans it anew', async () => {
		await studio.open();
		await foreseen();
		expect(engine.plans).toHaveLength(1);
		engine.planned = { isExact: false };
		studio.chooseEngine('ort');
		expect(studio.memory.forecast).toBeUndefined();
		environment.rest();
		await settle();
		expect(engine.plans).toHaveLength(2);
		expect(studio.memory.forecast?.plan.isExact).toBe(false);
		expect(studio.composer.sizes).toEqual(MODEL.can.sizes);
	});

	test('is not what the engine before planned, if that answers late', async () => {
		await studio.open();
		studio.foreseeMemory();
		environment.rest();
		engine.planned = { isExact: false };
		studio.chooseEngine('ort');
		await settle();
		expect(studio.memory.forecast).toBeUndefined();
		environment.rest();
		await settle();
		expect(studio.memory.forecast?.plan.isExact).toBe(false);
	});

	test('stays while pictures are drawn or wait', async () => {
		await studio.open();
		studio.composer.prompt = 'a fox';
		studio.composer.count = 2;
		await studio.generate();
		await settle();
		expect(studio.canChooseEngine).toBe(false);
		studio.chooseEngine('ort');
		expect(studio.engineChoice.name).toBe('fused');
		for (const picture of [1, 2]) {
			expect(engine.generations).toHaveLength(picture);
			last(engine.generations).resolve(pictureOf(RECIPE));
			await settle();
		}
		expect(studio.canChooseEngine).toBe(true);
	});

	test('is not for the page to choose where the address asks for one', () => {
		environment.asked = 'ort';
		const visit = new Studio(engine, port, environment);
		expect(visit.canChooseEngine).toBe(false);
		visit.chooseEngine('fused');
		expect(visit.engineChoice.name).toBe('ort');
		expect(last(engine.used)).toBe('ort');
	});

	test('may be matrix units only where the browser exposes them', async () => {
		await studio.open();
		expect(studio.engineNames).toEqual(['fused', 'ort']);
		engine.adapter = { ...ADAPTER, matrixUnits: { type: 'offered' } };
		const elsewhere = new Studio(engine, port, environment);
		await elsewhere.open();
		expect(elsewhere.engineNames).toEqual(['fused', 'matrix', 'ort']);
		engine.adapter = { ...ADAPTER, matrixUnits: { type: 'used' } };
		elsewhere.chooseEngine('matrix');
		await settle();
		expect(elsewhere.adapter?.matrixUnits).toEqual({ type: 'used' });
		expect(elsewhere.matrixTrouble).toBeUndefined();
	});

	test('says why matrix units that were asked for do not draw', async () => {
		environment.asked = 'matrix';
		const visit = new Studio(engine, port, environment);
		expect(visit.engineNames).toContain('matrix');
		await visit.open();
		expect(visit.matrixTrouble).toEqual({ type: 'absent' });
		const refused = { type: 'refused', reason: 'a relative error of 1' } as const;
		engine.adapter = { ...ADAPTER, matrixUnits: refused };
		await visit.open();
		expect(visit.matrixTrouble).toEqual(refused);
		expect(studio.matrixTrouble).toBeUndefined();
	});

	test('says which parts it leaves to ONNX Runtime, until that is so no longer', async () => {
		await studio.open();
		engine.planned = { fallbacks: [FALLBACK], isExact: false };
		await foreseen();
		expect(studio.fallbacks).toEqual([FALLBACK]);
		expect(studio.toasts.all).toEqual([]);
		engine.planned = {};
		studio.chooseEngine('ort');
		expect(studio.fallbacks).toEqual([]);
		environment.rest();
		await settle();
		expect(studio.fallbacks).toEqual([]);
	});

	test('says so of a kernel that fails in the middle of a picture', async () => {
		await studio.open();
		await foreseen();
		expect(studio.fallbacks).toEqual([]);
		studio.composer.prompt = 'a fox';
		await studio.generate();
		await settle();
		engine.planned = { fallbacks: [FALLBACK], isExact: false };
		last(engine.generations).emit({ type: 'fallback', fallback: FALLBACK });
		environment.rest();
		await settle();
		expect(studio.fallbacks).toEqual([FALLBACK]);
		last(engine.generations).resolve(pictureOf(RECIPE));
		await settle();
		expect(studio.fallbacks).toEqual([FALLBACK]);
	});
});
