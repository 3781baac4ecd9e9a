import type { RecipeOptions, RecipeSettings } from '../../../recipe/recipe-settings.ts';
import { isNoiseSourceName, type NoiseSourceName } from '../../../recipe/sampler-names.ts';
import { UnsupportedOptionsError } from '../../errors.ts';
import type { Sampler } from '../samplers/sampler.ts';
import { BrownianMotion } from './brownian-motion.ts';
import { NO_NOISE, type NoiseSource } from './noise-source.ts';
import { PhiloxStream } from './philox-stream.ts';
import { torchRandn } from './torch-randn.ts';
import { TorchStream } from './torch-stream.ts';
import { variedNoise } from './variation.ts';

export interface NoiseAsked {
	readonly settings: Pick<RecipeSettings, 'seed'> &
		Pick<RecipeOptions, 'noiseSource' | 'variationSeed' | 'variationStrength' | 'seedDelta'>;
	readonly sampler: Pick<Sampler, 'id' | 'noise'>;
	readonly sigmas: Float32Array;
	/** Of the latent. */
	readonly shape: { readonly channels: number; readonly height: number; readonly width: number };
}

/** Those that AUTOMATIC1111 gives noise of another seed, by its setting ENSD. */
const SEED_DELTA_SAMPLERS: ReadonlySet<string> = new Set([
	...['euler_ancestral', 'dpm_2_ancestral', 'dpmpp_2s_ancestral'],
]);

/**
 * What a picture begins with, and where its sampler gets noise from.
 *
 * @throws UnsupportedOptionsError for a noise source that this version does not know; InvalidRecipeError
 * Source: docs/spec/samplers.md, section 6
 */
export function pictureNoise({ settings, sampler, sigmas, shape }: NoiseAsked): {
	readonly start: Float32Array;
	readonly source: NoiseSource;
} {
	const { seed, noiseSource = 'comfy_nv', variationSeed, variationStrength = 0 } = settings;
	if (!isNoiseSourceName(noiseSource)) throw new UnsupportedOptionsError(['noiseSource']);
	const length = shape.channels * shape.height * shape.width;
	const { streamOf, startOf, continues } = generators(noiseSource, length);
	const first = streamOf(BigInt(seed));
	let start = continues ? first.draw(1, 0).slice() : startOf(seed);
	if (variationStrength > 0) {
		start = variedNoise(start, startOf(variationSeed ?? 0), variationStrength, shape);
	}
	return { start, source: samplerNoise() };

	function samplerNoise(): NoiseSource {
		switch (sampler.noise) {
			case undefined:
				return NO_NOISE;
			case 'brownian':
				return new BrownianMotion(
					sigmas,
					BigInt(seed),
					noiseSource === 'nv' ? startOf : (node) => torchRandn(node, length),
				);
			case 'stream': {
				const { seedDelta = 0 } = settings;
				const takesDelta = continues && SEED_DELTA_SAMPLERS.has(sampler.id) && seedDelta > 0;
				return takesDelta ? streamOf(BigInt(seed) + BigInt(seedDelta)) : first;
			}
		}
	}
}

interface Generators {
	/** The stream that a sampler draws from, for the picture's seed. */
	readonly streamOf: (seed: bigint) => NoiseSource;
	/** The noise that a picture of this seed begins with. */
	readonly startOf: (seed: number) => Float32Array;
	/** Whether the sampler goes on with the stream that the picture began with. */
	readonly continues: boolean;
}

function generators(source: NoiseSourceName, length: number): Generators {
	const onCpu = (seed: number): Float32Array => torchRandn(seed, length);
	switch (source) {
		case 'comfy_cpu':
			return {
				streamOf: (seed) => new TorchStream(seed + 1n, length),
				startOf: onCpu,
				continues: false,
			};
		case 'comfy_nv':
			return {
				streamOf: (seed) => new PhiloxStream(seed, length),
				startOf: onCpu,
				continues: false,
			};
		case 'cpu':
			return { streamOf: (seed) => new TorchStream(seed, length), startOf: onCpu, continues: true };
		case 'nv':
			return {
				streamOf: (seed) => new PhiloxStream(seed, length),
				startOf: (seed) => new PhiloxStream(BigInt(seed), length).draw(),
				continues: true,
			};
	}
}
