import { readFileSync } from 'node:fs';
import { expect } from '@playwright/test';
import { madeUpLora } from '../fixtures/made-up-lora.ts';
import { ModelsDialog } from './models-dialog.ts';
import { pixelsOf, test } from './studio.ts';

const PROMPT = 'a large red heart';

const { components } = JSON.parse(readFileSync('public/models/demo/manifest.json', 'utf8')) as {
	readonly components: {
		readonly transformer: { readonly config: { readonly dim: number; readonly n_layers: number } };
	};
};
const LORA = {
	name: 'made-up.safetensors',
	mimeType: 'application/octet-stream',
	buffer: Buffer.from(
		madeUpLora(components.transformer.config, 17, { 'modelspec.trigger_phrase': 'mdup' }),
	),
};

test('a LoRA is added, drawn with at any strength, and comes back with a link', async ({
	studio,
	page,
}) => {
	test.setTimeout(600_000);
	// Reading the real clipboard would make the browser ask.
	await page.addInitScript(() => {
		navigator.clipboard.writeText = async (text) => {
			document.documentElement.dataset['copied'] = text;
		};
	});
	const drawn = async (): Promise<readonly number[]> => {
		await studio.draw();
		return (await pixelsOf(studio.picture(PROMPT))).rgba;
	};
	const strength = page.getByRole('spinbutton', { name: 'Strength of made-up' });
	await studio.open();
	await studio.write(PROMPT, { steps: 2, seed: 5 });
	const plain = await drawn();

	await test.step('it is installed from a file', async () => {
		const models = new ModelsDialog(page);
		await models.open();
		const adapters = models.dialog.getByRole('region', { name: 'Adapters (LoRA)' });
		await adapters.locator('input[type=file]:not([webkitdirectory])').setInputFiles(LORA);
		await expect(adapters.getByText('1 adapter was added.')).toBeVisible();
		const item = adapters.getByRole('listitem', { name: 'made-up' });
		await expect(item).toContainText('LoRA · rank 4');
		await expect(item).toContainText('Trigger words: mdup');
		await models.close();
	});

	const adapted = await test.step('a picture drawn with it is another', async () => {
		await page.getByRole('button', { name: 'Adapters' }).click();
		await page.getByLabel('Add an adapter').selectOption('made-up');
		const rgba = await drawn();
		expect(rgba).not.toEqual(plain);
		return rgba;
	});
	const link = await test.step('Copy link', async () => {
		await page.getByRole('button', { name: 'Copy link' }).click();
		await expect(page.getByRole('button', { name: 'Link copied' })).toBeVisible();
		return page.evaluate(() => document.documentElement.dataset['copied'] ?? '');
	});

	await test.step('at a strength of 0 the picture is the same as without it', async () => {
		await strength.fill('0');
		expect(await drawn()).toEqual(plain);
	});

	await test.step('the link brings it and its strength back', async () => {
		await studio.prompt.fill('');
		await page.goto('about:blank');
		await page.goto(link);
		await expect(studio.prompt).toHaveValue(PROMPT);
		await expect(strength).toHaveValue('1');
		await expect(studio.generate).toBeEnabled();
		expect(await drawn()).toEqual(adapted);
	});

	await test.step('without its file a picture says which is missing, and is drawn if asked', async () => {
		const models = new ModelsDialog(page);
		await models.open();
		const item = models.dialog.getByRole('listitem', { name: 'made-up' });
		await item.getByRole('button', { name: 'Delete' }).click();
		await item.getByRole('group').getByRole('button', { name: 'Delete' }).click();
		await expect(item).toHaveCount(0);
		await models.close();
		await studio.generate.click();
		await expect(studio.alert).toContainText('uses the adapter made-up');
		await page.getByRole('checkbox', { name: 'Draw with made-up' }).uncheck();
		expect(await drawn()).toEqual(plain);
	});
});
