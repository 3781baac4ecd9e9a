import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { getWebGPUMemoryUsage } from 'webgpu-memory';
import type { Block } from '../../src/families/parts/block.ts';
import type { HostTensor } from '../../src/families/parts/prompt-encoder.ts';
import type { BlockEngine } from '../../src/gpu/block-engine.ts';
import type { Turn } from '../../src/families/parts/turn.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { OrtBlockEngine } from '../../src/gpu/ort/ort-block-engine.ts';
import { SubmitTally } from '../../src/gpu/submit-tally.ts';
import { ModelGraphs } from '../../src/pipeline/runner/model-graphs.ts';
import { TurnRun, type TurnRunOptions } from '../../src/pipeline/runner/turn-run.ts';
import { NonFiniteError } from '../../src/pipeline/errors.ts';
import { torchRandn } from '../../src/pipeline/sampling/noise/torch-randn.ts';
import { planResidency } from '../../src/streaming/residency-plan.ts';
import { ShardCorruptError, ShardMissingError } from '../../src/store/errors.ts';
import type { ShardStore } from '../../src/store/shard-store.ts';
import { relativeL2 } from '../fixtures/relative-l2.ts';
import { installTinyTransformer, sampleTurn, type TinyTransformer } from './tiny-transformer.ts';

const STEPS = 2;
const GRID = { height: 8, width: 8 };
const CAPTION_TOKENS = 32;
/** Milliseconds: for a test that waits in vain, not a measure of what it waits for. */
const PATIENCE = 30_000;

describe('a transformer streamed through two slots', () => {
	let context: GpuContext;
	let tiny: TinyTransformer;
	let graphs: ModelGraphs;
	let caption: HostTensor;
	let largestShardBytes: number;

	beforeAll(async () => {
		context = await GpuContext.open();
		tiny = await installTinyTransformer('whole');
		graphs = new ModelGraphs(new OrtBlockEngine(context), [tiny.transformer]);
		const { dim } = tiny.transformer.config;
		caption = { values: torchRandn(1, CAPTION_TOKENS * dim), shape: [CAPTION_TOKENS, dim] };
		const { order } = sampleTurn(tiny.transformer, GRID, [caption], 1);
		largestShardBytes = Math.max(...order.map((block) => tiny.shard(block).byteLength));
	});
	afterAll(() => context[Symbol.dispose]());

	function sample(model: TinyTransformer, options: Partial<TurnRunOptions> = {}) {
		return take(model, sampleTurn(model.transformer, GRID, [caption], STEPS), options);
	}

	function take(
		model: TinyTransformer,
		turn: Turn<Float32Array>,
		options: Partial<TurnRunOptions> = {},
	) {
		const { order } = turn;
		return TurnRun.with({ context, ...model, graphs, order, weightBytes: 0, ...options }, (run) =>
			turn.run(run),
		);
	}

	it('holds the weights of two blocks and no more', async () => {
		context.ledger.resetPeaks();
		await sample(tiny);
		expect(context.ledger.peakBytesOf('weights')).toBe(2 * largestShardBytes);
		expect(context.ledger.bytesOf('weights')).toBe(0);
	});

	it('pins what the allowance holds, and draws the same', async () => {
		const streamed = await sample(tiny);
		const weightBytes = 5 * largestShardBytes;
		const { order } = sampleTurn(tiny.transformer, GRID, [caption], STEPS);
		const plan = planResidency({
			order: order.map((block) => ({ id: block.id, bytes: tiny.shard(block).byteLength })),
			bytes: weightBytes,
		});
		expect(plan.pinned.size).toBeGreaterThan(2);
		expect(plan.pinned.size).toBeLessThan(tiny.transformer.stepBlocks.length);
		context.ledger.resetPeaks();
		const partlyPinned = await sample(tiny, { weightBytes });
		expect(context.ledger.peakBytesOf('weights')).toBe(plan.bytes - plan.stagingBytes);
		expect(context.ledger.peakBytesOf('staging')).toBeLessThan(plan.stagingBytes + 2 ** 16);
		const resident = await sample(tiny, { weightBytes: Number.MAX_SAFE_INTEGER });
		expect(partlyPinned).toEqual(streamed);
		expect(resident).toEqual(streamed);
	});

	it('gives everything back but what ORT itself keeps', async () => {
		await sample(tiny);
		for (const category of ['weights', 'widened', 'activations', 'staging'] as const) {
			expect(context.ledger.bytesOf(category), category).toBe(0);
		}
	});

	it('counts what an independent counter counts', async () => {
		using counted = await GpuContext.open();
		const own = new ModelGraphs(new OrtBlockEngine(counted), [tiny.transformer]);
		await sample(tiny, {
			context: counted,
			graphs: own,
			onBlock: () => {
				const { buffer } = getWebGPUMemoryUsage(counted.device).memory;
				expect(counted.ledger.bytes + SubmitTally.countBytes).toBe(buffer);
			},
		});
	});

	it('reads the next block while one computes', async () => {
		const opened: string[] = [];
		const finished: [block: string, openedBefore: readonly string[]][] = [];
		await sample(tiny, {
			store: spyOnOpen(tiny.store, (name) => opened.push(name)),
			onBlock: (block: Block) => finished.push([block.id, [...opened]]),
		});
		for (const [position, [block, openedBefore]] of finished.entries()) {
			expect(openedBefore.length, `after ${block}`).toBe(Math.min(position + 2, finished.length));
		}
	});

	it('reads each block once for both passes of guidance, whose result is guided', async () => {
		const { dim } = tiny.transformer.config;
		const negative = { values: torchRandn(2, 64 * dim), shape: [64, dim] };
		const turnOf = (captions: readonly HostTensor[], scale: number) =>
			sampleTurn(tiny.transformer, GRID, captions, STEPS, scale);
		const drawn = async (turn: Turn<Float32Array>) => {
			const opened: string[] = [];
			const store = spyOnOpen(tiny.store, (name) => opened.push(name));
			return { latent: await take(tiny, turn, { store }), opened };
		};
		const plain = await drawn(turnOf([caption], 1));
		const alike = await drawn(turnOf([caption, caption], 4));
		const guided = await drawn(turnOf([caption, negative], 4));
		expect(alike.opened).toEqual(plain.opened);
		expect(guided.opened).toEqual(plain.opened);
		// Nothing to go away from: the prompt's own prediction.
		expect(alike.latent).toEqual(plain.latent);
		expect(guided.latent).not.toEqual(plain.latent);
		// With a scale of 0 only the second pass counts.
		const swapped = await drawn(turnOf([negative, caption], 0));
		expect(relativeL2(swapped.latent, plain.latent)).toBeLessThan(1e-6);
	});

	it('queues two blocks and no more', async () => {
		using gated = await GpuContext.open();
		const finishOne: (() => void)[] = [];
		gated.device.queue.onSubmittedWorkDone = () =>
			new Promise((resolve) => finishOne.push(() => resolve(undefined)));
		let submitted = 0;
		const engine: BlockEngine = {
			load: async () => ({
				run: async () => void submitted++,
				releaseBuffers: () => undefined,
				dispose: async () => undefined,
			}),
			scratchBytes: () => undefined,
			fallbackReason: () => undefined,
			prepare: () => undefined,
		};
		const order = tiny.transformer.stepBlocks;
		const running = TurnRun.with(
			{
				...tiny,
				context: gated,
				graphs: new ModelGraphs(engine, [tiny.transformer]),
				order,
				weightBytes: 0,
			},
			async (run) => {
				for (const block of order) await run.run(block, {}, { y: [1] });
			},
		);
		for (let finished = 0; finished < order.length; finished++) {
			const queued = Math.min(finished + 2, order.length);
			await vi.waitFor(() => expect(submitted).toBe(queued), PATIENCE);
			// Long enough for another, were it not held back.
			await new Promise((resolve) => setTimeout(resolve, 20));
			expect(submitted).toBe(queued);
			await vi.waitFor(() => expect(finishOne.length).toBeGreaterThan(0), PATIENCE);
			finishOne.shift()?.();
		}
		// At its end the run waits once more, for the driver to have the memory back.
		await vi.waitFor(() => expect(finishOne.length).toBeGreaterThan(0), PATIENCE);
		finishOne.shift()?.();
		await running;
	});

	it('stops within one block of a cancel', async () => {
		const controller = new AbortController();
		const ran: string[] = [];
		const sampling = sample(tiny, {
			signal: controller.signal,
			onBlock: (block: Block) => {
				ran.push(block.id);
				if (block.id === 'layers.1') controller.abort();
			},
		});
		await expect(sampling).rejects.toMatchObject({ name: 'AbortError' });
		expect(ran.at(-1)).toBe('layers.1');
		expect(context.ledger.bytesOf('activations')).toBe(0);
	});

	it('names the first block whose output is not a number', async () => {
		const NAN_F16 = 0x7e00;
		const broken = await installTinyTransformer('broken', (block, bytes) => {
			if (block.id === 'layers.2') new Uint16Array(bytes.buffer).fill(NAN_F16);
			return bytes;
		});
		const sampling = sample(broken);
		await expect(sampling).rejects.toBeInstanceOf(NonFiniteError);
		await expect(sampling).rejects.toMatchObject({
			data: { block: 'layers.2', when: 'step 1 of 2' },
		});
		await expect(sample(tiny)).resolves.toBeInstanceOf(Float32Array);
	});

	it('says which shard is missing, and works again once it is back', async () => {
		const damaged = await installTinyTransformer('damaged');
		const layer = damaged.transformer.stepBlocks.find(({ id }) => id === 'layers.3');
		if (layer === undefined) throw new Error('no layers.3');
		await damaged.store.delete('damaged', damaged.shard(layer));
		const sampling = sample(damaged);
		await expect(sampling).rejects.toBeInstanceOf(ShardMissingError);
		await expect(sampling).rejects.toThrow(/layers\.3/);
		await expect(sample(await installTinyTransformer('damaged'))).resolves.toBeDefined();
	});

	it('refuses a truncated shard', async () => {
		const truncated = await installTinyTransformer('truncated', (block, bytes) =>
			block.id === 'layers.4' ? bytes.slice(0, 1000) : bytes,
		);
		const sampling = sample(truncated);
		await expect(sampling).rejects.toBeInstanceOf(ShardCorruptError);
		await expect(sampling).rejects.toThrow(/layers\.4.*1000 bytes instead of/);
	});
});

function spyOnOpen(store: ShardStore, onOpen: (name: string) => void): ShardStore {
	return {
		manifest: (modelId) => store.manifest(modelId),
		manifests: () => store.manifests(),
		putManifest: (manifest) => store.putManifest(manifest),
		deleteManifest: (modelId) => store.deleteManifest(modelId),
		has: (modelId, record) => store.has(modelId, record),
		put: (modelId, record, bytes) => store.put(modelId, record, bytes),
		delete: (modelId, record) => store.delete(modelId, record),
		open: (modelId, record) => {
			onOpen(record.name);
			return store.open(modelId, record);
		},
	};
}
