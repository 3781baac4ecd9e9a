import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { DIST } from '../../scripts/app/build-if-stale.ts';
import { integrityOf } from '../../scripts/build/precache-integrity.ts';
import { StaticHost } from '../fixtures/static-host.ts';
import { Studio, test } from './studio.ts';

const PATH = '/copy/';

interface AppCopy {
	readonly url: string;
	/** Publishes another version of the app: the same with other words in its page. */
	publish(version: string): void;
}

/** A copy of the built app that may change while it is open. */
const published = test.extend<{ readonly app: AppCopy }>({
	// eslint-disable-next-line no-empty-pattern -- Playwright wants the pattern
	app: async ({}, use) => {
		const folder = mkdtempSync(join(tmpdir(), 'shardlight-app-'));
		cpSync(DIST, folder, { recursive: true });
		const host = new StaticHost(folder, PATH);
		const change = (file: string, from: RegExp, to: string): void => {
			const path = join(folder, file);
			writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
		};
		await use({
			url: await host.start(),
			publish(version) {
				change('index.html', /<html /, `<html data-version="${version}" `);
				// What the build writes for a changed page: its revision and its hash.
				const integrity = integrityOf(readFileSync(join(folder, 'index.html')));
				const entry = JSON.stringify({ url: 'index.html', revision: version, integrity });
				change('sw.js', /\{[^{}]*"url":"index\.html"[^{}]*\}/, entry);
			},
		});
		await host.stop();
		rmSync(folder, { recursive: true });
	},
});

published(
	'a new version waits until the user reloads, and a picture’s draft survives it',
	async ({ page, app }) => {
		await page.goto(app.url);
		const studio = new Studio(page);
		await expect(studio.generate).toBeEnabled();
		await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
		await studio.prompt.fill('half a thought');
		app.publish('next');

		await page.reload();
		const offer = page.getByText('A new version of Shardlight is ready.');
		await expect(offer).toBeVisible();
		await expect(page.locator('html')).not.toHaveAttribute('data-version', 'next');

		await page.getByRole('button', { name: 'Reload' }).click();
		await expect(page.locator('html')).toHaveAttribute('data-version', 'next');
		await expect(offer).toHaveCount(0);
		await expect(studio.prompt).toHaveValue('half a thought');
	},
);

published(
	'a page that stays open hears of a new version when it is looked at again',
	async ({ page, app }) => {
		await page.goto(app.url);
		await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
		await page.reload();
		await expect(new Studio(page).generate).toBeEnabled();
		app.publish('later');
		await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
		await expect(page.getByText('A new version of Shardlight is ready.')).toBeVisible();
		await page.getByRole('button', { name: 'Later' }).click();
		await expect(page.getByText('A new version of Shardlight is ready.')).toHaveCount(0);
	},
);

test('Chrome finds the app installable, and the page offers it', async ({ page, studio }) => {
	await studio.open();
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	const session = await page.context().newCDPSession(page);
	const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
	// Test browsers run in private contexts, which is the one thing Chrome may mind.
	expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([]);

	const install = page.getByRole('button', { name: 'Install app' });
	// Headless Chrome never makes this offer of its own.
	await page.evaluate(() => {
		const offer = new Event('beforeinstallprompt', { cancelable: true });
		const prompt = () => {
			document.documentElement.dataset['asked'] = 'yes';
			return Promise.resolve();
		};
		window.dispatchEvent(Object.assign(offer, { prompt }));
	});
	await install.click();
	await expect(page.locator('html')).toHaveAttribute('data-asked', 'yes');
	await expect(install).toHaveCount(0);
});
