import { expect } from '@playwright/test';
import { test } from './studio.ts';

test('an empty prompt is asked for, not drawn', async ({ studio }) => {
	await studio.open();
	await studio.prompt.fill('   ');
	await studio.generate.click();
	await expect(studio.prompt).toHaveAccessibleDescription('Describe the picture first.');
	await expect(studio.prompt).toBeFocused();
	await expect(studio.generate).toBeEnabled();
	await expect(studio.status).toHaveText('');
});

test('a prompt of 10,000 characters is cut, drawn, and the cut is said', async ({
	page,
	studio,
}) => {
	await studio.open();
	await studio.write('a red circle '.repeat(770).slice(0, 10_000), { steps: 1 });
	await studio.draw();
	await expect(page.getByText(/^The prompt has [\d,]+ tokens; the model reads/)).toBeVisible();
});
