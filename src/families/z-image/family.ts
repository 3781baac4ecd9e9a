import { MAX_STEPS, MIN_STEPS } from '../../recipe/recipe-limits.ts';
import { SAMPLER_IDS } from '../../recipe/sampler-names.ts';
import { ConfigError } from '../errors.ts';
import { parseQwen3Config, Qwen3TextEncoder } from '../encoders/qwen3-text-encoder.ts';
import { ConfigFields } from '../parts/config-fields.ts';
import type { ModelConfigs } from '../parts/model-configs.ts';
import type { ModelFamily } from '../family.ts';
import type { Model } from '../model.ts';
import { SCHEDULE_IDS } from '../schedules/find-schedule.ts';
import { flowSchedule } from '../schedules/noise-schedule.ts';
import { AutoencoderKlDecoder, parseAutoencoderKlConfig } from '../vae/autoencoder-kl-decoder.ts';
import { knownPreview } from '../vae/known-preview.ts';
import { parseZImageConfig } from './config.ts';
import { ZImageDenoiser } from './denoiser.ts';
import { TOKENIZER, ZImagePromptEncoder } from './prompt.ts';
import { Z_IMAGE_BASE, Z_IMAGE_TURBO } from './published.ts';
import { ZImageTransformer } from './transformer.ts';

/** Of Turbo, and of models whose files do not say. Source: docs/spec/z-image-turbo.md, section 3 */
export const SHIFT = 3;
const NO_GUIDANCE = 1;

export const Z_IMAGE: ModelFamily = {
	id: 'z-image',
	configs: ['text_encoder', 'transformer', 'vae'],
	tokenizers: [TOKENIZER],
	published: [Z_IMAGE_TURBO, Z_IMAGE_BASE],
	assertConnected(configs: ModelConfigs): void {
		const { hiddenSize } = parseQwen3Config(configs['text_encoder']);
		const { captionFeatures, inChannels } = parseZImageConfig(configs['transformer']);
		const { latentChannels } = parseAutoencoderKlConfig(configs['vae']);
		if (captionFeatures !== hiddenSize) {
			throw misfit(
				`cap_feat_dim is ${captionFeatures}, but the text encoder writes ${hiddenSize}.`,
			);
		}
		if (inChannels !== latentChannels) {
			throw misfit(`in_channels is ${inChannels}, but the autoencoder reads ${latentChannels}.`);
		}
	},
	build(configs: ModelConfigs): Model {
		const textEncoder = new Qwen3TextEncoder(parseQwen3Config(configs['text_encoder']));
		const transformer = new ZImageTransformer(parseZImageConfig(configs['transformer']));
		const decoder = new AutoencoderKlDecoder(parseAutoencoderKlConfig(configs['vae']));
		const { patchSize, inChannels, axesLens } = transformer.config;
		const [, rows, columns] = axesLens;
		const shift = shiftOf(configs['scheduler']);
		const preview = knownPreview(decoder.config);
		const latent = {
			channels: inChannels,
			pixelsPerLatent: decoder.upscale,
			multiple: patchSize,
			largestExtent: Math.min(rows, columns) * patchSize,
			...(preview === undefined ? {} : { preview }),
		};
		const prompts = new ZImagePromptEncoder(textEncoder, transformer);
		return {
			components: [textEncoder, transformer, decoder],
			latent,
			prompts,
			denoiser: new ZImageDenoiser(transformer),
			adaptable: transformer,
			schedule: flowSchedule(SCHEDULE_IDS[0], shift),
			decode: (values, grid) => decoder.decode(values, grid),
			can: ({ sizes, defaultSteps, defaultGuidanceScale = NO_GUIDANCE }) => ({
				sizes,
				sizeMultiple: latent.pixelsPerLatent * latent.multiple,
				largestSide: latent.pixelsPerLatent * latent.largestExtent,
				steps: { least: MIN_STEPS, most: MAX_STEPS, default: defaultSteps },
				promptTokens: prompts.tokenLimit,
				negativePrompt: true,
				guidanceScale: { least: NO_GUIDANCE, most: 20, default: defaultGuidanceScale },
				samplers: SAMPLER_IDS,
				schedules: SCHEDULE_IDS,
				shift: { least: 0.1, most: 100, default: shift },
				adapters: true,
				sourcePicture: false,
				mask: false,
				references: 0,
				controls: [],
			}),
		};
	},
};

function misfit(detail: string): ConfigError {
	return new ConfigError({ problem: 'misfit', file: 'transformer/config.json', detail });
}

/** @param scheduler the scheduler_config.json, which models that were installed earlier do not keep */
function shiftOf(scheduler: unknown): number {
	if (scheduler === undefined) return SHIFT;
	return new ConfigFields(scheduler, 'scheduler/scheduler_config.json').positive('shift', SHIFT);
}
