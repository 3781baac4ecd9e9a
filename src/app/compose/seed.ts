import { MAX_SEED } from '../../recipe/recipe-limits.ts';

/** Reads what a person typed. `undefined` unless it is a whole number from 0 to `MAX_SEED`. */
export function parseSeed(text: string): number | undefined {
	const digits = text.trim();
	if (!/^\d+$/.test(digits)) return undefined;
	const seed = Number(digits);
	return seed <= MAX_SEED ? seed : undefined;
}

/** 32 bits: four thousand million pictures of a prompt, and still short enough to read out aloud. */
export function randomSeed(): number {
	const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
	return seed;
}
