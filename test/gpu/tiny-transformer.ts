import type { Block } from '../../src/families/parts/block.ts';
import type { LatentGrid } from '../../src/families/parts/latent-space.ts';
import type { HostTensor } from '../../src/families/parts/prompt-encoder.ts';
import type { Turn } from '../../src/families/parts/turn.ts';
import { flowMatchSchedule } from '../../src/families/schedules/flow-match.ts';
import { parseZImageConfig } from '../../src/families/z-image/config.ts';
import { ZImageDenoiser } from '../../src/families/z-image/denoiser.ts';
import { ZImageTransformer } from '../../src/families/z-image/transformer.ts';
import { EULER } from '../../src/pipeline/sampling/samplers/euler.ts';
import { sampleLatent } from '../../src/pipeline/sampling/sample-latent.ts';
import { torchRandn } from '../../src/pipeline/sampling/noise/torch-randn.ts';
import { IndexedDbShardStore } from '../../src/store/indexeddb-shard-store.ts';
import type { ShardRecord } from '../../src/store/model-manifest.ts';
import { shardOf } from '../fixtures/shard-of.ts';
import { syntheticWeight } from '../fixtures/synthetic-weights.ts';

const CONFIG = {
	dim: 128,
	n_heads: 1,
	n_layers: 5,
	n_refiner_layers: 1,
	cap_feat_dim: 64,
	axes_dims: [32, 48, 48],
	axes_lens: [1536, 512, 512],
};

/** A narrow DiT with made-up weights, installed in a store of its own. */
export interface TinyTransformer {
	readonly transformer: ZImageTransformer;
	readonly store: IndexedDbShardStore;
	readonly modelId: string;
	shard(block: Block): ShardRecord;
}

/**
 * @param alter changes a block's shard before it is stored
 * @param config where it differs from the narrow one
 */
export async function installTinyTransformer(
	modelId: string,
	alter: (block: Block, bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> = (_, bytes) =>
		bytes,
	config: Partial<typeof CONFIG> = {},
): Promise<TinyTransformer> {
	const transformer = new ZImageTransformer(parseZImageConfig({ ...CONFIG, ...config }));
	const store = new IndexedDbShardStore('tiny-transformer');
	const shards = new Map<string, ShardRecord>();
	for (const block of transformer.blocks) {
		const { bytes, tensors } = shardOf(block, (name, shape) =>
			syntheticWeight('tiny', name, shape),
		);
		const shard = {
			block: block.id,
			name: block.id,
			byteLength: bytes.byteLength,
			sha256: '',
			tensors,
		};
		await store.put(modelId, shard, alter(block, bytes));
		shards.set(block.id, shard);
	}
	return {
		...{ transformer, store, modelId },
		shard({ id }) {
			const shard = shards.get(id);
			if (shard === undefined) throw new Error(`no shard for ${id}`);
			return shard;
		},
	};
}

/**
 * A picture's steps, from captions that are refined already.
 *
 * @param captions the prompt's, and under guidance that of the negative prompt
 */
export function sampleTurn(
	transformer: ZImageTransformer,
	grid: LatentGrid,
	captions: readonly HostTensor[],
	steps: number,
	guidanceScale = 1,
): Turn<Float32Array> {
	return sampleLatent({
		denoiser: new ZImageDenoiser(transformer),
		sampler: EULER,
		grid,
		conditionings: captions.map((caption) => ({ caption })),
		guidance: { scale: guidanceScale },
		sigmas: flowMatchSchedule(steps, 3),
		latent: torchRandn(7, 16 * grid.height * grid.width),
	});
}
