import { describe, expect, it } from 'vitest';
import { encodeBase64 } from '../../../harness/encode-base64.ts';
import { fillRecipe } from '../../../harness/fill-recipe.ts';
import type { ModelId, ModelInfo } from '../../../src/engine/engine.ts';
import { PLAIN_CAPABILITIES } from '../../fixtures/capabilities.ts';

const MODEL: ModelInfo = {
	id: 'demo' as ModelId,
	name: 'Demo',
	installed: true,
	bundled: true,
	bytes: 1,
	revision: '1',
	examples: [],
	can: {
		...PLAIN_CAPABILITIES,
		sizes: [
			{ width: 256, height: 192 },
			{ width: 64, height: 64 },
		],
	},
};

describe('fillRecipe', () => {
	it('takes what is missing from the model', () => {
		const recipe = fillRecipe({ prompt: 'a fox', seed: 0 }, MODEL);
		expect(recipe).toEqual({
			modelId: 'demo',
			prompt: 'a fox',
			seed: 0,
			width: 256,
			height: 192,
			steps: 4,
		});
	});

	it('keeps what was asked for', () => {
		const request = { prompt: 'a fox', seed: 1, steps: 1, width: 16, height: 32 };
		expect(fillRecipe(request, MODEL)).toMatchObject({ steps: 1, width: 16, height: 32 });
	});
});

describe('encodeBase64', () => {
	it.each([0, 1, 2, 3, 0x8000, 0x8001, 100_000])('encodes %i bytes as Node does', (length) => {
		const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 255);
		expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
	});
});
