import { expect, test } from 'vitest';
import { SeedChoice } from '../../../../src/app/compose/seed-choice.svelte.ts';
import { MAX_SEED } from '../../../../src/recipe/recipe-limits.ts';

function choice(): SeedChoice {
	let seed = 100;
	return new SeedChoice(() => (seed += 1));
}

test('a seed is random until one is fixed, and the last one is told', () => {
	const seed = choice();
	expect(seed.isRandom).toBe(true);
	expect(seed.last).toBeUndefined();
	expect([seed.take(1), seed.take(4)]).toEqual([101, 102]);
	expect(seed.last).toBe(102);
	expect(seed.text).toBe('');
});

test('a fixed seed stays', () => {
	const seed = choice();
	seed.keep(5);
	expect([seed.take(1), seed.take(3)]).toEqual([5, 5]);
	seed.makeRandom();
	expect(seed.take(1)).toBe(101);
});

test('a fixed seed that counts goes on after as many pictures as were asked for, past the largest too', () => {
	const seed = choice();
	seed.keep(7);
	seed.counting = true;
	expect([seed.take(1), seed.take(3), seed.take(1)]).toEqual([7, 8, 11]);
	seed.keep(MAX_SEED);
	expect([seed.take(2), seed.take(1)]).toEqual([MAX_SEED, 1]);
});

test('-1 is random, as other programs write it', () => {
	const seed = choice();
	seed.text = ' -1 ';
	expect(seed.invalid).toBe(false);
	expect(seed.take(1)).toBe(101);
});

test.each(['1.5', 'a', '9007199254740992', '-2'])('“%s” is no seed', (text) => {
	const seed = choice();
	seed.text = text;
	expect(seed.invalid).toBe(true);
	expect(seed.take(1)).toBeUndefined();
	expect(seed.last).toBeUndefined();
});
