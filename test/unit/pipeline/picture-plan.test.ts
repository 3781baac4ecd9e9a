import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	type PartNeeds,
	type PictureNeeds,
	planPicture,
} from '../../../src/pipeline/picture-plan.ts';

const MB = 1e6;

const part: fc.Arbitrary<PartNeeds> = fc.record({
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
const cuttablePart: fc.Arbitrary<PartNeeds> = fc
	.tuple(part, fc.array(fc.integer({ min: 1 * MB, max: 300 * MB }), { maxLength: 12 }))
	.map(([{ activationBytes, order }, savings]) => ({
		activationBytes,
		order: order.slice(0, 1),
		cutBytes: savings.map((_, index) =>
			savings
				.slice(0, index + 1)
				.reduce((bytes, saved) => Math.max(0, bytes - saved), activationBytes),
		),
	}));

const needs: fc.Arbitrary<Omit<PictureNeeds, 'runs'>> = fc.record({
	parts: fc.record({ encode: part, refine: part, sample: part, decode: cuttablePart }),
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
				const small = planPicture(picture, Math.min(one, other)).parts.decode;
				const large = planPicture(picture, Math.max(one, other)).parts.decode;
				expect(large.activationBytes).toBeGreaterThanOrEqual(small.activationBytes);
			}),
		);
	});

	it('keeps more blocks with more memory, never fewer', () => {
		fc.assert(
			fc.property(needs, budget, budget, (picture, one, other) => {
				const small = planPicture(picture, Math.min(one, other));
				const large = planPicture(picture, Math.max(one, other));
				for (const name of ['encode', 'refine', 'sample', 'decode'] as const) {
					const kept = large.parts[name].residency.pinned;
					for (const id of small.parts[name].residency.pinned) expect(kept).toContain(id);
				}
			}),
		);
	});
});
