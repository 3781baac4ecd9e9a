import { describe, expect, it } from 'vitest';
import {
	AutoencoderKlDecoder,
	parseAutoencoderKlConfig,
} from '../../../src/families/vae/autoencoder-kl-decoder.ts';
import { type Component, storedShape } from '../../../src/families/parts/block.ts';
import { ConfigError } from '../../../src/families/errors.ts';
import {
	parseQwen3Config,
	Qwen3TextEncoder,
} from '../../../src/families/encoders/qwen3-text-encoder.ts';
import { shardLayout } from '../../../src/families/parts/shard-layout.ts';
import { parseZImageConfig } from '../../../src/families/z-image/config.ts';
import { ZImageTransformer } from '../../../src/families/z-image/transformer.ts';

const Z_IMAGE_TURBO = {
	all_patch_size: [2],
	all_f_patch_size: [1],
	in_channels: 16,
	dim: 3840,
	n_layers: 30,
	n_refiner_layers: 2,
	n_heads: 30,
	n_kv_heads: 30,
	norm_eps: 1e-5,
	qk_norm: true,
	cap_feat_dim: 2560,
	rope_theta: 256,
	t_scale: 1000,
	axes_dims: [32, 48, 48],
	axes_lens: [1536, 512, 512],
};
const QWEN3_4B = {
	hidden_size: 2560,
	num_hidden_layers: 36,
	num_attention_heads: 32,
	num_key_value_heads: 8,
	head_dim: 128,
	intermediate_size: 9728,
	vocab_size: 151936,
	rope_theta: 1e6,
	rms_norm_eps: 1e-6,
};
const FLUX_VAE = {
	block_out_channels: [128, 256, 512, 512],
	layers_per_block: 2,
	latent_channels: 16,
	out_channels: 3,
	norm_num_groups: 32,
	scaling_factor: 0.3611,
	shift_factor: 0.1159,
	mid_block_add_attention: true,
	use_post_quant_conv: false,
};

/** Parameters of a component, and whether no checkpoint tensor is used twice. */
function countParameters(component: Component): number {
	const names = component.blocks.flatMap((block) => block.tensors.map((each) => each.sourceName));
	expect(new Set(names).size).toBe(names.length);
	return component.blocks
		.flatMap((block) => block.tensors)
		.reduce((sum, tensor) => sum + storedShape(tensor).reduce((a, b) => a * b, 1), 0);
}

describe('the published model', () => {
	it('has the transformer tensors of the specification', () => {
		const transformer = new ZImageTransformer(parseZImageConfig(Z_IMAGE_TURBO));
		expect(transformer.blocks.flatMap((block) => block.tensors)).toHaveLength(521);
		expect(countParameters(transformer)).toBe(6_154_908_736);
		const layer = transformer.blocks.find(({ id }) => id === 'layers.0');
		expect(layer && shardLayout(layer).byteLength).toBe(361_820_672);
	});

	it('runs 35 of the 36 text layers', () => {
		const encoder = new Qwen3TextEncoder(parseQwen3Config(QWEN3_4B));
		expect(encoder.layers).toHaveLength(35);
		expect(countParameters(encoder)).toBe(3_921_534_720);
	});

	it('has the decoder tensors of the specification', () => {
		const decoder = new AutoencoderKlDecoder(parseAutoencoderKlConfig(FLUX_VAE));
		expect(decoder.blocks.flatMap((block) => block.tensors)).toHaveLength(138);
		expect(countParameters(decoder)).toBe(49_545_475);
		expect(decoder.upscale).toBe(8);
	});
});

describe('configs that do not fit the architecture', () => {
	it.each([
		['axes_dims that miss the head width', { axes_dims: [32, 48, 32] }],
		['heads that do not divide', { n_kv_heads: 7 }],
		['a missing width', { dim: undefined }],
		['text where a number belongs', { n_layers: '30' }],
		['no q/k norm', { qk_norm: false }],
	])('refuses a transformer with %s', (_, change) => {
		expect(() => parseZImageConfig({ ...Z_IMAGE_TURBO, ...change })).toThrow(ConfigError);
	});

	it('refuses what is not an object', () => {
		for (const json of [null, 3, 'x', []])
			expect(() => parseQwen3Config(json)).toThrow(ConfigError);
	});

	it('refuses channels that do not divide into groups', () => {
		expect(() => parseAutoencoderKlConfig({ ...FLUX_VAE, block_out_channels: [100, 256] })).toThrow(
			ConfigError,
		);
	});
});
