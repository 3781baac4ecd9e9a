import type { Block, BlockTensor } from '../../src/families/parts/block.ts';
import { buildModel } from '../../src/families/registry.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { SYNTHETIC_PIECE_BYTES, SyntheticWeights } from './synthetic-weights.ts';
import type { ModelManifest, ShardRecord } from '../../src/store/model-manifest.ts';
import type { PlacedShardStore } from '../../src/store/placed-shard-store.ts';
import type { InstallStore, ShardWriter } from '../../src/store/shard-store.ts';
import type { StoreBackend } from '../../src/store/store-backend.ts';
import { syntheticManifest, type SyntheticModel } from './synthetic-manifest.ts';
import { syntheticTensor } from './synthetic-tensor.ts';

const FP16_BYTES = 2;

export interface SyntheticInstall {
	readonly bytes: number;
	readonly milliseconds: number;
}

/**
 * Installs a model of made-up weights: the shapes and bytes of a real one, for measurements where the real
 * weights cannot be had. The tokenizer is copied from an installed model.
 */
export async function installSynthetic(
	model: Omit<SyntheticModel, 'tokenizers'>,
	store: PlacedShardStore,
	backend: StoreBackend,
	tokenizerFrom: string,
	onShard: (name: string) => void = () => undefined,
): Promise<SyntheticInstall> {
	const started = performance.now();
	const donor = await store.manifest(tokenizerFrom);
	if (donor === undefined) throw new Error(`Install the model "${tokenizerFrom}" first`);
	const manifest = syntheticManifest({ ...model, tokenizers: donor.tokenizers });
	const target = store.store(backend);
	await copyTokenizers(store, target, tokenizerFrom, manifest);
	using context = await GpuContext.open();
	using weights = new SyntheticWeights(context);
	const { components } = buildModel(model.family, model.configs);
	const records = new Map(Object.entries(manifest.components));
	let bytes = 0;
	for (const component of components) {
		const { shards = [] } = records.get(component.id) ?? {};
		for (const [index, block] of component.blocks.entries()) {
			const shard = shards[index];
			if (shard === undefined) throw new RangeError(`No shard for ${block.id}`);
			await writeShard(target, manifest.id, block, shard, weights);
			bytes += shard.byteLength;
			onShard(shard.name);
		}
	}
	await store.place(manifest.id, backend);
	await store.putManifest(manifest);
	return { bytes, milliseconds: performance.now() - started };
}

async function copyTokenizers(
	from: PlacedShardStore,
	to: InstallStore,
	modelId: string,
	manifest: ModelManifest,
): Promise<void> {
	const files = Object.values(manifest.tokenizers);
	for (const file of files.flatMap(({ vocabulary, config }) => [vocabulary, config])) {
		const bytes = new Uint8Array(file.byteLength);
		const reader = await from.open(modelId, file);
		try {
			await reader.read(0, bytes);
		} finally {
			reader.close();
		}
		await to.put(manifest.id, file, bytes);
	}
}

async function writeShard(
	store: InstallStore,
	modelId: string,
	block: Block,
	shard: ShardRecord,
	weights: SyntheticWeights,
): Promise<void> {
	const writer = await store.openWriter(modelId, shard);
	try {
		for (const [index, tensor] of block.tensors.entries()) {
			const record = shard.tensors[index];
			if (record === undefined) throw new RangeError(`No place for ${tensor.name}`);
			await writeTensor(writer, tensor, record.byteOffset, record.byteLength, weights);
		}
		await writer.commit();
	} catch (error) {
		await writer.abort();
		throw error;
	}
}

async function writeTensor(
	writer: ShardWriter,
	tensor: BlockTensor,
	byteOffset: number,
	byteLength: number,
	weights: SyntheticWeights,
): Promise<void> {
	const made = syntheticTensor(tensor);
	for (let at = 0; at < byteLength; at += SYNTHETIC_PIECE_BYTES) {
		const bytes = Math.min(SYNTHETIC_PIECE_BYTES, byteLength - at);
		await weights.make(made, at / FP16_BYTES, bytes / FP16_BYTES, (values) =>
			writer.write(byteOffset + at, values),
		);
	}
}
