import type { KernelTarget } from './kernel-dispatch.ts';

/** How a workgroup cuts a convolution: so many output channels of a patch of the image. */
export interface ConvTile {
	readonly outChannels: number;
	/** Output channels of a thread, which computes eight pixels of a row for each. */
	readonly threadChannels: 4 | 8;
	/** Pixels of the patch, a multiple of 8. */
	readonly width: number;
	readonly height: number;
	/** Input channels that are in workgroup memory at a time. */
	readonly depth: number;
	/** Loads the next slice into registers while the present one is multiplied. */
	readonly prefetch: boolean;
}

/** Pixels of a thread, side by side. */
export const THREAD_PIXELS = 8;

export function convThreads(tile: ConvTile): number {
	return (tile.outChannels / tile.threadChannels) * (tile.width / THREAD_PIXELS) * tile.height;
}

/** vec4fs of a row of the patch with its border: odd, so that rows start in different banks. */
export function patchVectors({ width }: Pick<ConvTile, 'width'>): number {
	return width / 4 + 1;
}

/** vec4fs of the weights of one place of the shared extent, padded against bank conflicts. */
export function weightVectors({ outChannels }: Pick<ConvTile, 'outChannels'>): number {
	return outChannels / 4 + 1;
}

export function convStorageBytes(tile: ConvTile, kernel: 1 | 3): number {
	const patch = (tile.height + kernel - 1) * patchVectors(tile);
	return 16 * tile.depth * (patch + kernel ** 2 * weightVectors(tile));
}

interface TileChoice {
	readonly tile: ConvTile;
	/** Taken only where it makes as many workgroups. */
	readonly minWorkgroups: number;
}

/** Measured on an NVIDIA H100: 40, 38 and 36 TFLOP/s, the same to 5 % from 128² to 1024². */
const CHOICES: Readonly<Record<1 | 3, readonly TileChoice[]>> = {
	3: [
		{
			tile: {
				outChannels: 128,
				threadChannels: 8,
				width: 32,
				height: 4,
				depth: 4,
				prefetch: true,
			},
			minWorkgroups: 256,
		},
		// For adapters with 16 KB of workgroup memory.
		{
			tile: { outChannels: 64, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: true },
			minWorkgroups: 256,
		},
		{
			tile: { outChannels: 64, threadChannels: 4, width: 32, height: 4, depth: 4, prefetch: false },
			minWorkgroups: 0,
		},
	],
	1: [
		{
			tile: { outChannels: 64, threadChannels: 8, width: 32, height: 8, depth: 8, prefetch: false },
			minWorkgroups: 0,
		},
	],
};

/** For the few channels of the picture itself: large patches, each read once. */
const FLAT: Readonly<Record<1 | 3, ConvTile>> = {
	3: { outChannels: 4, threadChannels: 4, width: 32, height: 32, depth: 2, prefetch: false },
	1: { outChannels: 4, threadChannels: 4, width: 32, height: 32, depth: 2, prefetch: false },
};
const FLAT_MAX_CHANNELS = 4;

/** The first tile that the adapter can hold and that leaves enough workgroups. */
export function chooseConvTile(
	kernel: 1 | 3,
	outChannels: number,
	rows: number,
	width: number,
	{ limits }: Pick<KernelTarget, 'limits'>,
): ConvTile {
	if (outChannels <= FLAT_MAX_CHANNELS) return FLAT[kernel];
	const workgroups = (tile: ConvTile): number =>
		Math.ceil(outChannels / tile.outChannels) *
		Math.ceil(width / tile.width) *
		Math.ceil(rows / tile.height);
	const choice = CHOICES[kernel].find(
		({ tile, minWorkgroups }) =>
			convStorageBytes(tile, kernel) <= limits.maxComputeWorkgroupStorageSize &&
			convThreads(tile) <= limits.maxComputeInvocationsPerWorkgroup &&
			(minWorkgroups === 0 || tile.outChannels <= outChannels) &&
			workgroups(tile) >= minWorkgroups,
	);
	return choice?.tile ?? FLAT[kernel];
}
