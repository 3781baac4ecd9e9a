import { expect, test } from 'vitest';
import { examplesIn } from '../../../../src/app/compose/examples-in.ts';

test('examples are shown in the page’s language, or as they are if none is in it', () => {
	const both = ['a fox', '一只猫', 'a dog'];
	expect(examplesIn('en', both)).toEqual(['a fox', 'a dog']);
	expect(examplesIn('zh-Hans', both)).toEqual(['一只猫']);
	expect(examplesIn('zh-Hans', ['a fox'])).toEqual(['a fox']);
});
