import { readFileSync } from 'node:fs';
import { expect } from '@playwright/test';
import { test } from './studio.ts';

test('a picture’s recipe is read, copied, pasted back and used, and the draft before it is one press away', async ({
	page,
	studio,
}) => {
	// Reading the real clipboard would make the browser ask.
	await page.addInitScript(() => {
		navigator.clipboard.writeText = async (text) => {
			document.documentElement.dataset['copied'] = text;
		};
	});
	await studio.open();
	await studio.write('a red circle', { steps: 1, seed: 42 });
	await studio.draw();
	const recipe = page.getByRole('region', { name: 'How this picture was made' });
	await expect(recipe).toContainText('a red circle');
	const seed = page.getByLabel('Seed', { exact: true });

	await test.step('one input, then all of them', async () => {
		await studio.write('my own words', { seed: 7 });
		await recipe.getByRole('button', { name: 'seed 42' }).click();
		await expect(seed).toHaveValue('42');
		await expect(studio.prompt).toHaveValue('my own words');
		await recipe.getByRole('button', { name: 'Use all' }).click();
		await expect(studio.prompt).toHaveValue('a red circle');
		await page.getByRole('button', { name: 'Undo' }).click();
		await expect(studio.prompt).toHaveValue('my own words');
	});

	await test.step('as text, and pasted back', async () => {
		await recipe.getByRole('button', { name: 'Copy as text' }).click();
		await expect(page.getByText('The settings are copied.')).toBeVisible();
		await studio.prompt.fill('');
		await studio.prompt.evaluate((field: HTMLTextAreaElement) => {
			const clipboardData = new DataTransfer();
			clipboardData.setData('text/plain', document.documentElement.dataset['copied'] ?? '');
			field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
		});
		await page.getByRole('button', { name: 'Fill them in' }).click();
		await expect(studio.prompt).toHaveValue('a red circle');
		await expect(seed).toHaveValue('42');
	});

	await test.step('a drop says what it will do: a picture may also go into the history', async () => {
		const downloading = page.waitForEvent('download');
		await page.getByRole('button', { name: /^Save/ }).click();
		const png = readFileSync(await (await downloading).path());
		const dataTransfer = await page.evaluateHandle((bytes) => {
			const data = new DataTransfer();
			data.items.add(new File([new Uint8Array(bytes)], 'a.png', { type: 'image/png' }));
			return data;
		}, Array.from(png));
		await page.dispatchEvent('body', 'dragenter', { dataTransfer });
		await expect(page.getByText('Use its settings', { exact: true })).toBeVisible();
		const zone = page.getByText('Bring into the history', { exact: true });
		await zone.dispatchEvent('drop', { dataTransfer });
		await expect(page.getByText(/^1 picture came in\.|Here already: 1\.$/)).toBeVisible();
		await expect(zone).toBeHidden();
	});
});

test('the installed app is named, shown, opens files, and takes what a phone shares with it', async ({
	page,
	studio,
}) => {
	await studio.open();
	const manifest = (await page.evaluate(async (): Promise<unknown> =>
		(await fetch('manifest.webmanifest')).json(),
	)) as {
		readonly id: string;
		readonly screenshots: readonly { readonly src: string; readonly sizes: string }[];
		readonly share_target: { readonly action: string };
	};
	expect(manifest).toMatchObject({
		...{ id: './', launch_handler: {}, file_handlers: [{ action: './' }] },
		shortcuts: [{ url: './?open=models' }, { url: './?open=history' }],
	});
	for (const { src, sizes } of manifest.screenshots) {
		const size = await page.evaluate(async (address) => {
			const picture = await createImageBitmap(await (await fetch(address)).blob());
			return `${picture.width}x${picture.height}`;
		}, src);
		expect(size).toBe(sizes);
	}

	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	await page.reload();
	await expect(studio.generate).toBeEnabled();
	const opened = await page.evaluate(async (action) => {
		const form = new FormData();
		const text = 'a fox\nSteps: 3, Sampler: Euler, CFG scale: 1, Seed: 9, Size: 256x256';
		form.append('files', new File([text], 'a fox 狐.txt', { type: 'text/plain' }));
		return (await fetch(action, { method: 'POST', body: form })).url;
	}, manifest.share_target.action);
	await page.goto(opened);
	await expect(studio.prompt).toHaveValue('a fox');
	await expect(page.getByLabel('Seed', { exact: true })).toHaveValue('9');
	expect(new URL(page.url()).search).toBe('');
	await page.goto('./?open=models');
	await expect(page.getByRole('dialog', { name: 'Models' })).toBeVisible();
});
