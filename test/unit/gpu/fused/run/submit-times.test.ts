import { describe, expect, it, vi } from 'vitest';
import { planRun } from '../../../../../src/gpu/fused/run/plan-fused-run.ts';
import { PlannedGraph } from '../../../../../src/gpu/fused/plan/planned-graph.ts';
import { splitSubmits } from '../../../../../src/gpu/fused/run/split-submits.ts';
import { WorkSpeed } from '../../../../../src/gpu/fused/probe/work-speed.ts';
import {
	dispatchWork,
	type KernelDispatch,
} from '../../../../../src/gpu/kernels/dispatch/kernel-dispatch.ts';
import { measurePicture } from '../../../../../src/pipeline/measure-picture.ts';
import { fullSizeModel, H100 } from '../../../../fixtures/full-size-model.ts';

const LONGEST_SUBMIT_SECONDS = 0.2;

/** Enough for whoever waits for a submit to make the next. */
const MICROTASKS = 8;
/** Chromium says that work is done some time after it is. */
const NOTICE_MILLISECONDS = 0.5;

/** Does work at one speed, piece after piece, on a clock of its own. */
class SimulatedGpu {
	readonly #flopsPerSecond: number;
	readonly #awaited: { readonly at: number; readonly resolve: (done: undefined) => void }[] = [];
	#freeAt = 0;
	milliseconds = 0;
	longestSubmitSeconds = 0;

	constructor(flopsPerSecond: number) {
		this.#flopsPerSecond = flopsPerSecond;
	}

	submit(work: number): void {
		const seconds = work / this.#flopsPerSecond;
		this.#freeAt = Math.max(this.#freeAt, this.milliseconds) + seconds * 1000;
		this.longestSubmitSeconds = Math.max(this.longestSubmitSeconds, seconds);
	}

	onSubmittedWorkDone(): Promise<undefined> {
		const at = this.#freeAt + NOTICE_MILLISECONDS;
		return new Promise((resolve) => this.#awaited.push({ at, resolve }));
	}

	/** Lets time pass until `work` is done. */
	async run(work: () => Promise<void>): Promise<void> {
		using clock = vi.spyOn(performance, 'now').mockImplementation(() => this.milliseconds);
		let isDone = false;
		const done = work().finally(() => (isDone = true));
		while (!isDone) {
			const next = this.#awaited.shift();
			if (next !== undefined) {
				this.milliseconds = Math.max(this.milliseconds, next.at);
				next.resolve(undefined);
			}
			for (let turn = 0; turn < MICROTASKS; turn++) await Promise.resolve();
		}
		await done;
		clock.mockRestore();
	}
}

/** Runs a block as `BlockProgram` and `FusedGraph` do: cut for the speed that is known at its start. */
async function runBlock(
	gpu: SimulatedGpu,
	speed: WorkSpeed,
	dispatchesFor: (maxDispatchFlops: number) => readonly KernelDispatch<unknown>[],
): Promise<void> {
	const ready = dispatchesFor(speed.maxSubmitFlops).map((dispatch) => ({ dispatch }));
	let last: Promise<void> = Promise.resolve();
	for (const { work, isLast } of splitSubmits(ready, speed)) {
		gpu.submit(work);
		last = speed.watch(gpu, work);
		if (!isLast && !speed.isKnown) await last;
	}
	await last;
}

interface PictureGraph {
	readonly name: string;
	dispatches(maxDispatchFlops: number): readonly KernelDispatch<unknown>[];
}

/** Every graph of a picture with the shapes that it runs on, in a budget that makes the decoder cut it. */
async function plannedGraphs(size: number): Promise<readonly PictureGraph[]> {
	const planned: PictureGraph[] = [];
	const model = fullSizeModel((graph, run) => {
		const plan = planRun(new PlannedGraph(graph), run, H100);
		planned.push({
			name: `${graph.name}, ${plan.name}, of ${JSON.stringify(run.outputs)}`,
			dispatches: (maxDispatchFlops) => plan.dispatches({ ...H100, maxDispatchFlops }),
		});
		return plan.slots.slotBytes;
	});
	await measurePicture(model, { width: size, height: size, steps: 1 });
	return planned;
}

describe.each([1024, 2048])('a picture of %i² pixels at full size', (size) => {
	describe.each([0.1, 1, 10])('on a GPU of %d TFLOP/s', (teraflops) => {
		it('has no submit of more than 200 ms, from the first block on', async () => {
			const graphs = await plannedGraphs(size);
			for (const graph of graphs) {
				const gpu = new SimulatedGpu(teraflops * 1e12);
				const speed = new WorkSpeed();
				await gpu.run(async () => {
					for (let block = 0; block < 3; block++) {
						await runBlock(gpu, speed, (most) => graph.dispatches(most));
					}
				});
				expect(gpu.longestSubmitSeconds, graph.name).toBeLessThanOrEqual(LONGEST_SUBMIT_SECONDS);
			}
			expect(graphs.map(({ name }) => name)).toEqual(
				expect.arrayContaining([
					expect.stringContaining('modulated-block'),
					expect.stringContaining('vae.upsample'),
				]),
			);
		});
	});

	it('costs a fast GPU little for learning its speed', async () => {
		const graphs = await plannedGraphs(size);
		const block = graphs.find(({ name }) => name.includes('modulated'));
		if (block === undefined) throw new Error('no block among the graphs');
		const gpu = new SimulatedGpu(10e12);
		const work = block.dispatches(Infinity).reduce((sum, each) => sum + dispatchWork(each), 0);
		await gpu.run(() => runBlock(gpu, new WorkSpeed(), (most) => block.dispatches(most)));
		expect(gpu.milliseconds / 1000).toBeLessThan(1.2 * (work / 10e12) + 0.02);
	});
});
