import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { QueuePace } from '../../../../../src/gpu/queue-pace.ts';
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

async function knownSpeed(pace = new QueuePace()): Promise<WorkSpeed> {
	const speed = new WorkSpeed(pace);
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

it('believes at once that long work was too long, but no more than to a quarter', async () => {
	const speed = await knownSpeed();
	const before = believed(speed);
	await work(speed, 0.05 * GPU_FLOPS_PER_SECOND, 500);
	expect(believed(speed)).toBe(before / 4);
	await work(speed, 0.05 * GPU_FLOPS_PER_SECOND, 500);
	expect(believed(speed)).toBeLessThanOrEqual(GPU_FLOPS_PER_SECOND / 10);
});

it('learns nothing of a tab that is hidden', async () => {
	const pace = new QueuePace();
	const speed = await knownSpeed(pace);
	const before = believed(speed);
	pace.isHidden = true;
	await work(speed, 0.05 * GPU_FLOPS_PER_SECOND, 5000);
	expect(believed(speed)).toBe(before);
});

it('does not count the time of an upload that came before', async () => {
	const pace = new QueuePace();
	const speed = await knownSpeed(pace);
	const before = believed(speed);
	const queue = {
		onSubmittedWorkDone: async (): Promise<undefined> => {
			now += 450;
			pace.done();
			now += 50;
			return undefined;
		},
	};
	await speed.watch(queue, 0.05 * GPU_FLOPS_PER_SECOND);
	expect(believed(speed)).toBe(before);
});

it('gives submits half the work when they are to be half as long, down to a quarter', async () => {
	const pace = new QueuePace();
	const speed = await knownSpeed(pace);
	const before = speed.maxSubmitFlops;
	pace.halveSubmits();
	expect(speed.maxSubmitFlops).toBe(before / 2);
	for (let i = 0; i < 9; i++) pace.halveSubmits();
	expect(speed.maxSubmitFlops).toBe(before / 4);
});

it('finds that a GPU is fast again', async () => {
	const speed = await knownSpeed();
	await work(speed, 0.05 * GPU_FLOPS_PER_SECOND, 500);
	for (let block = 0; block < 8; block++) await work(speed, GPU_FLOPS_PER_SECOND * 0.04, 40);
	expect(believed(speed)).toBeGreaterThan(GPU_FLOPS_PER_SECOND / 2);
});
