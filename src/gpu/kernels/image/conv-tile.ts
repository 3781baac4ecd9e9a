import type { KernelTarget } from '../dispatch/kernel-dispatch.ts';

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

function convStorageBytes(tile: ConvTile, kernel: 1 | 3): number {
	const patch = (tile.height + kernel - 1) * patchVectors(tile);
	return 16 * tile.depth * (patch + kernel ** 2 * weightVectors(tile));
}

export function convTileFits(
	tile: ConvTile,
	kernel: 1 | 3,
	limits: KernelTarget['limits'],
): boolean {
	return (
		convStorageBytes(tile, kernel) <= limits.maxComputeWorkgroupStorageSize &&
		convThreads(tile) <= limits.maxComputeInvocationsPerWorkgroup
	);
}

export function convTileName(tile: ConvTile): string {
	const { outChannels, threadChannels, width, height, depth, prefetch } = tile;
	return `${outChannels} by ${threadChannels} of ${width}x${height}x${depth}${prefetch ? ' prefetched' : ''}`;
}
