import { describe, expect, it } from 'vitest';
import { toBase64Url } from '../../../src/share/base64url.ts';
import { deflate } from '../../../src/share/deflate.ts';
import { RecipeLinkError } from '../../../src/share/errors.ts';
import { decodeRecipe, encodeRecipe } from '../../../src/share/recipe-link.ts';
import { countDecompression } from '../../fixtures/count-decompression.ts';

const settings = { seed: 7, width: 256, height: 512, steps: 8 };

// Node's compression streams are another implementation than Chromium's.
describe('links in Chromium', () => {
	it.each([
		['readable', 'a red circle'],
		['compressed', '橘猫在窗台上晒太阳。'.repeat(500)],
		['not well formed', `\uD83D cut emoji, ${'x'.repeat(1000)}`],
	])('give a %s prompt back', async (_what, prompt) => {
		const hash = await encodeRecipe({ ...settings, prompt }, { id: 'demo' });
		expect(new URL(hash, location.href).hash).toBe(hash);
		expect(await decodeRecipe(hash)).toMatchObject({ prompt, seed: 7, warnings: [] });
	});

	it('refuse damaged and cut prompts', async () => {
		const good = await encodeRecipe({ ...settings, prompt: 'word '.repeat(500) }, { id: 'demo' });
		const [, compressed = ''] = /pz=([^&]*)/.exec(good) ?? [];
		for (const damaged of [compressed.slice(0, -4), `AAAA${compressed}`, `${compressed}AAAA`]) {
			await expect(decodeRecipe(`#v=1&pz=${damaged}`)).rejects.toThrow(RecipeLinkError);
		}
	});

	it('refuse a bomb after a few slices of it', async () => {
		const bomb = toBase64Url(await deflate(new Uint8Array(50_000_000), 'deflate-raw'));
		using count = countDecompression();
		await expect(decodeRecipe(`#v=1&pz=${bomb}`)).rejects.toThrow(RecipeLinkError);
		expect(count.takenBytes).toBeGreaterThan(0);
		expect(count.takenBytes).toBeLessThan(20_000);
	});
});
