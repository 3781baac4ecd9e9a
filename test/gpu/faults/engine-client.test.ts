import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { WorkerCrashedError } from '../../../src/bridge/errors.ts';
import type { ModelId, Recipe, SwitchableEngine } from '../../../src/engine/engine.ts';
import { createEngineClient } from '../../../src/engine/engine-client.ts';
import { installDemo } from '../install-demo.ts';
import { keepWorkers } from './kept-workers.ts';

const RECIPE: Recipe = {
	modelId: 'demo' as ModelId,
	prompt: 'a red circle',
	seed: 7,
	width: 32,
	height: 32,
	steps: 1,
};

const workers = keepWorkers();
beforeAll(installDemo);
let engine: SwitchableEngine & { dispose(): void };

beforeEach(() => {
	engine = createEngineClient();
});

afterEach(() => engine.dispose());

it('a worker that is killed fails the call it was busy with; the next call gets a new one', async () => {
	const { rgba } = await engine.generate(RECIPE, () => undefined);
	const blocks: string[] = [];
	const killed = engine.generate(RECIPE, (event) => {
		if (event.type !== 'block') return;
		blocks.push(event.block);
		if (blocks.length === 3) workers.killLast();
	});
	await expect(killed).rejects.toBeInstanceOf(WorkerCrashedError);
	const again = await engine.generate(RECIPE, () => undefined);
	expect(again.rgba).toEqual(rgba);
	expect(workers.all).toHaveLength(2);
});

it('a worker that was killed while nothing ran is replaced without a word', async () => {
	await engine.open();
	workers.killLast();
	await expect(engine.open()).resolves.toBeDefined();
	expect(workers.all).toHaveLength(2);
});

it('a worker that is replaced leaves no call without an answer', async () => {
	await engine.open();
	const waiting = engine.generate(RECIPE, () => undefined);
	await new Promise((resolve) => setTimeout(resolve, 5));
	engine.dispose();
	await expect(waiting).rejects.toBeInstanceOf(WorkerCrashedError);
	await expect(engine.open()).resolves.toBeDefined();
});

it('another block engine draws from the next picture on; the one under way ends as it began', async () => {
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
	expect(workers.all).toHaveLength(2);
	engine.use('ort');
	await engine.open();
	expect(workers.all).toHaveLength(2);
});
