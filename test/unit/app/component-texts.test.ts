import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'svelte/compiler';
import { describe, expect, test } from 'vitest';

const APP = join(import.meta.dirname, '../../../src/app');
const COMPONENTS = readdirSync(APP, { recursive: true, encoding: 'utf8' }).filter((name) =>
	name.endsWith('.svelte'),
);
const SPOKEN = ['alt', 'aria-label', 'aria-valuetext', 'label', 'placeholder', 'title'];
const LETTER = /\p{Letter}/u;

interface Node {
	readonly type?: string;
	readonly name?: string;
	readonly data?: string;
	readonly value?: unknown;
}

/** Words in the markup that no catalogue knows. */
function ownWords(node: unknown): readonly string[] {
	if (Array.isArray(node)) return node.flatMap(ownWords);
	if (typeof node !== 'object' || node === null) return [];
	const { type, name = '', data = '', value } = node as Node;
	if (type === 'Attribute' || type === 'StyleDirective') {
		const words = SPOKEN.includes(name) && Array.isArray(value) ? value : [];
		return words.flatMap(ownWords);
	}
	if (type === 'Text') return LETTER.test(data) ? [data.trim()] : [];
	return Object.values(node).flatMap(ownWords);
}

describe('every text of a component comes from the catalogue', () => {
	test.each(COMPONENTS)('%s', (name) => {
		const { fragment } = parse(readFileSync(join(APP, name), 'utf8'), { modern: true });
		expect(ownWords(fragment)).toEqual([]);
	});
});
