import { MAX_SEED } from '../../recipe/recipe-limits.ts';

/** Reads what a person typed. `undefined` unless it is a whole number from 0 to `MAX_SEED`. */
export function parseSeed(text: string): number | undefined {
	const digits = text.trim();
	if (!/^\d+$/.test(digits)) return undefined;
	const seed = Number(digits);
	return seed <= MAX_SEED ? seed : undefined;
}

/** The seed of a later picture of a batch; after the largest comes 0. */
export function seedAfter(seed: number, offset: number): number {
	const left = MAX_SEED - seed;
	return offset <= left ? seed + offset : offset - left - 1;
}

/** 32 bits: four thousand million pictures of a prompt, and still short enough to read out aloud. */
export function randomSeed(): number {
	const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
	return seed;
}
