import { expect } from '@playwright/test';
import { test } from './studio.ts';

const UNITS: Readonly<Record<string, number>> = { byte: 1, kB: 1e3, MB: 1e6, GB: 1e9 };

/** Bytes of a size as the page writes it, for example "63.5 MB". */
function bytesOf(text: string): number {
	const [, amount = '', unit = ''] = /([\d.]+) (byte|kB|MB|GB)/.exec(text) ?? [];
	return Number(amount) * (UNITS[unit] ?? NaN);
}

test('the budget is chosen by keyboard, kept, planned with, and not exceeded', async ({
	page,
	studio,
}) => {
	const panel = page.getByRole('region', { name: 'Memory' });
	const slider = panel.getByRole('slider', { name: 'Budget' });
	const auto = panel.getByRole('checkbox', { name: 'Auto' });
	const plan = panel.getByRole('status');
	const chart = panel.getByRole('img', { name: /^GPU memory over/ });

	await studio.open();
	await studio.openMachine();
	await expect(auto).toBeChecked();
	await expect(slider).toHaveAttribute('aria-valuetext', '4 GB, automatic');
	await expect(plan).toContainText(/All \d+ blocks stay on the GPU\./);
	await expect(plan).toContainText(/This size needs at least [\d.]+ MB\./);
	await expect(chart).toHaveCount(0);

	await test.step('moving the slider takes over from "Auto", also after a reload', async () => {
		await slider.focus();
		await page.keyboard.press('Home');
		await expect(slider).toHaveAttribute('aria-valuetext', '2 GB');
		await page.keyboard.press('ArrowRight');
		await expect(panel.getByText('2.5 GB', { exact: true })).toBeVisible();
		await page.keyboard.press('ArrowLeft');
		await expect(auto).not.toBeChecked();
		await page.reload();
		await studio.openMachine();
		await expect(slider).toHaveAttribute('aria-valuetext', '2 GB');
		await expect(auto).not.toBeChecked();
	});

	await expect(studio.generate).toBeEnabled();
	await studio.write('a red circle', { steps: 3 });
	await studio.generate.click();

	await test.step('memory is shown while it is held', async () => {
		await expect(panel.getByText(/now, at most .* so far/)).toBeVisible();
		await expect(studio.status).toHaveText('Drawing', { timeout: 120_000 });
		const weights = panel.getByRole('term').filter({ hasText: 'Weights' }).locator('xpath=..');
		await expect(weights).toContainText(/[1-9][\d.]* MB/);
	});
	await studio.finished();

	await test.step('the chart covers the whole picture', async () => {
		const [first = ''] = await chart
			.locator('path')
			.evaluateAll((paths) => paths.map((path) => path.getAttribute('d') ?? ''));
		const heights = [...first.matchAll(/V([\d.]+)h1/g)].map(([, y]) => Number(y));
		expect(heights).toHaveLength(120);
		expect(Math.max(...heights)).toBeLessThanOrEqual(100);
		expect(Math.min(...heights)).toBeGreaterThan(0);
		expect(new Set(heights).size, 'different heights').toBeGreaterThan(3);
	});

	await test.step('what was held stays within the budget, and is what the picture tells', async () => {
		const said = await panel.getByText(/^Last picture: at most/).innerText();
		expect(said).toMatch(/ of 2 GB$/);
		const peak = bytesOf(said);
		expect(peak).toBeGreaterThan(1e6);
		expect(peak).toBeLessThanOrEqual(2e9);
		const details = page.getByLabel('How this picture was made');
		expect(bytesOf((await details.innerText()).split('Peak GPU memory')[1] ?? '')).toBe(peak);
	});
	await expect(plan).toContainText(/blocks stay on the GPU; about [\d.]+s a step\./);

	await test.step('"Auto" goes back to its own budget', async () => {
		await auto.check();
		await expect(slider).toHaveAttribute('aria-valuetext', '4 GB, automatic');
	});
});
