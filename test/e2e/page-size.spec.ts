import { gzipSync } from 'node:zlib';
import { expect, test } from '@playwright/test';

/**
 * Of the scripts that the page loads before it can be used, gzipped, in bytes of 1000 to the kB. At the 1.6 Mbit/s of a
 * slow telephone network 120 kB take 0.6 s. Raise it when something is worth the wait, not because it grew.
 */
const BUDGET_BYTES = 120_000;

// Workers are fetched beside the page and the service worker behind it: neither keeps anybody waiting.
test.use({ serviceWorkers: 'block' });

for (const { locale, generate, other } of [
	{ locale: 'en-GB', generate: 'Generate', other: '生成' },
	{ locale: 'zh-CN', generate: '生成', other: 'Generate' },
]) {
	test.describe(`a first visit in ${locale}`, () => {
		test.use({ locale });

		test('loads one language and little script', async ({ page }) => {
			const scripts: Promise<readonly [url: string, text: string]>[] = [];
			page.on('response', (response) => {
				const { pathname } = new URL(response.url());
				if (!pathname.endsWith('.js') || pathname.includes('worker')) return;
				scripts.push(response.text().then((text) => [pathname, text]));
			});
			await page.goto('');
			await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
			const loaded = await Promise.all(scripts);
			const sizes = loaded.map(
				([url, text]) => [url, gzipSync(text, { level: 9 }).length] as const,
			);
			const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
			console.info(`${(bytes / 1000).toFixed(1)} kB in ${locale}: ${JSON.stringify(sizes)}`);
			expect(bytes).toBeLessThan(BUDGET_BYTES);

			const says = (word: string): boolean =>
				loaded.some(([, text]) => text.includes(`generate:\`${word}\``));
			expect([says(generate), says(other)]).toEqual([true, false]);
		});
	});
}
