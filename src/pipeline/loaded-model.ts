import type { Block, ComponentName } from '../families/parts/block.ts';
import type { RefinedCaption } from '../families/parts/diffusion-transformer.ts';
import { buildModel, type ModelComponents } from '../families/family.ts';
import type { BlockEngine } from '../gpu/block-engine.ts';
import type { GpuContext } from '../gpu/gpu-context.ts';
import { ModelNotInstalledError } from '../store/errors.ts';
import type { ModelManifest, PreviewFactors, ShardRecord } from '../store/model-manifest.ts';
import type { ShardStore } from '../store/shard-store.ts';
import { ComponentGraphs } from './runner/component-graphs.ts';
import { previewFactors } from './preview/preview-factors.ts';
import type { PromptTokeniser } from './prompt/tokenise-prompt.ts';

/** Captions kept; one of 512 tokens takes 8 MB at full size. */
const CACHED_CAPTIONS = 8;

/** An installed model, opened: its networks, its graphs and what it remembers between pictures. No weights. */
export class LoadedModel {
	readonly manifest: ModelManifest;
	readonly components: ModelComponents;
	readonly tokeniser: PromptTokeniser;
	readonly graphs: Readonly<Record<ComponentName, ComponentGraphs>>;
	/** Absent where nothing is known of the latent space. */
	readonly previewFactors: PreviewFactors | undefined;
	readonly #shards: Readonly<Record<ComponentName, ReadonlyMap<string, ShardRecord>>>;
	readonly #captions = new Map<string, RefinedCaption>();

	private constructor(
		manifest: ModelManifest,
		tokeniser: PromptTokeniser,
		engine: BlockEngine,
		maxBindingBytes: number,
	) {
		const { text_encoder, transformer, vae } = manifest.components;
		this.manifest = manifest;
		this.tokeniser = tokeniser;
		this.components = buildModel(manifest.family, {
			text_encoder: text_encoder.config,
			transformer: transformer.config,
			vae: vae.config,
		});
		this.previewFactors = previewFactors(manifest, this.components.vae.config);
		const graphs = (name: ComponentName) =>
			new ComponentGraphs(engine, this.components[name], maxBindingBytes);
		this.graphs = {
			text_encoder: graphs('text_encoder'),
			transformer: graphs('transformer'),
			vae: graphs('vae'),
		};
		this.#shards = {
			text_encoder: shardsByBlock(manifest, 'text_encoder'),
			transformer: shardsByBlock(manifest, 'transformer'),
			vae: shardsByBlock(manifest, 'vae'),
		};
	}

	/** @throws ModelNotInstalledError, ConfigError */
	static async open(
		modelId: string,
		store: ShardStore,
		tokeniser: PromptTokeniser,
		engine: BlockEngine,
		context: GpuContext,
	): Promise<LoadedModel> {
		const manifest = await store.manifest(modelId);
		if (manifest === undefined) throw new ModelNotInstalledError(modelId);
		const { maxStorageBufferBindingSize } = context.device.limits;
		return new LoadedModel(manifest, tokeniser, engine, maxStorageBufferBindingSize);
	}

	/** The shards of a component by block id. */
	shards(component: ComponentName): ReadonlyMap<string, ShardRecord> {
		return this.#shards[component];
	}

	/** @throws RangeError if the manifest lists no such shard */
	shard(component: ComponentName, block: Block): ShardRecord {
		const record = this.#shards[component].get(block.id);
		if (record === undefined) throw new RangeError(`The manifest lists no shard for ${block.id}`);
		return record;
	}

	/** The refined caption of a prompt seen before. */
	cachedCaption(ids: Int32Array): RefinedCaption | undefined {
		return this.#captions.get(ids.join());
	}

	rememberCaption(ids: Int32Array, caption: RefinedCaption): void {
		const [oldest] = this.#captions.keys();
		if (this.#captions.size >= CACHED_CAPTIONS && oldest !== undefined) {
			this.#captions.delete(oldest);
		}
		this.#captions.set(ids.join(), caption);
	}

	async dispose(): Promise<void> {
		for (const graphs of Object.values(this.graphs)) await graphs.dispose();
	}
}

function shardsByBlock(
	manifest: ModelManifest,
	component: ComponentName,
): ReadonlyMap<string, ShardRecord> {
	return new Map(manifest.components[component].shards.map((shard) => [shard.block, shard]));
}
