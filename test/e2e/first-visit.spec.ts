import { readFileSync } from 'node:fs';
import { expect } from '@playwright/test';
import { decode } from 'fast-png';
import { countColours, pixelsOf, test } from './studio.ts';

const PROMPT = 'a red circle';

test('a first visit installs the demo model, draws, saves; a second one fetches nothing again', async ({
	page,
	studio,
}) => {
	let shardRequests = 0;
	page.on('request', (request) => {
		if (new URL(request.url()).pathname.includes('/models/')) shardRequests += 1;
	});

	await test.step('install', async () => {
		await studio.open();
		expect(shardRequests, 'the demo model is fetched').toBeGreaterThan(0);
	});

	await studio.write(PROMPT, { steps: 2, seed: 42 });
	await studio.draw();
	const first = await pixelsOf(studio.picture(PROMPT));

	await test.step('the picture is whole', async () => {
		const details = page.getByLabel('How this picture was made');
		await expect(details).toContainText(`${first.width} × ${first.height}`);
		await expect(details).toContainText('42');
		expect(first.width).toBeGreaterThanOrEqual(64);
		expect(countColours(first)).toBeGreaterThan(50);
	});

	await test.step('Save PNG gives a file with these very pixels', async () => {
		const downloading = page.waitForEvent('download');
		await page.getByRole('button', { name: 'Save PNG' }).click();
		const download = await downloading;
		expect(download.suggestedFilename()).toMatch(/^shardlight-\d{8}-\d{6}-a-red-circle-42\.png$/);
		const { width, height, data, channels } = decode(readFileSync(await download.path()));
		expect([width, height, channels]).toEqual([first.width, first.height, 4]);
		expect(Array.from(data)).toEqual(first.rgba);
	});

	await test.step('a second visit draws the same from the store', async () => {
		await page.reload();
		shardRequests = 0;
		await studio.open();
		await studio.write(PROMPT, { steps: 2, seed: 42 });
		await studio.draw();
		expect(await pixelsOf(studio.picture(PROMPT))).toEqual(first);
		const bytesFetched = await page.evaluate(() =>
			performance
				.getEntriesByType('resource')
				.filter((entry) => entry.name.includes('/models/'))
				.reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).transferSize, 0),
		);
		expect(bytesFetched).toBe(0);
		expect(shardRequests).toBe(0);
	});
});
