import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PlannedBlock, planResidency } from '../../../src/streaming/residency-plan.ts';

const blocksOf = (sizes: readonly number[]): readonly PlannedBlock[] =>
	sizes.map((bytes, index) => ({ id: `block.${index}`, bytes }));

const sizes = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 40 });

describe('planResidency', () => {
	it('pins nothing when only two slots are allowed', () => {
		expect(planResidency(blocksOf([5, 7, 7]), 0)).toEqual({
			pinned: new Set(),
			slotBytes: 7,
			slotCount: 2,
		});
	});

	it('needs no slot when everything fits', () => {
		const plan = planResidency(blocksOf([5, 7, 7]), 19);
		expect(plan.slotCount).toBe(0);
		expect(plan.pinned.size).toBe(3);
	});

	it('pins a prefix and stays within the allowance', () => {
		fc.assert(
			fc.property(sizes, fc.nat(50_000), (list, weightBytes) => {
				const blocks = blocksOf(list);
				const plan = planResidency(blocks, weightBytes);
				const pinned = blocks.map((block) => plan.pinned.has(block.id));
				expect(pinned.indexOf(false)).toBe(
					plan.pinned.size === blocks.length ? -1 : plan.pinned.size,
				);
				const held =
					plan.slotCount * plan.slotBytes +
					blocks.reduce((sum, { id, bytes }) => sum + (plan.pinned.has(id) ? bytes : 0), 0);
				expect(held).toBeLessThanOrEqual(Math.max(weightBytes, 2 * Math.max(...list)));
			}),
		);
	});

	it('pins no fewer blocks when more is allowed', () => {
		fc.assert(
			fc.property(sizes, fc.nat(50_000), fc.nat(10_000), (list, weightBytes, more) => {
				const blocks = blocksOf(list);
				const small = planResidency(blocks, weightBytes).pinned.size;
				expect(planResidency(blocks, weightBytes + more).pinned.size).toBeGreaterThanOrEqual(small);
			}),
		);
	});
});
