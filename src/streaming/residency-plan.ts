export interface PlannedBlock {
	readonly id: string;
	readonly bytes: number;
}

/** Which blocks stay on the GPU, and how large the two slots are that the others pass through. */
export interface ResidencyPlan {
	readonly pinned: ReadonlySet<string>;
	readonly slotBytes: number;
	readonly slotCount: number;
}

/** One slot computes while the other fills. */
const SLOT_COUNT = 2;

/**
 * Pins the longest prefix of a cyclic run of blocks that fits beside the slots. A prefix, because every
 * step runs all blocks in the same order: least-recently-used would evict each block just before its turn.
 *
 * @param blocks one cycle, in order of use, without repeats
 * @param weightBytes GPU memory allowed for weights; two slots are taken even if they exceed it
 */
export function planResidency(blocks: readonly PlannedBlock[], weightBytes: number): ResidencyPlan {
	const allBytes = blocks.reduce((sum, block) => sum + block.bytes, 0);
	if (allBytes <= weightBytes) {
		return { pinned: new Set(blocks.map((block) => block.id)), slotBytes: 0, slotCount: 0 };
	}
	const pinned = new Set<string>();
	let pinnedBytes = 0;
	// The slots must hold any streamed block, so they are sized for the largest of all.
	const slotBytes = blocks.reduce((largest, block) => Math.max(largest, block.bytes), 0);
	for (const block of blocks) {
		if (pinnedBytes + block.bytes + SLOT_COUNT * slotBytes > weightBytes) break;
		pinned.add(block.id);
		pinnedBytes += block.bytes;
	}
	return { pinned, slotBytes, slotCount: SLOT_COUNT };
}
