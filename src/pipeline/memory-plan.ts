import type { MemoryPlan } from './picture-events.ts';
import type { PicturePlan } from './picture-plan.ts';

/** What of a plan people are shown. */
export function memoryPlan(plan: PicturePlan): MemoryPlan {
	const { budgetBytes, peakBytes, leastBytes, isExact, fallbacks } = plan;
	// The blocks of a step come round again and again; of all turns only that of sampling has such.
	const sampling = plan.turns.find(({ rounds }) => rounds !== undefined);
	const { before = 0, blocks: [blocks = 0] = [] } = sampling?.rounds ?? {};
	const round = sampling?.order.slice(before, before + blocks) ?? [];
	const distinct = [...new Map(round.map((block) => [block.id, block])).values()];
	const streamed = distinct.filter(({ id }) => sampling?.residency.pinned.has(id) !== true);
	return {
		...{ budgetBytes, peakBytes, leastBytes, isExact, fallbacks },
		blocks: distinct.length,
		residentBlocks: distinct.length - streamed.length,
		streamedBytesPerStep: streamed.reduce((sum, { bytes }) => sum + bytes, 0),
	};
}
