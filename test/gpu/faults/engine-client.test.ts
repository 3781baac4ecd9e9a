import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ModelId, Recipe, SwitchableEngine } from '../../../src/engine/engine.ts';
import { createEngineClient } from '../../../src/engine/engine-client.ts';
import { EngineCrashedError } from '../../../src/engine/errors.ts';

const RECIPE: Recipe = {
	modelId: 'demo' as ModelId,
	prompt: 'a red circle',
	seed: 7,
	width: 32,
	height: 32,
	steps: 1,
};

const PageWorker = Worker;
const workers: Worker[] = [];
let engine: SwitchableEngine & { dispose(): void };

/** What a browser that is short of memory does: nobody is told. */
function killWorker(): void {
	workers.at(-1)?.terminate();
}

beforeAll(() => {
	// The demo model lies where the built page has it.
	const base = document.createElement('base');
	base.href = '/';
	document.head.append(base);
});

beforeEach(() => {
	globalThis.Worker = class extends PageWorker {
		constructor(url: string | URL, options?: WorkerOptions) {
			super(url, options);
			workers.push(this);
		}
	};
	engine = createEngineClient();
});

afterEach(() => {
	engine.dispose();
	globalThis.Worker = PageWorker;
	workers.length = 0;
});

it('a worker that is killed fails the call it was busy with; the next call gets a new one', async () => {
	await engine.install(RECIPE.modelId, () => undefined);
	const { rgba } = await engine.generate(RECIPE, () => undefined);
	const blocks: string[] = [];
	const killed = engine.generate(RECIPE, (event) => {
		if (event.type !== 'block') return;
		blocks.push(event.block);
		if (blocks.length === 3) killWorker();
	});
	await expect(killed).rejects.toBeInstanceOf(EngineCrashedError);
	const again = await engine.generate(RECIPE, () => undefined);
	expect(again.rgba).toEqual(rgba);
	expect(workers).toHaveLength(2);
});

it('a worker that was killed while nothing ran is replaced without a word', async () => {
	await engine.open();
	killWorker();
	await expect(engine.open()).resolves.toBeDefined();
	expect(workers).toHaveLength(2);
});

it('a worker that is replaced leaves no call without an answer', async () => {
	await engine.open();
	const waiting = engine.install(RECIPE.modelId, () => undefined);
	await new Promise((resolve) => setTimeout(resolve, 5));
	engine.dispose();
	await expect(waiting).rejects.toBeInstanceOf(EngineCrashedError);
	await expect(engine.open()).resolves.toBeDefined();
});

it('another block engine draws from the next picture on; the one under way ends as it began', async () => {
	await engine.install(RECIPE.modelId, () => undefined);
	let switched = false;
	const first = await engine.generate(RECIPE, ({ type }) => {
		if (type !== 'block' || switched) return;
		switched = true;
		engine.use('ort');
	});
	expect(switched).toBe(true);
	expect(first.report.plan.isExact).toBe(true);
	const { report, rgba } = await engine.generate(RECIPE, () => undefined);
	expect(report.plan.isExact).toBe(false);
	expect(report.plan.fallbacks).toEqual([]);
	expect(rgba).toHaveLength(first.rgba.length);
	expect(workers).toHaveLength(2);
	engine.use('ort');
	await engine.open();
	expect(workers).toHaveLength(2);
});
