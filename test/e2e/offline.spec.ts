import { expect, test as base } from '@playwright/test';
import { type AppServer, serveApp } from '../../scripts/app/serve-app.ts';
import { Studio, test } from './studio.ts';

/** A server of its own, because it is stopped half-way. */
const offline = test.extend<{ readonly server: AppServer }>({
	// eslint-disable-next-line no-empty-pattern -- Playwright wants the pattern
	server: async ({}, use) => {
		const server = await serveApp({ port: 0 });
		await use(server);
		await server.close().catch(() => undefined);
	},
});

offline(
	'without a server and a network a fresh tab opens and draws, and nothing ever left the origin',
	async ({ context, page, server, gpuReady }) => {
		base.skip(!gpuReady, 'no WebGPU');
		const foreign: string[] = [];
		const violations: string[] = [];
		context.on('request', (request) => {
			const { protocol, origin } = new URL(request.url());
			if (protocol.startsWith('http') && `${origin}/` !== server.url) foreign.push(request.url());
		});
		context.on('console', (message) => {
			if (/Content Security Policy/i.test(message.text())) violations.push(message.text());
		});

		await page.goto(server.url);
		await expect(new Studio(page).generate).toBeEnabled();
		await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
		await page.close();
		await server.close();
		await context.setOffline(true);

		const fresh = await context.newPage();
		await fresh.goto(server.url);
		const studio = new Studio(fresh);
		await expect(studio.generate).toBeEnabled();
		await studio.write('a red circle', { steps: 1 });
		await studio.draw();
		await expect(studio.picture('a red circle')).toBeVisible();
		await fresh.getByRole('button', { name: '中文' }).click();
		await expect(fresh.getByRole('button', { name: /^生成/ }), 'kept with the page').toBeVisible();
		expect(foreign).toEqual([]);
		expect(violations).toEqual([]);
	},
);
