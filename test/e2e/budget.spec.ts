import { gzipSync } from 'node:zlib';
import { type Browser, expect } from '@playwright/test';
import { test } from './studio.ts';

/** Gzipped; ONNX Runtime's WebAssembly is not counted, being no JavaScript. */
const MAX_SCRIPT_BYTES = 500_000;
const MAX_MILLISECONDS = 1000;

test('a first visit loads less than 500 kB of JavaScript', async ({ page, studio }) => {
	const scripts = new Map<string, number>();
	page.context().on('response', (response) => {
		const { pathname } = new URL(response.url());
		if (!/\.m?js$/.test(pathname)) return;
		scripts.set(pathname, 0);
		void response.body().then((body) => scripts.set(pathname, gzipSync(body).byteLength));
	});
	await studio.open();
	// ONNX Runtime comes with the first picture.
	await studio.write('a red circle', { steps: 1 });
	await studio.draw();
	await expect.poll(() => Math.min(...scripts.values())).toBeGreaterThan(0);
	const bytes = [...scripts.values()].reduce((sum, size) => sum + size, 0);
	note('JavaScript, gzipped', `${(bytes / 1000).toFixed(0)} kB in ${scripts.size} files`);
	const names = [...scripts.keys()].map((path) => path.replace(/.*\//, ''));
	expect(names.some((name) => name.startsWith('engine.worker'))).toBe(true);
	expect(names.filter((name) => /bench|harness|verify|fit-preview/.test(name))).toEqual([]);
	expect(bytes).toBeLessThan(MAX_SCRIPT_BYTES);
});

test('the page takes input less than a second after it was asked for', async ({
	browser,
	gpuReady,
}) => {
	expect(gpuReady).toBe(true);
	const visits: number[] = [];
	for (let visit = 0; visit < 3; visit++) visits.push(await timeToInteractive(browser));
	visits.sort((a, b) => a - b);
	const shown = visits.map((milliseconds) => milliseconds.toFixed(0)).join(', ');
	note('interactive', `${shown} ms of three first visits`);
	expect(visits[1]).toBeLessThan(MAX_MILLISECONDS);
});

/** Milliseconds from a first visit's navigation until the prompt is there and the main thread is idle. */
async function timeToInteractive(browser: Browser): Promise<number> {
	const context = await browser.newContext();
	try {
		const page = await context.newPage();
		await page.addInitScript(() => {
			const found = new MutationObserver(() => {
				if (document.querySelector('textarea') === null) return;
				found.disconnect();
				requestIdleCallback(() => {
					document.documentElement.dataset['interactive'] = String(performance.now());
				});
			});
			found.observe(document, { childList: true, subtree: true });
		});
		await page.goto(test.info().project.use.baseURL ?? './');
		const html = page.locator('html');
		await expect(html).toHaveAttribute('data-interactive', /./);
		await page.getByRole('textbox', { name: 'Prompt' }).fill('typed at once');
		return Number(await html.getAttribute('data-interactive'));
	} finally {
		await context.close();
	}
}

function note(type: string, description: string): void {
	console.log(`${type}: ${description}`);
	test.info().annotations.push({ type, description });
}
