import { expect, type Page } from '@playwright/test';
import { pixelsOf, test } from './studio.ts';

declare global {
	interface Window {
		/** Ends the page's newest engine worker, as a browser short of memory does. */
		killEngine?: () => void;
	}
}

async function keepEngines(page: Page): Promise<void> {
	await page.addInitScript(() => {
		const engines: Worker[] = [];
		window.Worker = class extends Worker {
			constructor(url: string | URL, options?: WorkerOptions) {
				super(url, options);
				if (options?.name === 'engine') engines.push(this);
			}
		};
		window.killEngine = () => engines.at(-1)?.terminate();
	});
}

interface Fault {
	readonly name: string;
	readonly strike: (page: Page) => Promise<void>;
	/** What may be said instead of a picture once it has struck twice in a browser. */
	readonly saysAgain?: RegExp;
}

const FAULTS: readonly Fault[] = [
	{
		name: 'the engine is killed',
		strike: (page) => page.evaluate(() => window.killEngine?.()),
	},
	{
		name: "the browser's GPU process crashes",
		strike: async (page) => {
			const browser = page.context().browser();
			if (browser === null) throw new Error('no browser');
			const session = await browser.newBrowserCDPSession();
			await session.send('Browser.crashGpuProcess');
			await session.detach();
		},
		// Chromium takes WebGPU from an address for two minutes after two crashes within two.
		saysAgain: /Reload the page with the browser's reload button/,
	},
];

for (const { name, strike, saysAgain } of FAULTS) {
	test(`when ${name} in the middle of a picture, it is drawn once more and nothing is lost`, async ({
		page,
		studio,
	}) => {
		await keepEngines(page);
		await studio.open();
		const prompt = 'a blue square';
		// The page moves on to another seed after each picture.
		const recipe = { steps: 1, seed: 7 };
		await studio.write(prompt, recipe);
		await studio.draw();
		const drawn = await pixelsOf(studio.picture(prompt));
		const tiles = page.getByRole('button', { name: 'Open “a blue square”' });
		await expect(tiles).toHaveCount(1);

		const fetched: string[] = [];
		page.on('request', (request) => fetched.push(request.url()));
		await test.step('a fault while it is drawn: it is drawn once more, the same', async () => {
			await studio.write(prompt, recipe);
			await studio.generate.click();
			await expect(studio.status).toHaveText('Drawing', { timeout: 120_000 });
			await strike(page);
			await expect(page.getByText('The picture is drawn once more.')).toBeVisible();
			await expect(tiles).toHaveCount(2, { timeout: 240_000 });
			await studio.finished();
			await expect(studio.alert).toHaveCount(0);
			expect(await pixelsOf(studio.picture(prompt))).toEqual(drawn);
		});

		if (saysAgain === undefined) {
			await test.step('a fault while nothing is drawn is not even seen', async () => {
				await strike(page);
				await studio.write(prompt, recipe);
				await studio.draw();
				await expect(studio.alert).toHaveCount(0);
			});
		} else {
			await test.step('another fault leads to the picture, or to what to do for it', async () => {
				await strike(page);
				await studio.write(prompt, recipe);
				await studio.generate.click();
				await expect(tiles.nth(2).or(studio.alert)).toBeVisible({ timeout: 60_000 });
				if (await studio.alert.isVisible()) {
					await expect(studio.alert).toContainText(saysAgain);
					await page.reload();
					await studio.write(prompt, recipe);
					await studio.draw();
				}
			});
		}
		await expect(tiles).toHaveCount(3);
		expect(await pixelsOf(studio.picture(prompt))).toEqual(drawn);

		expect(fetched.filter((url) => url.endsWith('.bin'))).toEqual([]);
	});
}
