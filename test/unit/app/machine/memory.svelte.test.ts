import { beforeEach, describe, expect, test } from 'vitest';
import { pictureKind } from '../../../../src/app/machine/auto-budget.ts';
import { readBudgetSettings } from '../../../../src/app/machine/budget-settings.ts';
import { Memory } from '../../../../src/app/machine/memory.svelte.ts';
import { Studio } from '../../../../src/app/studio/studio.svelte.ts';
import {
	DEFAULT_BUDGET_BYTES,
	type DrawnPicture,
	type MemoryPlan,
	type MemoryUse,
	type PlanSubject,
	type Recipe,
} from '../../../../src/engine/engine.ts';
import { GpuDeviceLostError, OutOfGpuMemoryError } from '../../../../src/gpu/errors.ts';
import { BudgetTooSmallError } from '../../../../src/pipeline/errors.ts';
import {
	MODEL,
	PLAN,
	ScriptedEngine,
	TestEnvironment,
	last,
	pictureOf,
	settle,
} from '../scripted-engine.ts';
import { ScriptedPort } from '../scripted-port.ts';

const GB = 1e9;
const SUBJECT: PlanSubject = { modelId: MODEL.id, width: 256, height: 256, steps: 4 };
const RECIPE: Recipe = { ...SUBJECT, prompt: 'a', seed: 1 };

let engine: ScriptedEngine;
let environment: TestEnvironment;

beforeEach(() => {
	engine = new ScriptedEngine();
	environment = new TestEnvironment();
});

function drawnWith(plan: Partial<MemoryPlan>, step: number, recipe = RECIPE): DrawnPicture {
	const picture = pictureOf(recipe);
	const report = {
		...picture.report,
		plan: { ...PLAN, ...plan },
		stepMilliseconds: [99 * step, step, step, step],
	};
	return { ...picture, report };
}

describe('the forecast', () => {
	let memory: Memory;

	beforeEach(() => {
		memory = new Memory(engine, environment);
	});

	async function rest(): Promise<void> {
		environment.rest();
		await settle();
	}

	test('is asked for once hands rest, however often the slider moved', async () => {
		memory.foresee(SUBJECT);
		for (const budget of [5 * GB, 6 * GB, 7 * GB]) memory.choose(budget);
		expect(engine.plans).toEqual([]);
		await rest();
		expect(engine.plans).toEqual([{ subject: SUBJECT, budgetBytes: 7 * GB }]);
		expect(memory.forecast?.plan).toEqual({ ...PLAN, budgetBytes: 7 * GB });
	});

	test('follows a size that changes while the engine thinks', async () => {
		memory.foresee(SUBJECT);
		environment.rest();
		const wide = { ...SUBJECT, width: 512 };
		memory.foresee(wide);
		environment.rest();
		await settle();
		await rest();
		expect(last(engine.plans).subject).toEqual(wide);
		expect(memory.forecast?.subject).toEqual(wide);
	});

	test('tells what does not fit, and what would', async () => {
		engine.planned = { leastBytes: 3.3 * GB };
		memory.choose(2 * GB);
		memory.foresee(SUBJECT);
		await rest();
		expect(memory.fits).toBe(false);
		memory.choose(3.5 * GB);
		expect(memory.fits).toBe(true);
	});

	test('with "auto" goes as far as the size needs', async () => {
		engine.planned = { leastBytes: 5.25 * GB };
		memory.foresee(SUBJECT);
		await rest();
		await rest();
		expect(memory.budgetBytes).toBe(5.3 * GB);
		expect(memory.fits).toBe(true);
		expect(last(engine.plans).budgetBytes).toBe(5.3 * GB);
	});

	test('promises nothing of an engine that allocates as it likes', async () => {
		engine.planned = { leastBytes: 30 * GB, isExact: false };
		memory.foresee(SUBJECT);
		await rest();
		expect(memory.fits).toBe(true);
		expect(memory.budgetBytes).toBe(DEFAULT_BUDGET_BYTES);
	});

	test('says how long a step takes once one like it was measured, in proportion to the pixels', async () => {
		memory.foresee(SUBJECT);
		await rest();
		expect(memory.forecast?.stepMilliseconds).toBeUndefined();
		memory.drawn(drawnWith({ budgetBytes: DEFAULT_BUDGET_BYTES }, 6000));
		expect(memory.forecast?.stepMilliseconds).toBe(6000);
		memory.foresee({ ...SUBJECT, width: 512 });
		await rest();
		expect(memory.forecast?.stepMilliseconds).toBe(12_000);
	});

	test('tells no time for a plan that is far from what was measured', async () => {
		memory.drawn(drawnWith({ residentBlocks: 9 }, 6000));
		memory.drawn(drawnWith({ residentBlocks: 30 }, 5000));
		memory.foresee(SUBJECT);
		for (const [residentBlocks, milliseconds] of [
			[12, 6000],
			[20, undefined],
			[27, 5000],
		] as const) {
			engine.planned = { residentBlocks };
			memory.choose(8 * GB);
			await rest();
			expect(memory.forecast?.stepMilliseconds).toBe(milliseconds);
		}
	});

	test('goes away when the engine cannot tell', async () => {
		memory.foresee(SUBJECT);
		await rest();
		engine.planError = new Error('gone');
		memory.choose(5 * GB);
		await rest();
		expect(memory.forecast).toBeUndefined();
		expect(memory.fits).toBeUndefined();
	});
});

describe('what survives a reload', () => {
	test('the choice, and what "auto" has learned', () => {
		const memory = new Memory(engine, environment);
		memory.useGpu('NVIDIA ada');
		memory.drawn(drawnWith({ budgetBytes: 4 * GB }, 1000));
		memory.outOfMemory(RECIPE, 5 * GB);
		const next = new Memory(engine, environment);
		next.useGpu('NVIDIA ada');
		expect(next.choice).toBe('auto');
		expect(next.ceilingBytes).toBe(4 * GB);
		next.choose(2.5 * GB);
		expect(new Memory(engine, environment).choice).toBe(2.5 * GB);
	});

	test('nothing that was learned on another GPU', () => {
		const memory = new Memory(engine, environment);
		memory.useGpu('NVIDIA ada');
		memory.outOfMemory(RECIPE, 4 * GB);
		const next = new Memory(engine, environment);
		next.useGpu('AMD rdna3');
		expect(next.ceilingBytes).toBeUndefined();
	});

	test('nothing that was forgotten', () => {
		const memory = new Memory(engine, environment);
		memory.outOfMemory(RECIPE, 4 * GB);
		memory.forget();
		expect(new Memory(engine, environment).ceilingBytes).toBeUndefined();
	});

	test.each([
		'',
		'null',
		'{"choice":99}',
		'{"choice":1e12,"learned":{"ceilingBytes":1}}',
		'{"learned":{"ceilingBytes":4e9,"searches":[{"kind":1},null,7]}}',
	])('nothing that cannot be read: %s', (text) => {
		environment.storage.write('shardlight.memory', text);
		const { choice, learned } = readBudgetSettings(environment.storage);
		expect(choice).toBe('auto');
		expect(learned.searches).toEqual([]);
	});
});

describe('a generation', () => {
	let studio: Studio;

	beforeEach(async () => {
		studio = new Studio(engine, new ScriptedPort(), environment);
		await studio.open();
		studio.composer.prompt = 'a red circle';
		studio.foreseeMemory();
	});

	const use = (bytes: number): MemoryUse => ({
		weights: bytes,
		widened: 0,
		activations: 0,
		staging: 0,
		runtime: 0,
	});

	function block(index: number, bytes: number): void {
		const { emit } = last(engine.generations);
		const memory = use(bytes);
		const where = { stage: 'sample', block: 'b', index, count: 2, step: 0, bytesRead: 0 } as const;
		emit({ type: 'block', ...where, memory });
	}

	test('gets the budget that was chosen', async () => {
		studio.memory.choose(2.5 * GB);
		await studio.generate();
		expect(last(engine.generations).budgetBytes).toBe(2.5 * GB);
		expect(studio.generation.budgetBytes).toBe(2.5 * GB);
	});

	test('shows memory as it is held, and whole once it is done', async () => {
		await studio.generate();
		block(0, 100);
		block(1, 300);
		expect(studio.generation.memory.columns).toEqual([]);
		environment.frame();
		expect(studio.generation.memory).toMatchObject({ now: { weights: 300 }, peakBytes: 300 });
		expect(studio.generation.measured).toBeUndefined();
		const { argument, resolve } = last(engine.generations);
		resolve(pictureOf(argument));
		await settle();
		expect(studio.generation.memory.columns).toHaveLength(120);
		expect(studio.generation.measured?.peakGpuBytes).toBe(1e6);
	});

	test('teaches "auto"', async () => {
		for (const step of [1000, 900]) {
			await studio.generate();
			const { argument, budgetBytes = 0, resolve } = last(engine.generations);
			resolve(drawnWith({ budgetBytes }, step, argument));
			await settle();
		}
		expect(engine.generations.map(({ budgetBytes }) => budgetBytes)).toEqual([4 * GB, 5 * GB]);
		expect(studio.memory.budgetFor(SUBJECT)).toBe(6.3 * GB);
		expect(studio.memory.budgetFor({ ...SUBJECT, width: 512 })).toBe(4 * GB);
	});

	test('teaches nothing while the budget is fixed', async () => {
		studio.memory.choose(8 * GB);
		await studio.generate();
		const { argument, resolve } = last(engine.generations);
		resolve(drawnWith({ budgetBytes: 8 * GB }, 1000, argument));
		await settle();
		studio.memory.choose('auto');
		expect(studio.memory.budgetFor(SUBJECT)).toBe(4 * GB);
	});

	test('that runs out of memory lowers the budget for good and says so', async () => {
		await studio.generate();
		last(engine.generations).reject(new OutOfGpuMemoryError('a slot', 362e6));
		await settle();
		expect(studio.memory.budgetBytes).toBe(3.2 * GB);
		expect(studio.memory.ceilingBytes).toBe(3.2 * GB);
		expect(studio.toasts.all.map(({ tone }) => tone)).toEqual(['error', 'info']);
		await studio.generate();
		expect(last(engine.generations).budgetBytes).toBe(3.2 * GB);
	});

	test('that runs out of a fixed budget leaves the choice to its owner', async () => {
		studio.memory.choose(8 * GB);
		await studio.generate();
		last(engine.generations).reject(new OutOfGpuMemoryError('a slot', 362e6));
		await settle();
		expect(studio.memory.budgetBytes).toBe(8 * GB);
		expect(studio.toasts.all.map(({ tone }) => tone)).toEqual(['error']);
	});

	test('whose device is lost while memory grows towards the budget was given too much', async () => {
		await studio.generate();
		block(0, 100);
		block(1, 3.9 * GB);
		last(engine.generations).reject(new GpuDeviceLostError('reset'));
		await settle();
		expect(studio.memory.budgetBytes).toBe(3.2 * GB);
	});

	test('whose device is lost far below the budget teaches nothing', async () => {
		await studio.generate();
		block(0, 100);
		block(1, 2 * GB);
		last(engine.generations).reject(new GpuDeviceLostError('reset'));
		await settle();
		expect(studio.memory.ceilingBytes).toBeUndefined();
	});

	test.each([
		['a device lost in the middle', new GpuDeviceLostError('reset')],
		['a budget that is too small', new BudgetTooSmallError(SUBJECT, 5 * GB, 4 * GB)],
	])('teaches nothing by %s', async (_, error) => {
		await studio.generate();
		block(0, 200);
		block(1, 100);
		last(engine.generations).reject(error);
		await settle();
		expect(studio.memory.budgetBytes).toBe(4 * GB);
		expect(studio.memory.ceilingBytes).toBeUndefined();
	});

	test('of a size that needs more than the default gets that much from "auto"', async () => {
		engine.planned = { leastBytes: 6 * GB };
		environment.rest();
		await settle();
		await studio.generate();
		expect(last(engine.generations).budgetBytes).toBe(6 * GB);
		expect(studio.memory.budgetFor({ ...SUBJECT, width: 512 })).toBe(4 * GB);
	});
});

test('kinds of pictures differ by model and size, not by steps', () => {
	expect(pictureKind({ ...SUBJECT, steps: 50 })).toBe(pictureKind(SUBJECT));
	expect(pictureKind({ ...SUBJECT, height: 512 })).not.toBe(pictureKind(SUBJECT));
});
