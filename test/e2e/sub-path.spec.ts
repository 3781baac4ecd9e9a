import { expect } from '@playwright/test';
import { DIST } from '../../scripts/app/build-if-stale.ts';
import { type AppServer, serveApp } from '../../scripts/app/serve-app.ts';
import { Studio, test } from './studio.ts';

const PATH = '/shardlight/';

/** As static hosts do it: in a folder, and with no headers but those of files. */
const hosted = test.extend<{ readonly server: AppServer }>({
	// eslint-disable-next-line no-empty-pattern -- Playwright wants the pattern
	server: async ({}, use) => {
		const server = await serveApp({ port: 0, folders: { [PATH]: DIST } });
		await use(server);
		await server.close();
	},
});

hosted(
	'the app works from a sub-path of a static host, and its own policy keeps it there',
	async ({ context, page, server, gpuReady }) => {
		expect(gpuReady, 'this browser has a WebGPU adapter').toBe(true);
		const home = new URL(PATH.slice(1), server.url).href;
		const elsewhere: string[] = [];
		context.on('request', (request) => {
			const url = request.url();
			if (url.startsWith('http') && !url.startsWith(home)) elsewhere.push(url);
		});
		const response = await page.goto(home);
		const studio = new Studio(page);
		await expect(studio.generate).toBeEnabled();

		await test.step('without special headers', async () => {
			const headers = Object.keys((await response?.allHeaders()) ?? {});
			expect(headers.filter((name) => /policy|cross-origin|worker/.test(name))).toEqual([]);
		});

		await test.step('the service worker is the folder’s own', async () => {
			const scope = await page.evaluate(async () => (await navigator.serviceWorker.ready).scope);
			expect(scope).toBe(home);
		});

		await test.step('it draws', async () => {
			await studio.write('a red circle', { steps: 1 });
			await studio.draw();
			await expect(studio.picture('a red circle')).toBeVisible();
		});
		expect(elsewhere).toEqual([]);

		await test.step('the policy is strict', async () => {
			const policy = await page
				.locator('meta[http-equiv="Content-Security-Policy"]')
				.getAttribute('content');
			expect(policy).toContain("default-src 'none'");
			expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
			expect(policy).toContain("connect-src 'self';");
			expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|[ *]\*[ ;]/);
		});

		await test.step('and the browser holds the page to it', async () => {
			await page.evaluate(() => {
				document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
					document.documentElement.classList.add(effectiveDirective),
				);
				const script = document.createElement('script');
				script.textContent = 'document.title = "inline"';
				const style = document.createElement('style');
				style.textContent = 'body { display: none }';
				document.head.append(script, style);
				new Image().src = 'https://example.com/a.png';
				void fetch('https://example.com/a.json').catch(() => undefined);
			});
			const violated = page.locator('html.script-src-elem.style-src-elem.img-src.connect-src');
			await expect(violated).toHaveCount(1);
		});
	},
);
