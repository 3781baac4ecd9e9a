import { describe, expect, test } from 'vitest';
import { MAX_SEED } from '../../../../src/recipe/recipe-limits.ts';
import { parseSeed, randomSeed } from '../../../../src/app/compose/seed.ts';

describe('parseSeed', () => {
	test.each([
		['0', 0],
		[' 42 ', 42],
		['007', 7],
		['9007199254740991', MAX_SEED],
	])('reads %j', (text, seed) => {
		expect(parseSeed(text)).toBe(seed);
	});

	test.each(['', ' ', '-1', '1.5', '1e3', 'abc', '9007199254740992', '9'.repeat(400)])(
		'refuses %j',
		(text) => {
			expect(parseSeed(text)).toBeUndefined();
		},
	);
});

test('random seeds are seeds, and differ', () => {
	const seeds = Array.from({ length: 50 }, randomSeed);
	expect(seeds.every((seed) => parseSeed(String(seed)) === seed)).toBe(true);
	expect(new Set(seeds).size).toBeGreaterThan(40);
});
