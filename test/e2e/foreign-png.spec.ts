import { expect } from '@playwright/test';
import { encode } from 'fast-png';
import { test } from './studio.ts';

const PIXELS = { width: 2, height: 2, channels: 4, data: new Uint8Array(16).fill(200) } as const;

/** As AUTOMATIC1111's web UI writes it. */
const A1111 = encode({
	...PIXELS,
	text: {
		parameters:
			'a quiet harbour <lora:boats:0.8>\nNegative prompt: ugly\n' +
			'Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 11, Size: 256x256, Model: dreamer',
	},
});

/** As ComfyUI writes it. */
const COMFY = encode({
	...PIXELS,
	text: {
		prompt: JSON.stringify({
			'1': { inputs: { text: 'a mountain lake' }, class_type: 'CLIPTextEncode' },
			'2': { inputs: { width: 256, height: 256, batch_size: 1 }, class_type: 'EmptyLatentImage' },
			'3': { inputs: { text: '' }, class_type: 'CLIPTextEncode' },
			'4': {
				inputs: {
					...{ seed: 815, steps: 9, cfg: 1, sampler_name: 'euler', denoise: 1 },
					...{ positive: ['1', 0], negative: ['3', 0], latent_image: ['2', 0] },
				},
				class_type: 'KSampler',
			},
		}),
	},
});

test('pictures of other programs bring their prompt and settings: dropped or pasted', async ({
	page,
	studio,
}) => {
	const give = async (png: Uint8Array, how: 'drop' | 'paste') => {
		const transfer = await page.evaluateHandle(
			(bytes) => {
				const data = new DataTransfer();
				data.items.add(new File([new Uint8Array(bytes)], 'a.png', { type: 'image/png' }));
				return data;
			},
			[...png],
		);
		if (how === 'drop') await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
		else {
			await transfer.evaluate((clipboardData) =>
				document.body.dispatchEvent(
					new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
				),
			);
		}
	};
	const seed = page.getByLabel('Seed', { exact: true });
	const toasts = page.getByRole('region', { name: 'Notices' });
	await studio.open();

	await test.step('AUTOMATIC1111, dropped', async () => {
		await give(A1111, 'drop');
		await expect(studio.prompt).toHaveValue('a quiet harbour');
		await expect(seed).toHaveValue('11');
		await expect(page.getByLabel('Steps')).toHaveValue('20');
		await expect(toasts).toContainText('made for the model “dreamer”');
		await expect(page.getByRole('spinbutton', { name: 'Strength of boats' })).toHaveValue('0.8');
		await expect(page.getByText('Not on this device.')).toBeVisible();
	});

	await test.step('ComfyUI, pasted', async () => {
		await give(COMFY, 'paste');
		await expect(studio.prompt).toHaveValue('a mountain lake');
		await expect(seed).toHaveValue('815');
		await expect(page.getByLabel('Steps')).toHaveValue('9');
		await expect(toasts).not.toContainText('left out');
	});

	await test.step('a picture without a recipe says so and changes nothing', async () => {
		await give(encode(PIXELS), 'drop');
		await expect(studio.alert).toBeVisible();
		await expect(studio.prompt).toHaveValue('a mountain lake');
	});
	await expect(studio.status, 'nothing is drawn by itself').toHaveText('');
});
