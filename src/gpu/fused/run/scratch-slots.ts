/** A value that lives from the step that makes it to the last that reads it. */
export interface ScratchValue {
	readonly name: string;
	readonly bytes: number;
	/** Index of the step that makes it. */
	readonly from: number;
	/** Index of the last step that reads it. */
	readonly to: number;
}

export interface ScratchSlots {
	/** Bytes of each slot. */
	readonly slotBytes: readonly number[];
	/** Which slot holds a value. */
	readonly slotOf: ReadonlyMap<string, number>;
}

/**
 * Places values in as few bytes as a first fit finds: a slot is reused once its value is no longer
 * read, never within the step that reads it.
 *
 * @param values in the order they are made
 */
export function assignScratchSlots(values: readonly ScratchValue[]): ScratchSlots {
	const slots: { bytes: number; busyTo: number }[] = [];
	const slotOf = new Map<string, number>();
	for (const { name, bytes, from, to } of values) {
		const free = [...slots.entries()].filter(([, slot]) => slot.busyTo < from);
		// The smallest that is large enough, else the largest, which grows.
		const best = free.reduce<[number, { bytes: number; busyTo: number }] | undefined>(
			(chosen, candidate) => {
				if (chosen === undefined) return candidate;
				const [a, b] = [chosen[1].bytes, candidate[1].bytes];
				const candidateIsBetter = a >= bytes ? b >= bytes && b < a : b > a;
				return candidateIsBetter ? candidate : chosen;
			},
			undefined,
		);
		if (best === undefined) {
			slotOf.set(name, slots.length);
			slots.push({ bytes, busyTo: to });
		} else {
			const [index, slot] = best;
			slot.bytes = Math.max(slot.bytes, bytes);
			slot.busyTo = to;
			slotOf.set(name, index);
		}
	}
	return { slotBytes: slots.map(({ bytes }) => bytes), slotOf };
}
