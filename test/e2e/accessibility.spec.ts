import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Page, expect } from '@playwright/test';
import type { AxeResults } from 'axe-core';
import { ModelsDialog } from './models-dialog.ts';
import { test } from './studio.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Through the debugger, because the page's own policy lets no foreign script in. */
async function violations(page: Page): Promise<readonly string[]> {
	await page.evaluate(AXE);
	const results = await page.evaluate(() =>
		(globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
	);
	return results.violations.flatMap(({ id, nodes }) =>
		nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
	);
}

test('axe finds nothing, in light and dark, in both languages, and with a picture', async ({
	page,
	studio,
}) => {
	await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
	await studio.open();
	expect(await violations(page)).toEqual([]);
	await studio.openMachine();
	await page.getByRole('region', { name: 'Engine' }).locator('summary').click();
	expect(await violations(page)).toEqual([]);

	await page.keyboard.press('Escape');

	await test.step('the models dialog, whatever the source', async () => {
		const models = new ModelsDialog(page);
		for (const colorScheme of ['light', 'dark'] as const) {
			await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
			await models.open();
			for (const source of ['Hugging Face', 'Mirror', 'This computer', 'Converted']) {
				await models.chooseSource(source);
				expect(await violations(page), `${source}, ${colorScheme}`).toEqual([]);
			}
			await models.close();
		}
		await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
	});

	await page.getByRole('button', { name: '中文' }).click();
	await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans');
	await expect(page.getByRole('button', { name: /^生成/ })).toBeEnabled();
	await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
	expect(await violations(page)).toEqual([]);

	await test.step('the choice of language is remembered', async () => {
		await page.reload();
		await expect(page.getByRole('button', { name: /^生成/ })).toBeEnabled();
		await page.getByRole('button', { name: 'English' }).click();
	});

	await test.step('by keyboard alone: shortcuts, a picture, its history', async () => {
		await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
		await page.keyboard.press('?');
		const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
		await expect(dialog).toBeVisible();
		expect(await violations(page)).toEqual([]);
		await page.keyboard.press('Escape');
		await expect(dialog).toBeHidden();

		await studio.write('a green triangle', { steps: 1 });
		await expect(page.getByText(/^\d+ of [\d,]+ tokens$/)).toBeVisible();
		await page.keyboard.press('Control+Enter');
		await expect(studio.cancel).toBeVisible();
		await studio.finished();
		await expect(page.getByRole('button', { name: 'Open “a green triangle”' })).toBeVisible();
	});
	expect(await violations(page)).toEqual([]);
	await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
	expect(await violations(page)).toEqual([]);

	const moving = await page.evaluate(() => document.getAnimations().length);
	expect(moving, 'animations under reduced motion').toBe(0);
});
