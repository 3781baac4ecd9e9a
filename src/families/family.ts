import type { Model } from './model.ts';
import type { ModelConfigs } from './parts/model-configs.ts';
import type { PublishedModel } from './parts/published-model.ts';

/** Models of one architecture. A new one is a folder with a family, listed in `FAMILIES`. */
export interface ModelFamily {
	readonly id: string;
	/** Folders of a diffusers model whose config.json `build` reads. */
	readonly configs: readonly string[];
	/** Folders of a diffusers model with a tokenizer.json and a tokenizer_config.json. */
	readonly tokenizers: readonly string[];
	/** Its models that can be had from the hub. */
	readonly published: readonly PublishedModel[];
	/** @throws ConfigError if a config does not fit */
	build(configs: ModelConfigs): Model;
	/** That what one network writes is what the next reads, where `build` has not compared it. @throws ConfigError */
	assertConnected(configs: ModelConfigs): void;
}
