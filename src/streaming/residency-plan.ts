export interface PlannedBlock {
	readonly id: string;
	readonly bytes: number;
}

export interface ResidencyRequest {
	/** Every block in order of use, repeats included: the steps of a picture run the same blocks over and over. */
	readonly order: readonly PlannedBlock[];
	/** GPU memory for weights and staging together. */
	readonly bytes: number;
}

/** Which blocks stay on the GPU, the slots that the others pass through, and the staging that feeds both. */
export interface ResidencyPlan {
	readonly pinned: ReadonlySet<string>;
	readonly slotBytes: number;
	readonly slotCount: number;
	readonly stagingBytes: number;
	/** All of it together. At most what the request allows, unless not even the least fits. */
	readonly bytes: number;
}

/** One slot computes while the other fills. */
const SLOT_COUNT = 2;

/** Enough for reads of full speed; less than a block hides less of the reading behind compute. */
const LEAST_STAGING_BYTES = 64 * 2 ** 20;

/** Blocks this much smaller than the largest stay whatever the budget: they cost nothing to keep. */
const SMALL_BLOCK_SHARE = 1 / 20;

/**
 * Divides memory between pinned blocks, slots and staging.
 *
 * Access is cyclic, so least-recently-used would evict each block just before its turn; any fixed set of
 * pinned blocks does as well as any other by count. They are spread evenly over the cycle: while a pinned
 * block computes, the next streamed one is read, and a prefix of pinned blocks would leave the reads of
 * all the others in one row. The order of pinning does not depend on the budget: a larger one keeps what a
 * smaller one kept.
 *
 * A staging ring as large as a block comes before any large pinned block: it is what lets a block be read
 * while another computes (140 ms against 100 ms for a block of 93 ms).
 */
export function planResidency({ order, bytes }: ResidencyRequest): ResidencyPlan {
	const blocks = distinctBlocks(order);
	const repeated = repeatedBlocks(order);
	const largest = largestBytes(blocks);
	const all = sumBytes(blocks);
	const leastStaging = Math.min(largest, LEAST_STAGING_BYTES);
	if (repeated.length > 0 && all + leastStaging <= bytes) {
		const stagingBytes = Math.min(largest, bytes - all);
		const pinned = new Set(blocks.map((block) => block.id));
		return { pinned, slotBytes: 0, slotCount: 0, stagingBytes, bytes: all + stagingBytes };
	}
	const slots = SLOT_COUNT * largest;
	const stagingBytes = Math.min(largest, Math.max(leastStaging, bytes - slots));
	const pinned = new Set<string>();
	let pinnedBytes = 0;
	for (const block of pinningOrder(repeated)) {
		if (slots + stagingBytes + pinnedBytes + block.bytes > bytes) break;
		pinned.add(block.id);
		pinnedBytes += block.bytes;
	}
	return {
		pinned,
		slotBytes: largest,
		slotCount: SLOT_COUNT,
		stagingBytes,
		bytes: slots + stagingBytes + pinnedBytes,
	};
}

/** The least memory for weights and staging that these blocks can run in. */
export function leastResidencyBytes(order: readonly PlannedBlock[]): number {
	const largest = largestBytes(order);
	return SLOT_COUNT * largest + Math.min(largest, LEAST_STAGING_BYTES);
}

function distinctBlocks(order: readonly PlannedBlock[]): readonly PlannedBlock[] {
	return [...new Map(order.map((block) => [block.id, block])).values()];
}

/** Those that come back after others: what is read once is not worth a place on the GPU. */
function repeatedBlocks(order: readonly PlannedBlock[]): readonly PlannedBlock[] {
	const seen = new Set<string>();
	const repeated = new Map<string, PlannedBlock>();
	for (const [position, block] of order.entries()) {
		// Runs in a row share one read.
		if (order[position - 1]?.id === block.id) continue;
		if (seen.has(block.id)) repeated.set(block.id, block);
		seen.add(block.id);
	}
	return distinctBlocks(order).filter((block) => repeated.has(block.id));
}

function sumBytes(blocks: readonly PlannedBlock[]): number {
	return blocks.reduce((sum, block) => sum + block.bytes, 0);
}

function largestBytes(blocks: readonly PlannedBlock[]): number {
	return blocks.reduce((largest, block) => Math.max(largest, block.bytes), 0);
}

/** Small blocks first, then the others so that each next one falls into the widest gap. */
function pinningOrder(blocks: readonly PlannedBlock[]): readonly PlannedBlock[] {
	const limit = largestBytes(blocks) * SMALL_BLOCK_SHARE;
	const small = blocks.filter((block) => block.bytes <= limit);
	const large = blocks.filter((block) => block.bytes > limit);
	const bits = Math.ceil(Math.log2(Math.max(2, large.length)));
	const spread = Array.from({ length: 2 ** bits }, (_, index) => large[reversedBits(index, bits)]);
	return [...small, ...spread.filter((block) => block !== undefined)];
}

/** The van der Corput sequence: 0, 1/2, 1/4, 3/4, 1/8, … of 2^bits. */
function reversedBits(index: number, bits: number): number {
	let reversed = 0;
	for (let bit = 0; bit < bits; bit++) {
		reversed = (reversed << 1) | ((index >> bit) & 1);
	}
	return reversed;
}
