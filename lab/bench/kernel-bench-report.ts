import type { AttentionTile } from '../../src/gpu/kernels/attention/attention-tile.ts';
import type { ConvTile } from '../../src/gpu/kernels/image/conv-tile.ts';
import type { LinearTile } from '../../src/gpu/kernels/linear/linear-tile.ts';
import type { MatrixAttentionTile } from '../../src/gpu/kernels/matrix/matrix-attention-tile.ts';
import type { MatrixLinearTile } from '../../src/gpu/kernels/matrix/matrix-linear-tile.ts';

export type KernelTiling =
	LinearTile | AttentionTile | ConvTile | MatrixLinearTile | MatrixAttentionTile;

export interface KernelTiming {
	readonly kernel:
		| 'linear'
		| 'swiglu'
		| 'attention'
		| 'conv'
		| 'pointwise-conv'
		| 'block'
		| 'matrix-linear'
		| 'matrix-swiglu'
		| 'matrix-attention';
	/** For example `4224x3840x10240 128x128x16+prefetch`, or `ort S=4224`. */
	readonly what: string;
	readonly milliseconds: number;
	/** Of a block: how long its caller was kept. */
	readonly submitMilliseconds?: number;
	readonly teraflops: number;
	/** How the kernel was cut; undefined where it chose itself. */
	readonly tile?: KernelTiling;
	/** What the choice goes by: results of a linear layer or a convolution, rows of attention's heads. */
	readonly elements?: number;
	/** Of a convolution, whose choice goes by them too. */
	readonly outChannels?: number;
	/** Against the first configuration of the same kernel; undefined for blocks. */
	readonly relativeDifference?: number;
	/** Why there is no time. */
	readonly error?: string;
}

export interface KernelBenchReport {
	readonly adapter: string;
	/** What kernels were timed by. Blocks are timed from outside: they are more than one submit. */
	readonly clock: 'gpu' | 'onSubmittedWorkDone';
	readonly unpackKeepsSubnormals: boolean;
	/** Of the engine's self-test, compiled before. */
	readonly selfTestMilliseconds: number;
	readonly seconds: number;
	readonly timings: readonly KernelTiming[];
	/** Configurations that the time did not suffice for. */
	readonly leftOut: number;
}
