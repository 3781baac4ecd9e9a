import type { ModelConfigs } from '../../src/families/parts/model-configs.ts';
import type { Component } from '../../src/families/parts/block.ts';
import { buildModel } from '../../src/families/registry.ts';
import { shardLayout } from '../../src/families/parts/shard-layout.ts';
import type { ModelManifest, ShardRecord } from '../../src/store/model-manifest.ts';
import { MANIFEST_VERSION } from '../../src/store/parse-manifest.ts';

/** What a synthetic model takes over from a real one. */
export interface SyntheticModel {
	readonly id: string;
	readonly family: string;
	readonly configs: ModelConfigs;
	readonly sizes: ModelManifest['sizes'];
	readonly defaultSteps: number;
	/** Of some installed model: made-up weights read any words. */
	readonly tokenizers: ModelManifest['tokenizers'];
}

/** The manifest of a model whose weights are made up: everything but the hashes is as installed. */
export function syntheticManifest(model: SyntheticModel): ModelManifest {
	const { components } = buildModel(model.family, model.configs);
	return {
		version: MANIFEST_VERSION,
		id: model.id,
		name: `Made-up weights (${model.id})`,
		family: model.family,
		source: { origin: 'synthetic', revision: '1' },
		configs: model.configs,
		components: Object.fromEntries(
			components.map((component) => [component.id, { shards: shardRecords(component) }]),
		),
		tokenizers: model.tokenizers,
		sizes: model.sizes,
		defaultSteps: model.defaultSteps,
		examples: [],
	};
}

function shardRecords(component: Component): readonly ShardRecord[] {
	return component.blocks.map((block) => ({
		block: block.id,
		name: `${component.id}/${block.id}.bin`,
		// Nobody knows it before the weights are made, and nobody asks.
		sha256: '0'.repeat(64),
		...shardLayout(block),
	}));
}
