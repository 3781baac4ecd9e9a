import { expect } from '@playwright/test';
import { test } from './studio.ts';

test('panes are resized by keyboard and mouse, and stay so', async ({ page, studio }) => {
	await studio.open();
	const separator = page.getByRole('separator', { name: 'Width of the inputs' });
	const width = async () => Number(await separator.getAttribute('aria-valuenow'));
	const before = await width();
	await separator.focus();
	await page.keyboard.press('ArrowRight');
	expect(await width()).toBe(before + 16);
	const { x, y, height } = (await separator.boundingBox()) ?? { x: 0, y: 0, height: 0 };
	await page.mouse.move(x, y + height / 2);
	await page.mouse.down();
	await page.mouse.move(x - 40, y + height / 2);
	await page.mouse.up();
	expect(await width()).toBe(before - 24);
	await page.reload();
	await expect(separator).toHaveAttribute('aria-valuenow', String(before - 24));
});

test('on a phone the picture comes first, the history is a tab, and the settings fold away', async ({
	page,
	studio,
}) => {
	await page.setViewportSize({ width: 390, height: 844 });
	await studio.open();
	const picture = page.getByRole('region', { name: 'Picture', exact: true });
	const history = page.getByRole('region', { name: 'History' });
	await expect(picture).toBeInViewport({ ratio: 0.9 });
	await expect(studio.generate).toBeInViewport({ ratio: 1 });
	await expect(history).toBeHidden();
	await expect(page.getByLabel('Steps')).toBeHidden();
	await page.getByRole('button', { name: 'Settings', exact: true }).click();
	await page.getByLabel('Steps').fill('0');

	await test.step('what is wrong in a folded setting is shown', async () => {
		await page.getByRole('button', { name: 'Settings', exact: true }).click();
		await studio.prompt.fill('a red circle');
		await studio.generate.click();
		await expect(page.getByLabel('Steps')).toBeFocused();
	});

	await page.getByRole('navigation', { name: 'Views' }).getByText('History').click();
	await expect(history).toBeVisible();
	await expect(picture).toBeHidden();
	const sideways = await page.evaluate(
		() => document.documentElement.scrollWidth > document.documentElement.clientWidth,
	);
	expect(sideways).toBe(false);
});

for (const [width, height] of [
	[1280, 900],
	[390, 844],
] as const) {
	test(`what comes and goes does not move the page about, at ${width} by ${height}`, async ({
		page,
		studio,
	}) => {
		await page.addInitScript(() => {
			const shifts: number[] = [];
			Object.assign(globalThis, { shifts });
			new PerformanceObserver((list) => {
				for (const entry of list.getEntries() as (PerformanceEntry & {
					readonly hadRecentInput: boolean;
					readonly value: number;
				})[]) {
					if (!entry.hadRecentInput) shifts.push(entry.value);
				}
			}).observe({ type: 'layout-shift', buffered: true });
		});
		await page.setViewportSize({ width, height });
		await studio.open();
		await studio.prompt.click();
		await page.keyboard.type('a red circle');
		await studio.draw();
		const shifts = await page.evaluate(
			() => (globalThis as unknown as { shifts: number[] }).shifts,
		);
		expect(Math.max(0, ...shifts)).toBeLessThanOrEqual(0.02);
	});
}
