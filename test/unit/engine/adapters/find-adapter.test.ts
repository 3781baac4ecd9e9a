import { expect, test } from 'vitest';
import { findAdapter } from '../../../../src/engine/adapters/find-adapter.ts';
import { contentHash } from '../../../../src/recipe/content-hash.ts';
import { adapterRecord } from '../../app/scripted-adapters.ts';

const BOATS = adapterRecord({ hash: 'ab'.repeat(32), name: 'Boats' });
const SHIPS = adapterRecord({ hash: 'cd'.repeat(32), name: 'ships', alias: 'ef0123456789' });
const found = (name: string, hash?: string) =>
	findAdapter([BOATS, SHIPS], { name, hash: contentHash(hash) });

test('is found by its hash, whole or begun, whatever it is called', () => {
	expect(found('other', 'ab'.repeat(32))).toEqual({ record: BOATS, by: 'hash' });
	expect(found('boats', 'cdcdcdcdcdcd')).toEqual({ record: SHIPS, by: 'hash' });
});

test("is found by the hash that its trainer wrote, which other programs' pictures name", () => {
	expect(found('x', 'ef0123456789')).toEqual({ record: SHIPS, by: 'hash' });
});

test('is found by its name in any case, where the hash is of another file or not known', () => {
	expect(found('boats')).toEqual({ record: BOATS, by: 'name' });
	expect(found('SHIPS', '00'.repeat(6))).toEqual({ record: SHIPS, by: 'name' });
});

test('is missing where neither is known', () => {
	expect(found('trains', '00'.repeat(6))).toBeUndefined();
	expect(findAdapter([], { name: 'boats' })).toBeUndefined();
});
