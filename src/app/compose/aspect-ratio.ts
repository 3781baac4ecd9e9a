import type { PictureSize } from '../../engine/engine.ts';

/** Ratios that have a name. Sizes are multiples of 16, so they only come near them. */
const KNOWN = [
	[1, 1],
	[5, 4],
	[4, 3],
	[3, 2],
	[16, 9],
	[2, 1],
	[21, 9],
] as const;

/** The known ratio that a size comes nearest to: 3:2. */
export function aspectRatio({ width, height }: PictureSize): string {
	const wide = Math.max(width, height) / Math.min(width, height);
	const distance = ([long, short]: readonly [number, number]): number =>
		Math.abs(Math.log(wide / (long / short)));
	const [long, short] = KNOWN.reduce((best, ratio) =>
		distance(ratio) < distance(best) ? ratio : best,
	);
	return width >= height ? `${long}:${short}` : `${short}:${long}`;
}

export function orientation({ width, height }: PictureSize): 'square' | 'landscape' | 'portrait' {
	if (width === height) return 'square';
	return width > height ? 'landscape' : 'portrait';
}
