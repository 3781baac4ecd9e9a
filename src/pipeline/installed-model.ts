import type { Capabilities } from '../recipe/capabilities.ts';
import type { ModelFamily } from '../families/family.ts';
import type { Model } from '../families/model.ts';
import { type Block, blockKey } from '../families/parts/block.ts';
import type { PreviewFactors } from '../families/parts/latent-space.ts';
import type { TokenizedPrompt, Tokenizers } from '../families/parts/prompt-encoder.ts';
import { checkModel } from '../families/check-model.ts';
import { findFamily } from '../families/registry.ts';
import { ModelNotInstalledError } from '../store/errors.ts';
import type { ModelManifest, ShardRecord } from '../store/model-manifest.ts';
import type { ShardStore } from '../store/shard-store.ts';
import { openTokenizers } from './open-tokenizers.ts';

/** A model as it is installed: what it is, and where its weights are. Needs no GPU. */
export class InstalledModel {
	readonly manifest: ModelManifest;
	readonly model: Model;
	/** What a recipe may ask of it. */
	readonly can: Capabilities;
	readonly #tokenizers: Tokenizers;
	readonly #shards: ReadonlyMap<string, ShardRecord>;

	/** @throws ConfigError */
	constructor(manifest: ModelManifest, tokenizers: Tokenizers, families?: readonly ModelFamily[]) {
		this.manifest = manifest;
		this.#tokenizers = tokenizers;
		this.model = buildInstalled(manifest, families);
		this.can = this.model.can(manifest);
		this.#shards = new Map(
			Object.entries(manifest.components).flatMap(([component, { shards }]) =>
				shards.map((shard) => [`${component}/${shard.block}`, shard]),
			),
		);
	}

	/** @throws ModelNotInstalledError, ConfigError, ShardMissingError, ShardCorruptError */
	static async open(
		modelId: string,
		store: ShardStore,
		families?: readonly ModelFamily[],
	): Promise<InstalledModel> {
		const manifest = await store.manifest(modelId);
		if (manifest === undefined) throw new ModelNotInstalledError(modelId);
		const { prompts } = buildInstalled(manifest, families);
		return new InstalledModel(manifest, await openTokenizers(manifest, prompts, store), families);
	}

	/** Absent where nothing is known of the latent space. */
	get preview(): PreviewFactors | undefined {
		const { preview } = this.manifest;
		const { channels, preview: known } = this.model.latent;
		return preview?.matrix.length === channels ? preview : known;
	}

	tokenize(prompt: string): TokenizedPrompt {
		return this.model.prompts.tokenize(prompt, this.#tokenizers);
	}

	/** @throws RangeError if the manifest lists no such shard */
	shard(block: Block): ShardRecord {
		const record = this.#shards.get(blockKey(block));
		if (record === undefined) throw new RangeError(`The manifest lists no shard for ${block.id}`);
		return record;
	}
}

/** The networks of an installed model. @throws ConfigError */
export function buildInstalled(manifest: ModelManifest, families?: readonly ModelFamily[]): Model {
	return checkModel(findFamily(manifest.family, families), manifest);
}
