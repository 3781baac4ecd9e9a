import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	type TurnNeeds,
	type PictureNeeds,
	planPicture,
} from '../../../src/pipeline/picture-plan.ts';

const MB = 1e6;

const turn: fc.Arbitrary<TurnNeeds> = fc.record({
	name: fc.uuid(),
	stage: fc.constant('sample' as const),
	runs: fc.constant([]),
	activationBytes: fc.integer({ min: 0, max: 3000 * MB }),
	order: fc
		.array(fc.integer({ min: 256, max: 400 * MB }), { minLength: 1, maxLength: 36 })
		.chain((sizes) =>
			fc
				.integer({ min: 1, max: 9 })
				.map((steps) =>
					Array.from({ length: steps }, () =>
						sizes.map((bytes, index) => ({ id: `block.${index}`, bytes })),
					).flat(),
				),
		),
});

/** Runs each block once, in ever less memory for more work. */
const cuttableTurn: fc.Arbitrary<TurnNeeds> = fc
	.tuple(turn, fc.array(fc.integer({ min: 1 * MB, max: 300 * MB }), { maxLength: 12 }))
	.map(([{ order, ...uncut }, savings]) => ({
		...uncut,
		order: order.slice(0, 1),
		cutBytes: savings.map((_, index) =>
			savings
				.slice(0, index + 1)
				.reduce((bytes, saved) => Math.max(0, bytes - saved), uncut.activationBytes),
		),
	}));

const needs: fc.Arbitrary<PictureNeeds> = fc.record({
	turns: fc.tuple(turn, turn, turn, cuttableTurn),
	isExact: fc.constant(true),
	fallbacks: fc.constant([]),
});

const budget = fc.integer({ min: 0, max: 24_000 * MB });

describe('planPicture', () => {
	it('never plans beyond the budget, unless not even the least fits', () => {
		fc.assert(
			fc.property(needs, budget, (picture, budgetBytes) => {
				const plan = planPicture(picture, budgetBytes);
				expect(plan.peakBytes).toBeLessThanOrEqual(Math.max(budgetBytes, plan.leastBytes));
			}),
		);
	});

	it('can be drawn in the least that it names', () => {
		fc.assert(
			fc.property(needs, (picture) => {
				const { leastBytes } = planPicture(picture, 0);
				expect(planPicture(picture, leastBytes).peakBytes).toBeLessThanOrEqual(leastBytes);
			}),
		);
	});

	it('cuts a part no smaller than the budget asks for', () => {
		fc.assert(
			fc.property(needs, budget, budget, (picture, one, other) => {
				const small = planPicture(picture, Math.min(one, other)).turns[3];
				const large = planPicture(picture, Math.max(one, other)).turns[3];
				expect(large.activationBytes).toBeGreaterThanOrEqual(small.activationBytes);
			}),
		);
	});

	it('keeps more blocks with more memory, never fewer', () => {
		fc.assert(
			fc.property(needs, budget, budget, (picture, one, other) => {
				const small = planPicture(picture, Math.min(one, other));
				const large = planPicture(picture, Math.max(one, other));
				for (const [index, { residency }] of large.turns.entries()) {
					const kept = residency.pinned;
					for (const id of small.turns[index].residency.pinned) expect(kept).toContain(id);
				}
			}),
		);
	});
});
