import { ConfigFields, MOST_LAYERS } from '../parts/config-fields.ts';

/** The fields of transformer/config.json that decide shapes and arithmetic. Source: docs/spec/z-image-turbo.md 1.1. */
export interface ZImageConfig {
	readonly patchSize: number;
	readonly inChannels: number;
	readonly dim: number;
	readonly layers: number;
	readonly refinerLayers: number;
	readonly heads: number;
	readonly keyValueHeads: number;
	readonly headDim: number;
	readonly ffnHidden: number;
	readonly normEpsilon: number;
	readonly captionFeatures: number;
	readonly ropeTheta: number;
	readonly timestepScale: number;
	readonly axesDims: readonly number[];
	readonly axesLens: readonly number[];
	/** Width of the conditioning vector c. */
	readonly adaLnFeatures: number;
}

/** A constant in the reference code. Source: docs/spec/z-image-turbo.md 1.1. */
const MAX_ADALN_FEATURES = 256;

/** @throws ConfigError */
export function parseZImageConfig(json: unknown): ZImageConfig {
	const fields = new ConfigFields(json, 'transformer/config.json');
	const dim = fields.integer('dim');
	const heads = fields.integer('n_heads');
	const config: ZImageConfig = {
		patchSize: fields.integers('all_patch_size', [2])[0] ?? 2,
		inChannels: fields.integer('in_channels', 16),
		dim,
		layers: fields.integer('n_layers', undefined, MOST_LAYERS),
		refinerLayers: fields.integer('n_refiner_layers', 2, MOST_LAYERS),
		heads,
		keyValueHeads: fields.integer('n_kv_heads', heads),
		headDim: dim / heads,
		ffnHidden: Math.floor((dim / 3) * 8),
		normEpsilon: fields.positive('norm_eps', 1e-5),
		captionFeatures: fields.integer('cap_feat_dim'),
		ropeTheta: fields.positive('rope_theta', 256),
		timestepScale: fields.positive('t_scale', 1000),
		axesDims: fields.integers('axes_dims', [32, 48, 48]),
		axesLens: fields.integers('axes_lens', [1024, 512, 512]),
		adaLnFeatures: Math.min(dim, MAX_ADALN_FEATURES),
	};
	const rotaryDims = config.axesDims.reduce((sum, axisDim) => sum + axisDim, 0);
	fields.require(
		rotaryDims === config.headDim && config.axesDims.every((axisDim) => axisDim % 2 === 0),
		`dim / n_heads (${config.headDim}) must be the sum of the even axes_dims (${rotaryDims}).`,
	);
	fields.require(
		config.heads % config.keyValueHeads === 0,
		'n_heads must be a multiple of n_kv_heads.',
	);
	fields.require(fields.boolean('qk_norm', true), 'qk_norm must be true.');
	fields.require(
		fields.integers('all_f_patch_size', [1]).includes(1),
		'all_f_patch_size must hold 1: only still images are drawn.',
	);
	return config;
}
