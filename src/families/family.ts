import { AutoencoderKlDecoder, parseAutoencoderKlConfig } from './vae/autoencoder-kl-decoder.ts';
import type { Capabilities, PictureSize } from '../recipe/capabilities.ts';
import type { Component } from './parts/block.ts';
import { ConfigError } from './parts/config-fields.ts';
import type { DiffusionTransformer } from './parts/diffusion-transformer.ts';
import { parseQwen3Config, Qwen3TextEncoder } from './encoders/qwen3-text-encoder.ts';
import { parseZImageConfig } from './z-image/config.ts';
import { ZImageTransformer } from './z-image/transformer.ts';

/** The three networks of a text-to-image model. */
export interface ModelComponents {
	readonly text_encoder: Qwen3TextEncoder;
	readonly transformer: DiffusionTransformer;
	readonly vae: AutoencoderKlDecoder;
}

export type ModelConfigs = Readonly<Record<keyof ModelComponents, unknown>>;

type ModelFamily = (configs: ModelConfigs) => ModelComponents;

/** A new architecture is one more entry, built in files of its own. */
const FAMILIES: ReadonlyMap<string, ModelFamily> = new Map<string, ModelFamily>([
	[
		'z-image',
		(configs) => ({
			text_encoder: new Qwen3TextEncoder(parseQwen3Config(configs.text_encoder)),
			transformer: new ZImageTransformer(parseZImageConfig(configs.transformer)),
			vae: new AutoencoderKlDecoder(parseAutoencoderKlConfig(configs.vae)),
		}),
	],
]);

/** @throws ConfigError if the family is unknown or a config does not fit it */
export function buildModel(family: string, configs: ModelConfigs): ModelComponents {
	const build = FAMILIES.get(family);
	if (build === undefined) {
		throw new ConfigError(
			`This version does not know the model family "${family}". Reload the page to get the newest version.`,
		);
	}
	return build(configs);
}

/** The components in the order in which they run. */
export function componentList(model: ModelComponents): readonly Component[] {
	return [model.text_encoder, model.transformer, model.vae];
}

/** Longest token sequence that the text encoder is given, template included. Source: spec 4. */
export const PROMPT_TOKEN_LIMIT = 512;

/** What a picture of the model may ask for. */
export function capabilities(
	{ transformer, vae }: ModelComponents,
	card: { readonly sizes: readonly PictureSize[]; readonly defaultSteps: number },
): Capabilities {
	return {
		sizes: card.sizes,
		sizeMultiple: vae.upscale * transformer.latentMultiple,
		largestSide: vae.upscale * transformer.maxLatentExtent,
		steps: { least: 1, most: 50, default: card.defaultSteps },
		promptTokens: PROMPT_TOKEN_LIMIT,
		negativePrompt: false,
		samplers: ['euler'],
		schedules: ['flow_match_euler_discrete'],
		adapters: false,
		sourcePicture: false,
		mask: false,
		references: 0,
		controls: [],
	};
}
