import { describe, expect, test } from 'vitest';
import { Composer } from '../../../../src/app/compose/composer.svelte.ts';
import { MODEL, TestEnvironment } from '../scripted-engine.ts';

function composerFor(prompt: string): Composer {
	const composer = new Composer(new TestEnvironment().randomSeed);
	composer.adopt(MODEL);
	composer.prompt = prompt;
	return composer;
}

describe('what is added to the prompt', () => {
	const guided = {
		...MODEL,
		can: { ...MODEL.can, guidanceScale: { least: 1, most: 10, default: 4 }, negativePrompt: true },
	};

	test('is drawn with while it is switched on', () => {
		const composer = composerFor('a');
		composer.adopt(guided);
		composer.set({ guidanceScale: 5 });
		composer.set({ negativePrompt: 'rain' });
		composer.switchOptions(['guidanceScale'], false);
		expect(composer.submit(guided)).toMatchObject({ negativePrompt: 'rain' });
		expect(composer.submit(guided)).not.toHaveProperty('guidanceScale');
		composer.switchOptions(['guidanceScale'], true);
		composer.removeOptions(['negativePrompt']);
		expect(composer.submit(guided)).toMatchObject({ guidanceScale: 5 });
		expect(composer.submit(guided)).not.toHaveProperty('negativePrompt');
	});

	test('stays when a model is chosen that cannot take it, and is not asked of that', () => {
		const composer = composerFor('a');
		composer.adopt(guided);
		composer.set({ guidanceScale: 5 });
		composer.adopt(MODEL);
		expect(composer.submit(MODEL)).not.toHaveProperty('guidanceScale');
		composer.adopt(guided);
		expect(composer.submit(guided)).toMatchObject({ guidanceScale: 5 });
	});

	test('is kept with the draft, and whether it is switched on', () => {
		const composer = composerFor('a');
		composer.adopt(guided);
		composer.set({ guidanceScale: 5 });
		composer.switchOptions(['guidanceScale'], false);
		const next = new Composer(() => 1);
		next.restore(composer.draft);
		next.adopt(guided);
		expect(next.options).toEqual({ guidanceScale: 5 });
		expect(next.areOff(['guidanceScale'])).toBe(true);
		expect(next.activeOptions).toEqual({});
	});
});

describe('submit', () => {
	test('gives the recipe, the prompt trimmed', () => {
		const composer = composerFor('  a red circle\n');
		composer.sizeIndex = 1;
		expect(composer.submit(MODEL)).toEqual({
			modelId: 'demo',
			prompt: 'a red circle',
			seed: 1,
			width: 512,
			height: 256,
			steps: 4,
		});
	});

	test('an empty prompt is a problem only once it was submitted, and until there is text', () => {
		const composer = composerFor(' \n');
		expect(composer.promptMissing).toBe(false);
		expect(composer.submit(MODEL)).toBeUndefined();
		expect(composer.promptMissing).toBe(true);
		composer.prompt = 'a';
		expect(composer.promptMissing).toBe(false);
		composer.prompt = '';
		composer.prompt = 'b';
		expect(composer.submit(MODEL)).toBeDefined();
		composer.prompt = '';
		expect(composer.promptMissing).toBe(false);
	});

	test('a seed out of range is shown at once and refused', () => {
		const composer = composerFor('a');
		composer.seed.text = '9007199254740992';
		expect(composer.seed.invalid).toBe(true);
		expect(composer.submit(MODEL)).toBeUndefined();
	});

	test.each([0, 51, 1.5, null, undefined])('%j steps are refused', (steps) => {
		const composer = composerFor('a');
		composer.steps = steps;
		expect(composer.stepsInvalid).toBe(true);
		expect(composer.submit(MODEL)).toBeUndefined();
	});

	test("the model's own range of steps counts", () => {
		const composer = composerFor('a');
		const steps = { least: 4, most: 8, default: 6 };
		composer.adopt({ ...MODEL, can: { ...MODEL.can, steps } });
		for (const [wanted, valid] of [
			[3, undefined],
			[4, 4],
			[9, undefined],
		] as const) {
			composer.steps = wanted;
			expect(composer.validSteps).toBe(valid);
		}
	});

	test.each([1, 50])('%j steps are fine', (steps) => {
		const composer = composerFor('a');
		composer.steps = steps;
		expect(composer.submit(MODEL)?.steps).toBe(steps);
	});
});
