import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandWildcards, hasWildcards } from '../../../src/recipe/expand-wildcards.ts';

describe('expandWildcards', () => {
	it('chooses the same words for the same seed, and all of them over many seeds', () => {
		const prompt = 'a {red|green|blue} ball';
		const chosen = Array.from({ length: 300 }, (_, seed) => expandWildcards(prompt, seed));
		expect(chosen).toEqual(Array.from({ length: 300 }, (_, seed) => expandWildcards(prompt, seed)));
		const counts = ['red', 'green', 'blue'].map(
			(colour) => chosen.filter((text) => text === `a ${colour} ball`).length,
		);
		expect(counts.reduce((sum, count) => sum + count)).toBe(300);
		for (const count of counts) expect(count).toBeGreaterThan(70);
	});

	it.each([
		['no choice at all', 'no choice at all'],
		['a {lonely} word', 'a {lonely} word'],
		['an open {a|b', 'an open {a|b'],
		['a closed a|b}', 'a closed a|b}'],
		['{a|a}', 'a'],
		['{{a|a}|{a|a}} and {x}', 'a and {x}'],
		['\\{a|b\\}', '\\{a|b\\}'],
		['x{|}y', 'xy'],
	])('makes of %s: %s', (prompt, expected) => {
		expect(expandWildcards(prompt, 7)).toBe(expected);
	});

	it('ends for every text, and leaves nothing of its own behind', () => {
		const text = fc.string({ unit: fc.constantFrom('{', '}', '|', '\\', 'a', ' ') });
		fc.assert(
			fc.property(text, fc.maxSafeNat(), (prompt, seed) => {
				const expanded = expandWildcards(prompt, seed);
				expect(expanded).not.toMatch(/[\uE000-\uE003]/);
				expect(expanded.length).toBeLessThanOrEqual(prompt.length);
			}),
		);
	});

	it('says whether the seed has a say', () => {
		expect(hasWildcards('a {red|blue} ball')).toBe(true);
		expect(hasWildcards('a {red} ball')).toBe(false);
	});
});
