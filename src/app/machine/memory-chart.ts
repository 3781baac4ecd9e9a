import { type MemorySample, TIMELINE_COLUMNS } from './memory-timeline.ts';

/** From the ground up. */
export const MEMORY_PARTS = ['weights', 'activations', 'staging', 'other'] as const;
export type MemoryPart = (typeof MEMORY_PARTS)[number];

/** Of the chart's own coordinates, which are stretched to the room there is. */
export const CHART_WIDTH = TIMELINE_COLUMNS;
export const CHART_HEIGHT = 100;

export interface ChartScale {
	/** The chart's upper edge. */
	readonly topBytes: number;
	/** Where a line helps to read it: the budget if it is near enough, else a round number. */
	readonly lineBytes: number;
	readonly isBudget: boolean;
}

export interface ChartArea {
	readonly part: MemoryPart;
	/** An SVG path. */
	readonly path: string;
}

/** Below this share of the budget, a chart that reaches up to the budget shows next to nothing. */
const LEAST_SHARE = 0.25;
/** Leaves room above the line for its label. */
const HEADROOM = 1.2;
const ROUND_NUMBERS = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

export function chartScale(peakBytes: number, budgetBytes: number): ChartScale {
	const isBudget = peakBytes >= LEAST_SHARE * budgetBytes;
	const lineBytes = isBudget ? budgetBytes : roundAbove(Math.max(1e6, peakBytes));
	return { topBytes: HEADROOM * Math.max(lineBytes, peakBytes), lineBytes, isBudget };
}

/**
 * One area for each part, to be painted in this order: each reaches down to the ground and is covered
 * by the next, so that no gap shows between neighbours.
 */
export function stackedAreas(
	columns: readonly MemorySample[],
	{ topBytes }: Pick<ChartScale, 'topBytes'>,
): readonly ChartArea[] {
	return MEMORY_PARTS.map((part, index): ChartArea => {
		const below = MEMORY_PARTS.slice(0, index + 1);
		const heights = columns.map((sample) => {
			const bytes = below.reduce((sum, name) => sum + sample[name], 0);
			return CHART_HEIGHT * (1 - bytes / topBytes);
		});
		return { part, path: stairs(heights) };
	}).toReversed();
}

function stairs(heights: readonly number[]): string {
	if (heights.length === 0) return '';
	const treads = heights.map((y) => `V${y.toFixed(2)}h1`);
	return `M0 ${CHART_HEIGHT}${treads.join('')}V${CHART_HEIGHT}Z`;
}

function roundAbove(value: number): number {
	const power = 10 ** Math.floor(Math.log10(value));
	const factor = ROUND_NUMBERS.find((candidate) => candidate * power >= value) ?? 10;
	return factor * power;
}
