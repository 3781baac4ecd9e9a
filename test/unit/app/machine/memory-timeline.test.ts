import { describe, expect, test } from 'vitest';
import {
	MEMORY_PARTS,
	chartScale,
	stackedAreas,
} from '../../../../src/app/machine/memory-chart.ts';
import {
	type MemorySample,
	MemoryTimeline,
	TIMELINE_COLUMNS,
	heldBytes,
} from '../../../../src/app/machine/memory-timeline.ts';
import type { MemoryUse } from '../../../../src/engine/engine.ts';

const NONE: MemoryUse = { weights: 0, widened: 0, activations: 0, staging: 0, runtime: 0 };
const held = (bytes: number): MemoryUse => ({ ...NONE, activations: bytes });
const heights = (timeline: MemoryTimeline): readonly number[] =>
	timeline.course.columns.map(heldBytes);

describe('MemoryTimeline', () => {
	test('counts what ONNX Runtime takes as the rest', () => {
		const timeline = new MemoryTimeline();
		timeline.record(0, { weights: 1, widened: 2, activations: 4, staging: 8, runtime: 16 });
		expect(timeline.course.now).toEqual({ weights: 1, activations: 4, staging: 8, other: 18 });
	});

	test('holds what was held last until it hears again, and to the end', () => {
		const timeline = new MemoryTimeline();
		timeline.record(0, held(5));
		timeline.record(3 / TIMELINE_COLUMNS, held(7));
		expect(heights(timeline)).toEqual([5, 5, 5, 7]);
		timeline.record(1, held(2));
		timeline.finish();
		expect(heights(timeline)).toHaveLength(TIMELINE_COLUMNS);
		expect(heights(timeline).at(-2)).toBe(7);
		expect(heights(timeline).at(-1)).toBe(2);
	});

	test('loses no peak, however many samples fall into one column', () => {
		const timeline = new MemoryTimeline();
		for (const bytes of [1, 9, 3]) timeline.record(0, held(bytes));
		timeline.record(2 / TIMELINE_COLUMNS, held(4));
		expect(heights(timeline)).toEqual([9, 3, 4]);
		expect(timeline.course.peakBytes).toBe(9);
	});

	test('knows the most of each part and of all together', () => {
		const timeline = new MemoryTimeline();
		timeline.record(0, { ...NONE, weights: 10, staging: 1 });
		timeline.record(0.5, { ...NONE, activations: 8, staging: 2 });
		expect(timeline.course.most).toEqual({ weights: 10, activations: 8, staging: 2, other: 0 });
		expect(timeline.course.peakBytes).toBe(11);
	});

	test('grows only while more is held than ever before', () => {
		const timeline = new MemoryTimeline();
		expect(timeline.growing).toBe(false);
		const growing = [1, 2, 2, 1, 3].map((bytes) => {
			timeline.record(0, held(bytes));
			return timeline.growing;
		});
		expect(growing).toEqual([true, true, false, false, true]);
	});
});

describe('the chart', () => {
	test('reaches up to the budget if that is near enough to be worth its room', () => {
		expect(chartScale(3e9, 4e9)).toMatchObject({ lineBytes: 4e9, isBudget: true });
		expect(chartScale(63e6, 4e9)).toMatchObject({ lineBytes: 80e6, isBudget: false });
		expect(chartScale(0, 4e9).topBytes).toBeGreaterThan(0);
	});

	test.each([1, 63e6, 0.99e9, 3e9, 5e9, 12e9])('shows a peak of %d bytes whole', (peak) => {
		expect(chartScale(peak, 4e9).topBytes).toBeGreaterThan(peak);
	});

	test('stacks the parts, each down to the ground, the topmost painted first', () => {
		const sample: MemorySample = { weights: 10, activations: 20, staging: 30, other: 40 };
		const areas = stackedAreas([sample, sample], { topBytes: 200 });
		expect(areas.map(({ part }) => part)).toEqual([...MEMORY_PARTS].reverse());
		expect(areas.map(({ path }) => path)).toEqual([
			'M0 100V50.00h1V50.00h1V100Z',
			'M0 100V70.00h1V70.00h1V100Z',
			'M0 100V85.00h1V85.00h1V100Z',
			'M0 100V95.00h1V95.00h1V100Z',
		]);
	});

	test('is empty before anything is known', () => {
		expect(stackedAreas([], { topBytes: 1 }).every(({ path }) => path === '')).toBe(true);
	});
});
