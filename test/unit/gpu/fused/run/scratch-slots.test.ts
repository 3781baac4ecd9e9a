import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
	assignScratchSlots,
	type ScratchValue,
} from '../../../../../src/gpu/fused/run/scratch-slots.ts';

const values = fc
	.array(fc.record({ bytes: fc.integer({ min: 1, max: 1000 }), life: fc.nat({ max: 6 }) }))
	.map((list) =>
		list.map(({ bytes, life }, from): ScratchValue => ({
			name: `v${from}`,
			bytes,
			from,
			to: from + life,
		})),
	);

it('gives every value a slot that is large enough and that no living value holds', () => {
	fc.assert(
		fc.property(values, (list) => {
			const { slotBytes, slotOf } = assignScratchSlots(list);
			for (const value of list) {
				const slot = slotOf.get(value.name) ?? -1;
				expect(slotBytes[slot]).toBeGreaterThanOrEqual(value.bytes);
				const rivals = list.filter((other) => other !== value && slotOf.get(other.name) === slot);
				for (const other of rivals) {
					expect(other.from > value.to || other.to < value.from).toBe(true);
				}
			}
		}),
	);
});

it('reuses the slots of a chain', () => {
	const chain = Array.from({ length: 10 }, (_, from) => ({
		name: `v${from}`,
		bytes: 64,
		from,
		to: from + 1,
	}));
	expect(assignScratchSlots(chain).slotBytes).toEqual([64, 64]);
});
