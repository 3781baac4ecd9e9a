import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { EngineEvent, ModelId, Recipe } from '../../src/engine/engine.ts';
import { LocalEngine } from '../../src/engine/local-engine.ts';
import { breakKernels } from '../fixtures/break-kernels.ts';
import { installDemo } from './install-demo.ts';

const RECIPE: Recipe = {
	modelId: 'demo' as ModelId,
	prompt: 'a red circle',
	seed: 7,
	width: 32,
	height: 32,
	steps: 2,
};
const BUDGET_BYTES = 4e9;

let mend: (() => void) | undefined;
let engine: LocalEngine;

beforeAll(installDemo);

beforeEach(() => {
	engine = new LocalEngine({
		modelsUrl: new URL('/models/', location.href).href,
		engine: 'fused',
	});
});

afterEach(() => mend?.());

async function draw(): Promise<readonly EngineEvent[]> {
	const events: EngineEvent[] = [];
	await engine.generate(RECIPE, (event) => events.push(event));
	return events;
}

it('a plan names the part whose kernel was refused at the start, and why; nothing more is said of it', async () => {
	mend = breakKernels('group norm');
	const { fallbacks, isExact } = await engine.plan(RECIPE, BUDGET_BYTES);
	expect(isExact).toBe(false);
	expect(fallbacks.map(({ component }) => component)).toEqual(['vae']);
	expect(fallbacks[0]?.reason).toMatch(/^vae\..*: the .* kernel has a fault: .*compiler error/);

	const events = await draw();
	expect(events.find(({ type }) => type === 'plan')).toMatchObject({ plan: { fallbacks } });
	expect(events.filter(({ type }) => type === 'fallback')).toEqual([]);
});

it('a kernel that fails in the middle of a picture is told once for its part; later plans name it', async () => {
	expect((await engine.plan(RECIPE, BUDGET_BYTES)).fallbacks).toEqual([]);
	mend = breakKernels('z-image.modulated-block');
	const told = (await draw()).filter((event) => event.type === 'fallback');
	expect(told.map(({ fallback }) => fallback.component)).toEqual(['transformer']);
	expect(told[0]?.fallback.reason).toContain('internal compiler error');

	const { fallbacks, isExact } = await engine.plan(RECIPE, BUDGET_BYTES);
	expect(isExact).toBe(false);
	expect(fallbacks).toEqual([told[0]?.fallback]);
	const again = await draw();
	expect(again.filter(({ type }) => type === 'fallback')).toEqual([]);
});
