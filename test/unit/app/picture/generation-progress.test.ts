import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
	GenerationProgress,
	measuredCosts,
} from '../../../../src/app/picture/generation-progress.ts';
import type { EngineEvent, Stage } from '../../../../src/engine/engine.ts';
import { MODEL, pictureOf } from '../scripted-engine.ts';

const STEPS = 8;

function stage(name: Stage): EngineEvent {
	return { type: 'stage', stage: name };
}

function block(name: Stage, index: number, count: number, step?: number): EngineEvent {
	const memory = { weights: 0, widened: 0, activations: 0, staging: 0, runtime: 0 };
	return { type: 'block', stage: name, block: 'b', index, count, step, bytesRead: 0, memory };
}

function step(index: number, milliseconds: number): EngineEvent {
	return { type: 'step', step: index, steps: STEPS, milliseconds };
}

function after(...events: readonly EngineEvent[]): GenerationProgress {
	const progress = new GenerationProgress(STEPS);
	for (const event of events) progress.record(event);
	return progress;
}

describe('fraction', () => {
	test('begins at nothing', () => {
		expect(after().snapshot).toEqual({ fraction: 0 });
	});

	test('counts the encoder and the decoder as one step each until they were measured', () => {
		expect(after(stage('encode'), block('encode', 5, 10)).snapshot.fraction).toBeCloseTo(0.5 / 10);
		expect(after(stage('sample')).snapshot.fraction).toBeCloseTo(1 / 10);
		expect(after(block('sample', 5, 10, 3)).snapshot.fraction).toBeCloseTo(4.5 / 10);
		expect(after(step(3, 100)).snapshot.fraction).toBeCloseTo(5 / 10);
		expect(after(block('decode', 1, 2)).snapshot.fraction).toBeCloseTo(9.5 / 10);
	});

	test('uses what the stages cost in the picture before', () => {
		const { report } = pictureOf({
			modelId: MODEL.id,
			prompt: '',
			seed: 0,
			width: 16,
			height: 16,
			steps: 4,
		});
		const costs = measuredCosts(report, 4);
		expect(costs).toEqual({ encode: 2, decode: 0.5 });
		const progress = new GenerationProgress(STEPS, costs);
		progress.record(stage('sample'));
		expect(progress.snapshot.fraction).toBeCloseTo(2 / 10.5);
	});

	test('never falls and never leaves 0 to 1, whatever comes in whatever order', () => {
		const stages = fc.constantFrom<Stage>('tokenise', 'encode', 'sample', 'decode');
		const anyEvent = fc.oneof(
			stages.map(stage),
			fc
				.tuple(stages, fc.nat(9), fc.nat(STEPS - 1))
				.map(([name, index, at]) => block(name, index, 10, at)),
			fc.nat(STEPS - 1).map((index) => step(index, 10)),
		);
		fc.assert(
			fc.property(fc.array(anyEvent), (events) => {
				const progress = new GenerationProgress(STEPS);
				let before = 0;
				for (const event of events) {
					progress.record(event);
					const { fraction } = progress.snapshot;
					expect(fraction).toBeGreaterThanOrEqual(before);
					expect(fraction).toBeLessThanOrEqual(1);
					before = fraction;
				}
			}),
		);
	});
});

describe('what is being done', () => {
	test('steps and blocks count from 1', () => {
		const { stage: name, step: at, block: within } = after(block('sample', 4, 10, 2)).snapshot;
		expect(name).toBe('sample');
		expect(at).toEqual({ current: 3, total: STEPS });
		expect(within).toEqual({ current: 5, total: 10 });
	});

	test('steps are only named while sampling, and a new stage forgets the blocks of the last', () => {
		expect(after(block('encode', 4, 10)).snapshot.step).toBeUndefined();
		const decoding = after(block('sample', 4, 10, 7), stage('decode')).snapshot;
		expect(decoding.step).toBeUndefined();
		expect(decoding.block).toBeUndefined();
	});

	test('the last step is not followed by another', () => {
		expect(after(step(STEPS - 1, 10)).snapshot.step).toEqual({ current: STEPS, total: STEPS });
	});
});

describe('time left', () => {
	test('is unknown until a step was measured', () => {
		expect(
			after(stage('encode'), block('sample', 9, 10, 0)).snapshot.millisecondsLeft,
		).toBeUndefined();
	});

	test('starts from the first step, which is forgotten once another is known', () => {
		expect(after(step(0, 1000)).snapshot.millisecondsLeft).toBeCloseTo(8 * 1000);
		expect(after(step(0, 1000), step(1, 100)).snapshot.millisecondsLeft).toBeCloseTo(7 * 100);
	});

	test('averages the steps after it and falls with each block', () => {
		const measured = [step(0, 1000), step(1, 100), step(2, 200)] as const;
		expect(after(...measured).snapshot.millisecondsLeft).toBeCloseTo(6 * 150);
		const halfway = after(...measured, block('sample', 5, 10, 3));
		expect(halfway.snapshot.millisecondsLeft).toBeCloseTo(5.5 * 150);
	});
});
