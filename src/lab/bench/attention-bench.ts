import { attention, type AttentionArguments } from '../../gpu/kernels/attention/attention.ts';
import { ATTENTION_TILES } from '../../gpu/kernels/attention/attention-tiles.ts';
import type { KernelBenchSettings } from './kernel-bench-options.ts';
import { ATTENTION_SWEEP } from './kernel-sweep.ts';
import type { KernelTimer } from './kernel-timer.ts';

/** A block's attention of all tokens to all tokens. @param output f32 [tokens, dim] */
export function selfAttention(
	{ dim, heads }: Pick<KernelBenchSettings, 'dim' | 'heads'>,
	tokens: number,
	output: GPUBuffer,
): Omit<AttentionArguments<GPUBuffer>, 'q' | 'k' | 'v' | 'mask' | 'tile'> {
	const headDim = dim / heads;
	const scale = 1 / Math.sqrt(headDim);
	const extents = { queries: tokens, keys: tokens, heads, keyValueHeads: heads, headDim, scale };
	return { label: 'attention', output, ...extents };
}

/** The chosen tile and those of the sweep, for a block's attention of all tokens to all tokens. */
export async function timeAttention(
	timer: KernelTimer,
	settings: KernelBenchSettings,
	tokens: number,
): Promise<void> {
	const { dim, heads, sweep } = settings;
	const [q, k, v, output] = [0, 1, 2, 3].map(() => timer.activation(tokens * dim));
	const args = { ...selfAttention(settings, tokens, output), q, k, v };
	const { headDim } = args;
	const candidates = [
		{ name: 'chosen', dispatches: attention(args, timer.target) },
		...(sweep ? ATTENTION_SWEEP : [])
			.filter((tile) => ATTENTION_TILES.fits(tile, { headDim }, timer.target))
			.map((tile) => ({
				name: ATTENTION_TILES.name(tile),
				tile,
				dispatches: attention({ ...args, tile }, timer.target),
			})),
	];
	const kernel = {
		kernel: 'attention',
		shape: `S=${tokens}`,
		output,
		elements: tokens * heads,
	} as const;
	await timer.timeAll(kernel, candidates);
	for (const buffer of [q, k, v, output]) buffer.destroy();
}
