import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	leastResidencyBytes,
	type PlannedBlock,
	planResidency,
} from '../../../src/streaming/residency-plan.ts';

const MIB = 2 ** 20;

const blocksOf = (sizes: readonly number[]): readonly PlannedBlock[] =>
	sizes.map((bytes, index) => ({ id: `block.${index}`, bytes }));

/** As many bytes as blocks of real models have, and far fewer. */
const sizes = fc.array(fc.integer({ min: 1, max: 500 * MIB }), { minLength: 1, maxLength: 40 });
const allowance = fc.nat(20_000 * MIB);

const repeat = (blocks: readonly PlannedBlock[], times: number): readonly PlannedBlock[] =>
	Array.from({ length: times }, () => blocks).flat();

/** Z-Image's step: an embedder, 32 blocks of 362 MB, a final layer. */
const FULL_SIZE = blocksOf([0.5e6, ...Array.from({ length: 32 }, () => 362e6), 2.5e6]);

describe('planResidency', () => {
	it('pins nothing when only slots and staging fit', () => {
		expect(planResidency({ order: repeat(blocksOf([5, 7, 7]), 8), bytes: 0 })).toEqual({
			pinned: new Set(),
			slotBytes: 7,
			slotCount: 2,
			stagingBytes: 7,
			bytes: 21,
		});
	});

	it('needs no slot when everything fits', () => {
		const plan = planResidency({ order: repeat(blocksOf([5, 7, 7]), 8), bytes: 26 });
		expect(plan.slotCount).toBe(0);
		expect(plan.pinned.size).toBe(3);
	});

	it('pins nothing that runs once', () => {
		const plan = planResidency({ order: blocksOf([5, 7, 7]), bytes: 1000 });
		expect(plan.pinned.size).toBe(0);
		expect(plan.bytes).toBe(21);
	});

	it('pins nothing that runs several times, but all of them in a row', () => {
		const [first, second] = blocksOf([5, 7]);
		const plan = planResidency({ order: [first, first, second, second, second], bytes: 1000 });
		expect(plan.pinned.size).toBe(0);
		expect(plan.bytes).toBe(21);
	});

	it('pins what runs once only where everything fits', () => {
		const [once, ...cycle] = blocksOf([1, 700, 700, 700]);
		const order = [once, ...repeat(cycle, 3)];
		expect([...planResidency({ order, bytes: 2800 }).pinned]).toEqual(['block.1']);
		expect(planResidency({ order, bytes: 2801 }).pinned.size).toBe(4);
	});

	it('never exceeds what it was given, unless not even the least fits', () => {
		fc.assert(
			fc.property(sizes, fc.integer({ min: 1, max: 50 }), allowance, (list, cycles, bytes) => {
				const blocks = blocksOf(list);
				const plan = planResidency({ order: repeat(blocks, cycles), bytes });
				const pinned = blocks.filter((block) => plan.pinned.has(block.id));
				const held =
					plan.slotCount * plan.slotBytes +
					plan.stagingBytes +
					pinned.reduce((sum, block) => sum + block.bytes, 0);
				expect(plan.bytes).toBe(held);
				expect(held).toBeLessThanOrEqual(Math.max(bytes, leastResidencyBytes(blocks)));
			}),
		);
	});

	it('always has a slot for a block that is not pinned', () => {
		fc.assert(
			fc.property(sizes, allowance, (list, bytes) => {
				const blocks = blocksOf(list);
				const plan = planResidency({ order: repeat(blocks, 8), bytes });
				const streamed = blocks.filter((block) => !plan.pinned.has(block.id));
				if (streamed.length === 0) return;
				expect(plan.slotCount).toBe(2);
				expect(plan.slotBytes).toBeGreaterThanOrEqual(
					Math.max(...streamed.map((block) => block.bytes)),
				);
			}),
		);
	});

	it('keeps with more memory what it kept with less', () => {
		fc.assert(
			fc.property(sizes, allowance, fc.nat(2000 * MIB), (list, bytes, more) => {
				const blocks = blocksOf(list);
				const small = planResidency({ order: repeat(blocks, 8), bytes });
				const large = planResidency({ order: repeat(blocks, 8), bytes: bytes + more });
				for (const id of small.pinned) expect(large.pinned).toContain(id);
			}),
		);
	});

	it('stages a whole block before it pins a large one', () => {
		const bytes = 3 * 362e6 + 1e6;
		const plan = planResidency({ order: repeat(FULL_SIZE, 8), bytes });
		expect(plan.stagingBytes).toBe(362e6);
		expect([...plan.pinned]).toEqual(['block.0']);
	});

	it('spreads pinned blocks over the cycle', () => {
		for (const pinnedCount of [4, 8, 15, 20]) {
			const bytes = (3 + pinnedCount) * 362e6 + 4e6;
			const { pinned } = planResidency({ order: repeat(FULL_SIZE, 8), bytes });
			const gaps: number[] = [];
			let gap = 0;
			for (const { id } of FULL_SIZE) {
				if (pinned.has(id)) {
					gaps.push(gap);
					gap = 0;
				} else {
					gap++;
				}
			}
			const even = (32 - pinnedCount) / pinnedCount;
			expect(Math.max(...gaps, gap)).toBeLessThanOrEqual(Math.ceil(2 * even));
		}
	});
});
