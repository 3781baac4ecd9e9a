import { type Page, expect } from '@playwright/test';
import { test } from './studio.ts';

/** What the page asked of the system, kept by the page itself. */
interface Asked {
	readonly notifications: readonly string[];
	/** Wake locks held now. */
	readonly locks: number;
	readonly locksTaken: number;
}

/** Headless Chrome shows no notifications and cannot sleep, and a page of a test is never hidden. */
async function watch(page: Page): Promise<void> {
	await page.addInitScript(() => {
		const asked = { notifications: [] as string[], locks: 0, locksTaken: 0 };
		Object.assign(globalThis, { asked });
		globalThis.Notification = class extends EventTarget {
			static readonly permission = 'granted';
			static readonly requestPermission = () => Promise.resolve('granted');
			onclick = null;
			constructor(title: string, { body = '' } = {}) {
				super();
				asked.notifications.push(`${title}: ${body}`);
			}
		} as unknown as typeof Notification;
		navigator.wakeLock.request = () => {
			asked.locks += 1;
			asked.locksTaken += 1;
			const release = () => Promise.resolve(void (asked.locks -= 1));
			return Promise.resolve({ release } as unknown as WakeLockSentinel);
		};
	});
}

function asked(page: Page): Promise<Asked> {
	return page.evaluate(() => (globalThis as unknown as { asked: Asked }).asked);
}

async function hide(page: Page, hidden: boolean): Promise<void> {
	await page.evaluate((value) => {
		Object.defineProperty(document, 'hidden', { configurable: true, value });
		document.dispatchEvent(new Event('visibilitychange'));
	}, hidden);
}

test('while a picture is drawn in the background the title counts, the screen stays on, and its end is told', async ({
	page,
	studio,
}) => {
	await watch(page);
	await studio.open();
	await studio.write('a red circle', { steps: 2 });
	await studio.generate.click();
	await expect(page).toHaveTitle(/^\d+\u00a0?% · Shardlight$/);
	expect((await asked(page)).locks).toBe(1);
	await hide(page, true);
	await studio.finished();

	await expect(page).toHaveTitle('✓ Picture ready · Shardlight');
	const { notifications, locks } = await asked(page);
	expect(notifications).toEqual(['Your picture is ready: a red circle']);
	expect(locks).toBe(0);
	await hide(page, false);
	await expect(page).toHaveTitle('Shardlight');
});

test('pictures that wait can be taken off; the draft and settings survive a reload', async ({
	page,
	studio,
}) => {
	await studio.open();
	await studio.write('a blue square', { steps: 1, seed: 5 });
	await page.getByLabel('Pictures').fill('3');
	await studio.generate.click();
	await expect(page.getByRole('heading', { name: '2 pictures wait' })).toBeVisible();
	await page.getByRole('button', { name: 'Remove “a blue square” from the queue' }).click();
	await expect(page.getByRole('heading', { name: '2 pictures wait' })).toBeHidden();
	const tiles = page.getByRole('button', { name: 'Open “a blue square”' });
	await expect(tiles).toHaveCount(1, { timeout: 240_000 });
	await studio.finished();

	await studio.write('a blue square with a', { steps: 6 });
	await page.reload();
	await expect(studio.prompt).toHaveValue('a blue square with a');
	await expect(page.getByLabel('Steps')).toHaveValue('6');
	await expect(page.getByLabel('Pictures')).toHaveValue('3');
});
