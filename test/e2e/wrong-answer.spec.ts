import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { DIST } from '../../scripts/app/build-if-stale.ts';
import { StaticHost } from '../fixtures/static-host.ts';
import { Studio, test } from './studio.ts';

interface Hosted {
	readonly host: StaticHost;
	readonly url: string;
}

const hosted = test.extend<{ readonly hosted: Hosted }>({
	// eslint-disable-next-line no-empty-pattern -- Playwright wants the pattern
	hosted: async ({}, use) => {
		const host = new StaticHost(DIST, '/');
		const url = await host.start();
		await use({ host, url });
		await host.stop();
	},
});

hosted(
	'a login page in place of a file, while the app is kept for offline use, is gone at the next visit',
	async ({ context, page, gpuReady, hosted: { host, url } }) => {
		expect(gpuReady, 'this browser has a WebGPU adapter').toBe(true);
		const worker = readdirSync(join(DIST, 'assets')).find((name) => /^engine\.worker-/.test(name));
		host.replaced.add(`assets/${worker}`);
		await page.goto(url);
		// Not only the page's engine was given one: so was the service worker, which refuses it and ends.
		await expect.poll(() => host.loginPagesFor).toContain('empty');
		await expect
			.poll(() =>
				page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length),
			)
			.toBe(0);

		host.replaced.clear();
		await page.reload();
		await expect(new Studio(page).generate).toBeEnabled();
		await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
		await page.close();
		await host.stop();
		await context.setOffline(true);
		const offline = await context.newPage();
		await offline.goto(url);
		await expect(new Studio(offline).generate).toBeEnabled();
	},
);
