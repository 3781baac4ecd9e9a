import { attention, type AttentionArguments } from '../../src/gpu/kernels/attention/attention.ts';
import { candidatesOf } from './candidates.ts';
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
	const tiles = sweep ? ATTENTION_SWEEP : [];
	const candidates = candidatesOf(attention, args, tiles, timer.target, (cut) =>
		attention.dispatches({ ...args, ...cut }, timer.target),
	);
	const kernel = {
		kernel: 'attention',
		shape: `S=${tokens}`,
		output,
		elements: tokens * heads,
	} as const;
	await timer.timeAll(kernel, candidates);
	for (const buffer of [q, k, v, output]) buffer.destroy();
}
