import { expect } from '@playwright/test';
import { DIST } from '../../scripts/app/build-if-stale.ts';
import { StaticHost } from '../fixtures/static-host.ts';
import { Studio, test } from './studio.ts';

const PATH = '/shardlight/';

const hosted = test.extend<{ readonly home: string }>({
	// eslint-disable-next-line no-empty-pattern -- Playwright wants the pattern
	home: async ({}, use) => {
		const host = new StaticHost(DIST, PATH);
		await use(await host.start());
		await host.stop();
	},
});

hosted(
	'the app works from a sub-path of a static host, and its own policy keeps it there',
	async ({ context, page, home, gpuReady }) => {
		expect(gpuReady, 'this browser has a WebGPU adapter').toBe(true);
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
			expect(policy).toContain("require-trusted-types-for 'script';");
			expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|[ *]\*[ ;]/);
		});

		await test.step('and the browser holds the page to it', async () => {
			await page.evaluate(() => {
				document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
					document.documentElement.classList.add(effectiveDirective),
				);
				const style = document.createElement('style');
				style.textContent = 'body { display: none }';
				document.head.append(style);
				new Image().src = 'https://example.com/a.png';
				void fetch('https://example.com/a.json').catch(() => undefined);
			});
			const violated = page.locator('html.style-src-elem.img-src.connect-src');
			await expect(violated).toHaveCount(1);
		});

		await test.step('no text becomes markup or code, and no script comes from elsewhere', async () => {
			const refused = await page.evaluate(() => {
				const attempts = [
					() => (document.createElement('p').innerHTML = '<b>bold</b>'),
					() => (document.createElement('script').src = 'https://example.com/a.js'),
					() => new Worker('/other-app/worker.js'),
				];
				return attempts.map((attempt) => {
					try {
						attempt();
						return 'allowed';
					} catch (error) {
						return error instanceof TypeError ? 'refused' : String(error);
					}
				});
			});
			expect(refused).toEqual(['refused', 'refused', 'refused']);
			await page.evaluate(() => {
				const script = document.createElement('script');
				script.append('document.title = "inline"');
				document.head.append(script);
			});
			await expect(page).not.toHaveTitle('inline');
		});

		await test.step('from the next visit on the service worker adds the headers that the host lacks', async () => {
			const again = await page.reload();
			expect(again?.fromServiceWorker()).toBe(true);
			const headers = again?.headers() ?? {};
			expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
			expect(headers['x-content-type-options']).toBe('nosniff');
			await expect(studio.generate).toBeEnabled();
		});

		await test.step('and the engine’s worker is held to a policy of its own', async () => {
			const engine = page.workers().find((worker) => worker.url().includes('engine.worker'));
			const violated = await engine?.evaluate(
				() =>
					new Promise((resolve) => {
						addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
							resolve({ effectiveDirective, blockedURI }),
						);
						void fetch('https://example.com/a.json').catch(() => undefined);
					}),
			);
			expect(violated).toEqual({
				effectiveDirective: 'connect-src',
				blockedURI: 'https://example.com/a.json',
			});
		});
	},
);
