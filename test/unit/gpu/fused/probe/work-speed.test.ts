import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WorkSpeed } from '../../../../../src/gpu/fused/probe/work-speed.ts';

const GPU_FLOPS_PER_SECOND = 40e12;
/** What the speed is believed to be, give or take the rounding to a power of two. */
const believed = (speed: WorkSpeed): number => speed.maxSubmitFlops / 0.1;

let now = 0;
beforeEach(() => {
	now = 0;
	vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => vi.restoreAllMocks());

/** Does work in `milliseconds`, whatever it is. */
async function work(speed: WorkSpeed, flops: number, milliseconds: number): Promise<void> {
	const queue = {
		onSubmittedWorkDone: async (): Promise<undefined> => {
			now += milliseconds;
			return undefined;
		},
	};
	await speed.watch(queue, flops);
}

async function knownSpeed(): Promise<WorkSpeed> {
	const speed = new WorkSpeed();
	await work(speed, GPU_FLOPS_PER_SECOND * 0.02, 20);
	expect(speed.isKnown).toBe(true);
	expect(believed(speed)).toBeGreaterThan(GPU_FLOPS_PER_SECOND / 2);
	return speed;
}

it('is not misled by small work that waits for uploads', async () => {
	const speed = await knownSpeed();
	// A layer of the text encoder for a short prompt, after the copy of the layer's weights.
	for (let layer = 0; layer < 35; layer++) await work(speed, 5e9, 11);
	expect(believed(speed)).toBeGreaterThan(GPU_FLOPS_PER_SECOND / 2);
});

it('believes at once that long work was too long', async () => {
	const speed = await knownSpeed();
	await work(speed, 0.05 * GPU_FLOPS_PER_SECOND, 500);
	expect(believed(speed)).toBeLessThanOrEqual(GPU_FLOPS_PER_SECOND / 10);
});

it('finds that a GPU is fast again', async () => {
	const speed = await knownSpeed();
	await work(speed, 0.05 * GPU_FLOPS_PER_SECOND, 500);
	for (let block = 0; block < 8; block++) await work(speed, GPU_FLOPS_PER_SECOND * 0.04, 40);
	expect(believed(speed)).toBeGreaterThan(GPU_FLOPS_PER_SECOND / 2);
});
