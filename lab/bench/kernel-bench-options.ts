import type { BlockEngineName } from '../../src/engine/block-engine-names.ts';

/** Extents of the network whose kernels are timed; the full model's where not given. */
export interface KernelBenchOptions {
	readonly dim?: number;
	readonly heads?: number;
	readonly ffnHidden?: number;
	/** Sequence lengths: blocks are timed at each, tiles at each too. */
	readonly tokens?: readonly number[];
	readonly engines?: readonly BlockEngineName[];
	/** Of square images; where not given, those that the VAE has most of in a 1024² picture. */
	readonly convolutions?: readonly ConvolutionExtents[];
	/** Of which the median counts. */
	readonly repeats?: number;
	readonly warmUpMilliseconds?: number;
	/** False times only what the engine would choose. */
	readonly sweep?: boolean;
	/** What to time; everything where not given. */
	readonly only?: readonly BenchPart[];
	/** After these (140 where not given), what has not been timed is left out. */
	readonly budgetSeconds?: number;
}

export type KernelBenchSettings = Required<KernelBenchOptions>;

/** `matrix`: linear layers on subgroup matrices, where the browser has been told to expose them. */
export type BenchPart = 'linear' | 'attention' | 'conv' | 'block' | 'matrix';

export interface ConvolutionExtents {
	/** In, and out where `outChannels` is not given. */
	readonly channels: number;
	readonly outChannels?: number;
	/** 3 where not given. */
	readonly kernel?: 1 | 3;
	/** Height and width in pixels. */
	readonly size: number;
}

export const FULL_SIZE: KernelBenchSettings = {
	dim: 3840,
	heads: 30,
	ffnHidden: 10240,
	tokens: [4224, 1056],
	engines: ['fused', 'ort'],
	convolutions: [
		{ channels: 512, size: 128 },
		{ channels: 512, size: 256 },
		{ channels: 256, size: 512 },
		{ channels: 128, size: 1024 },
	],
	repeats: 5,
	warmUpMilliseconds: 1000,
	sweep: true,
	only: ['block', 'matrix', 'attention', 'linear', 'conv'],
	budgetSeconds: 140,
};
