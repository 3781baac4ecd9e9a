import { describe, expect, it } from 'vitest';
import { oldestBeyond } from '../../../src/history/oldest-beyond.ts';

const ids = [5, 4, 3, 2, 1];
const sizes = new Map(ids.map((id) => [id, 10]));
const none = (): boolean => false;

describe('what goes for a limit', () => {
	it('is nothing while all fit', () => {
		expect(oldestBeyond(50, { ids, sizes, isProtected: none })).toEqual([]);
	});

	it('is the oldest, and no more than has to', () => {
		expect(oldestBeyond(45, { ids, sizes, isProtected: none })).toEqual([1]);
		expect(oldestBeyond(30, { ids, sizes, isProtected: none })).toEqual([1, 2]);
	});

	it('is never what is protected, even if the limit cannot be kept', () => {
		expect(oldestBeyond(30, { ids, sizes, isProtected: (id) => id < 3 })).toEqual([3, 4]);
		expect(oldestBeyond(0, { ids, sizes, isProtected: () => true })).toEqual([]);
	});
});
