import type { AttentionTile } from './attention-tiles.ts';
import type { ConvTile } from './conv-tiles.ts';
import type { LinearTile } from './linear-tiles.ts';
import type { MatrixAttentionTile } from './matrix-attention-tiles.ts';
import type { MatrixLinearTile } from './matrix-linear-tiles.ts';
import type { TunedChoice } from './tuned-choice.ts';

/** A choice for results of at least so many channels; what is computed in more of them comes first. */
export interface ConvChoice extends TunedChoice<ConvTile> {
	readonly minChannels: number;
}

export interface TunedTiles {
	/** On which the latest sweep was made. */
	readonly card: string;
	/** By rows times columns, the largest first. */
	readonly linear: readonly TunedChoice<LinearTile>[];
	/** The same where x is multiplied with two weights. */
	readonly dualLinear: readonly TunedChoice<LinearTile>[];
	/** By rows times heads, the largest first. */
	readonly attention: readonly TunedChoice<AttentionTile>[];
	/** 3x3, by output channels and then by these times pixels, the most first. */
	readonly conv: readonly ConvChoice[];
	/** 1x1, likewise. */
	readonly pointwiseConv: readonly ConvChoice[];
	/** On matrix units, where a browser has been told to expose them: by rows times columns. */
	readonly matrixLinear: readonly TunedChoice<MatrixLinearTile>[];
	/** The same with two weights. */
	readonly matrixDualLinear: readonly TunedChoice<MatrixLinearTile>[];
	/** By rows times heads. */
	readonly matrixAttention: readonly TunedChoice<MatrixAttentionTile>[];
}

/** Written by `npm run bench -- tune`. */
export const TUNED_TILES: TunedTiles = {
	card: 'NVIDIA H100 80GB, Chromium 156 on Linux',
	linear: [
		{
			minElements: 26487410,
			tiles: [
				{
					rows: 128,
					columns: 128,
					depth: 16,
					threadRows: 16,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'prefetched',
					unroll: 16,
					packedWeights: false,
					band: 8,
				},
				{
					rows: 128,
					columns: 64,
					depth: 16,
					threadRows: 8,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'prefetched',
					unroll: 16,
					packedWeights: false,
					band: 8,
				},
			],
		},
		{
			minElements: 13243705,
			tiles: [
				{
					rows: 128,
					columns: 64,
					depth: 16,
					threadRows: 8,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'prefetched',
					unroll: 16,
					packedWeights: false,
					band: 8,
				},
			],
		},
		{
			minElements: 802649,
			tiles: [
				{
					rows: 32,
					columns: 64,
					depth: 16,
					threadRows: 8,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'prefetched',
					unroll: 16,
					packedWeights: false,
					band: 8,
				},
			],
		},
		{
			minElements: 0,
			tiles: [
				{
					rows: 32,
					columns: 32,
					depth: 16,
					threadRows: 4,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'prefetched',
					unroll: 16,
					packedWeights: false,
					band: 8,
				},
			],
		},
	],
	dualLinear: [
		{
			minElements: 21626880,
			tiles: [
				{
					rows: 128,
					columns: 128,
					depth: 16,
					threadRows: 8,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'prefetched',
					unroll: 16,
					packedWeights: false,
					band: 8,
				},
				{
					rows: 128,
					columns: 64,
					depth: 8,
					threadRows: 16,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'direct',
					unroll: 8,
					packedWeights: false,
					band: 8,
				},
			],
		},
		{
			minElements: 3764757,
			tiles: [
				{
					rows: 128,
					columns: 128,
					depth: 16,
					threadRows: 8,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'prefetched',
					unroll: 16,
					packedWeights: false,
					band: 8,
				},
				{
					rows: 128,
					columns: 128,
					depth: 16,
					threadRows: 8,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'prefetched',
					unroll: 16,
					packedWeights: true,
					band: 8,
				},
			],
		},
		{
			minElements: 0,
			tiles: [
				{
					rows: 64,
					columns: 64,
					depth: 16,
					threadRows: 8,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'direct',
					unroll: 16,
					packedWeights: false,
					band: 8,
				},
			],
		},
	],
	attention: [
		{
			minElements: 11030,
			tiles: [
				{ queries: 64, keys: 128, features: 8, values: 16, staging: 'direct', unroll: 16 },
				{ queries: 32, keys: 64, features: 8, values: 16, staging: 'direct', unroll: 8 },
			],
		},
		{
			minElements: 0,
			tiles: [
				{ queries: 64, keys: 128, features: 8, values: 32, staging: 'direct', unroll: 8 },
				{ queries: 64, keys: 128, features: 16, values: 16, staging: 'direct', unroll: 8 },
				{ queries: 32, keys: 64, features: 8, values: 16, staging: 'direct', unroll: 8 },
			],
		},
	],
	conv: [
		{
			minChannels: 91,
			minElements: 4194304,
			tiles: [
				{ outChannels: 128, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: true },
				{ outChannels: 64, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: true },
			],
		},
		{
			minChannels: 91,
			minElements: 1048576,
			tiles: [
				{ outChannels: 64, threadChannels: 8, width: 32, height: 8, depth: 4, prefetch: true },
			],
		},
		{
			minChannels: 91,
			minElements: 0,
			tiles: [
				{ outChannels: 32, threadChannels: 4, width: 32, height: 4, depth: 4, prefetch: true },
			],
		},
		{
			minChannels: 45,
			minElements: 0,
			tiles: [
				{ outChannels: 64, threadChannels: 8, width: 32, height: 8, depth: 4, prefetch: true },
			],
		},
		{
			minChannels: 23,
			minElements: 0,
			tiles: [
				{ outChannels: 32, threadChannels: 4, width: 32, height: 4, depth: 4, prefetch: true },
			],
		},
		{
			minChannels: 7,
			minElements: 0,
			tiles: [
				{ outChannels: 16, threadChannels: 4, width: 32, height: 8, depth: 4, prefetch: true },
			],
		},
		{
			minChannels: 0,
			minElements: 0,
			tiles: [
				{ outChannels: 4, threadChannels: 4, width: 32, height: 16, depth: 4, prefetch: true },
			],
		},
	],
	pointwiseConv: [
		{
			minChannels: 0,
			minElements: 5931642,
			tiles: [
				{ outChannels: 128, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: true },
			],
		},
		{
			minChannels: 0,
			minElements: 0,
			tiles: [
				{ outChannels: 64, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: true },
			],
		},
	],
	matrixLinear: [
		{
			minElements: 26487410,
			tiles: [
				{ rows: 128, columns: 256, depth: 32, partRows: 64, partColumns: 64 },
				{ rows: 128, columns: 128, depth: 32, partRows: 64, partColumns: 64 },
				{ rows: 128, columns: 128, depth: 16, partRows: 64, partColumns: 64 },
			],
		},
		{
			minElements: 13243705,
			tiles: [
				{ rows: 128, columns: 256, depth: 32, partRows: 64, partColumns: 64 },
				{ rows: 64, columns: 128, depth: 32, partRows: 32, partColumns: 64 },
				{ rows: 128, columns: 128, depth: 16, partRows: 64, partColumns: 64 },
			],
		},
		{
			minElements: 6621853,
			tiles: [
				{ rows: 128, columns: 256, depth: 32, partRows: 64, partColumns: 64 },
				{ rows: 128, columns: 128, depth: 16, partRows: 64, partColumns: 64 },
			],
		},
		{
			minElements: 0,
			tiles: [
				{ rows: 64, columns: 128, depth: 32, partRows: 32, partColumns: 64 },
				{ rows: 64, columns: 64, depth: 32, partRows: 32, partColumns: 32 },
			],
		},
	],
	matrixDualLinear: [
		{
			minElements: 21626880,
			tiles: [
				{ rows: 128, columns: 256, depth: 32, partRows: 64, partColumns: 64 },
				{ rows: 128, columns: 128, depth: 16, partRows: 64, partColumns: 64 },
				{ rows: 64, columns: 128, depth: 16, partRows: 32, partColumns: 64 },
			],
		},
		{
			minElements: 0,
			tiles: [
				{ rows: 128, columns: 256, depth: 32, partRows: 64, partColumns: 64 },
				{ rows: 64, columns: 128, depth: 32, partRows: 32, partColumns: 64 },
				{ rows: 64, columns: 128, depth: 16, partRows: 32, partColumns: 64 },
			],
		},
	],
	matrixAttention: [
		{
			minElements: 0,
			tiles: [
				{ subgroups: 8, keys: 32 },
				{ subgroups: 4, keys: 32 },
			],
		},
	],
};
