import { afterAll, beforeAll, expect, it } from 'vitest';
import { syntheticAdapter } from '../../../lab/bench/synthetic-adapter.ts';
import type { AdapterInUse } from '../../../src/adapters/adapter.ts';
import { openBlockEngine } from '../../../src/engine/open-block-engine.ts';
import { GpuContext } from '../../../src/gpu/gpu-context.ts';
import type { HostTensor } from '../../../src/families/parts/prompt-encoder.ts';
import { type AdapterSet, pictureAdapters } from '../../../src/pipeline/adapters/adapter-set.ts';
import { ModelGraphs } from '../../../src/pipeline/runner/model-graphs.ts';
import { TurnRun } from '../../../src/pipeline/runner/turn-run.ts';
import { torchRandn } from '../../../src/pipeline/sampling/noise/torch-randn.ts';
import { installTinyTransformer, sampleTurn, type TinyTransformer } from '../tiny-transformer.ts';

const STEPS = 2;
const GRID = { height: 8, width: 8 };
const CAPTION_TOKENS = 32;
const RANK = 8;
/** Of blocks with seven linear layers in a step: a refiner and five layers. */
const ADAPTED_BLOCKS = 6;

let context: GpuContext;
let tiny: TinyTransformer;
let graphs: ModelGraphs;
let caption: HostTensor;
beforeAll(async () => {
	context = await GpuContext.open();
	tiny = await installTinyTransformer('adapted');
	graphs = new ModelGraphs(await openBlockEngine('fused', context), [tiny.transformer]);
	const { dim } = tiny.transformer.config;
	caption = { values: torchRandn(1, CAPTION_TOKENS * dim), shape: [CAPTION_TOKENS, dim] };
});
afterAll(() => context[Symbol.dispose]());

/** Steps drawn with adapters, and what of it went to the GPU. */
async function drawn(uses: readonly AdapterInUse[], known?: AdapterSet) {
	const adapters = pictureAdapters(uses, known);
	const turn = sampleTurn(tiny.transformer, GRID, [caption], STEPS);
	const opened: string[] = [];
	const open: TinyTransformer['store']['open'] = (modelId, shard) => {
		opened.push(shard.name);
		return tiny.store.open(modelId, shard);
	};
	const { queue } = context.device;
	const writeBuffer = queue.writeBuffer.bind(queue);
	const gains: number[] = [];
	queue.writeBuffer = (buffer, ...rest) => {
		if (buffer.label.startsWith('gains')) gains.push(buffer.size);
		writeBuffer(buffer, ...rest);
		return undefined;
	};
	context.ledger.resetPeaks();
	try {
		const latent = await TurnRun.with(
			{
				...{ ...tiny, context, graphs, adapters, order: turn.order, store: { open } },
				weightBytes: Number.MAX_SAFE_INTEGER,
			},
			(run) => turn.run(run),
		);
		const peakBytes = context.ledger.peakBytesOf('weights');
		return { latent, opened, gains, peakBytes, set: adapters?.set };
	} finally {
		queue.writeBuffer = writeBuffer;
	}
}

it('an adapter reloads no weight, a strength uploads a few numbers, and the ledger counts both', async () => {
	let reads = 0;
	const use = syntheticAdapter(tiny.transformer, { rank: RANK, seed: 0 });
	const counted: AdapterInUse = {
		...use,
		reader: {
			read: (...range) => {
				reads++;
				return use.reader.read(...range);
			},
		},
	};
	const without = await drawn([]);
	const full = await drawn([counted]);
	const readsOfFactors = reads;
	const half = await drawn([{ ...counted, strength: 0.5 }], full.set);
	const removed = await drawn([]);

	expect(full.latent).not.toEqual(without.latent);
	expect(half.latent).not.toEqual(full.latent);
	expect(removed.latent).toEqual(without.latent);
	for (const { opened } of [full, half, removed]) expect(opened).toEqual(without.opened);

	// Factors are read and arranged once, two for each of seven layers.
	expect(readsOfFactors).toBe(ADAPTED_BLOCKS * 7 * 2);
	expect(reads).toBe(readsOfFactors);
	expect(half.set).toBe(full.set);
	// Once a picture: four vectors of ranks for each block, padded to what WebGPU binds.
	expect(half.gains).toEqual(full.gains);
	expect(full.gains).toHaveLength(ADAPTED_BLOCKS);
	for (const bytes of full.gains) expect(bytes).toBeLessThanOrEqual(4 * 256);

	const { dim, ffnHidden } = tiny.transformer.config;
	const factors = 2 * RANK * (4 * 2 * dim + 3 * (dim + ffnHidden));
	const gains = full.gains.reduce((sum, bytes) => sum + bytes, 0);
	const more = full.peakBytes - without.peakBytes;
	// Each of eleven tensors is padded to 256 bytes.
	expect(more).toBeGreaterThanOrEqual(ADAPTED_BLOCKS * factors + gains);
	expect(more).toBeLessThanOrEqual(ADAPTED_BLOCKS * (factors + 11 * 256) + gains);
	expect(context.ledger.bytesOf('weights')).toBe(0);
});
