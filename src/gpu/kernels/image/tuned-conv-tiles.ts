import type { TunedChoice } from '../dispatch/tile-table.ts';
import type { ConvTile } from './conv-tile.ts';

/** Written by `npm run bench -- tune` on NVIDIA H100 80GB, Chromium 156 on Linux. */
// prettier-ignore
export const TUNED_CONV_TILES: readonly TunedChoice<ConvTile>[] = [
	{ minChannels: 91, minElements: 4194304, tiles: [
		{ outChannels: 128, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: true },
		{ outChannels: 64, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: true },
	] },
	{ minChannels: 91, minElements: 1048576, tiles: [
		{ outChannels: 64, threadChannels: 8, width: 32, height: 8, depth: 4, prefetch: true },
	] },
	{ minChannels: 91, minElements: 0, tiles: [
		{ outChannels: 32, threadChannels: 4, width: 32, height: 4, depth: 4, prefetch: true },
	] },
	{ minChannels: 45, minElements: 0, tiles: [
		{ outChannels: 64, threadChannels: 8, width: 32, height: 8, depth: 4, prefetch: true },
	] },
	{ minChannels: 23, minElements: 0, tiles: [
		{ outChannels: 32, threadChannels: 4, width: 32, height: 4, depth: 4, prefetch: true },
	] },
	{ minChannels: 7, minElements: 0, tiles: [
		{ outChannels: 16, threadChannels: 4, width: 32, height: 8, depth: 4, prefetch: true },
	] },
	{ minChannels: 0, minElements: 0, tiles: [
		{ outChannels: 4, threadChannels: 4, width: 32, height: 16, depth: 4, prefetch: true },
	] },
];

/** 1x1. */
// prettier-ignore
export const TUNED_POINTWISE_CONV_TILES: readonly TunedChoice<ConvTile>[] = [
	{ minChannels: 0, minElements: 5931642, tiles: [
		{ outChannels: 128, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: true },
	] },
	{ minChannels: 0, minElements: 0, tiles: [
		{ outChannels: 64, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: true },
	] },
];
