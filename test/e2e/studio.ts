import { type Locator, type Page, expect, test as base } from '@playwright/test';
import { waitForAdapter } from '../../scripts/webgpu/wait-for-adapter.ts';

const READY = 'The picture is ready.';

/** The page as a person meets it: by what it says, not by how it is built. */
export class Studio {
	readonly prompt: Locator;
	readonly generate: Locator;
	readonly cancel: Locator;
	/** Names the stage while a picture is drawn, and how it ended. */
	readonly status: Locator;
	readonly alert: Locator;

	constructor(readonly page: Page) {
		this.prompt = page.getByRole('textbox', { name: 'Prompt', exact: true });
		this.generate = page.getByRole('button', { name: /^Generate/ });
		this.cancel = page.getByRole('button', { name: /^Cancel/ });
		this.status = page.getByRole('region', { name: 'Compose' }).getByRole('status').first();
		this.alert = page.getByRole('alert');
	}

	/** Opens the app and waits until it can draw: a first visit installs the demo model. */
	async open(): Promise<void> {
		await this.page.goto('./');
		await expect(this.generate).toBeEnabled();
	}

	async write(prompt: string, { steps, seed }: { steps?: number; seed?: number }): Promise<void> {
		await this.prompt.fill(prompt);
		if (steps !== undefined) await this.page.getByLabel('Steps').fill(String(steps));
		if (seed !== undefined) await this.page.getByLabel('Seed', { exact: true }).fill(String(seed));
	}

	/** Presses Generate and waits for the picture. */
	async draw(): Promise<void> {
		await this.generate.click();
		// It takes its turn in the queue, and until then what is said is of the picture before.
		await expect(this.status).not.toHaveText(READY);
		await this.finished();
	}

	async finished(): Promise<void> {
		await expect(this.status).toHaveText(READY, { timeout: 240_000 });
	}

	/** Opens what tells of memory, engine and storage. */
	async openMachine(): Promise<void> {
		await this.page.getByRole('button', { name: /^This machine/ }).click();
		await expect(this.page.getByRole('dialog', { name: 'This machine' })).toBeVisible();
	}

	picture(prompt: string): Locator {
		return this.page.getByRole('img', { name: prompt });
	}
}

/** A picture's size and its RGBA bytes. */
export interface PicturePixels {
	readonly width: number;
	readonly height: number;
	readonly rgba: readonly number[];
}

/** @param picture a canvas, which becomes an image once it is a file */
export async function pixelsOf(picture: Locator): Promise<PicturePixels> {
	return picture.evaluate(async (element) => {
		const isImage = element instanceof HTMLImageElement;
		if (!isImage && !(element instanceof HTMLCanvasElement)) throw new Error('not a picture');
		if (isImage) await element.decode();
		const { width, height } = isImage
			? { width: element.naturalWidth, height: element.naturalHeight }
			: element;
		const context = new OffscreenCanvas(width, height).getContext('2d');
		context?.drawImage(element, 0, 0);
		return {
			width,
			height,
			rgba: Array.from(context?.getImageData(0, 0, width, height).data ?? []),
		};
	});
}

/** How many colours a picture has: a blank one has one. */
export function countColours({ rgba }: Pick<PicturePixels, 'rgba'>): number {
	const colours = new Set<number>();
	for (let i = 0; i < rgba.length; i += 4) {
		const [red = 0, green = 0, blue = 0] = rgba.slice(i, i + 3);
		colours.add((red << 16) | (green << 8) | blue);
	}
	return colours.size;
}

interface Fixtures {
	readonly studio: Studio;
}

interface WorkerFixtures {
	/** Ready before the first test of a browser: its GPU process takes a moment to start. */
	readonly gpuReady: boolean;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
	gpuReady: [
		async ({ browser }, use, { project }) => {
			const page = await browser.newPage();
			await page.goto(new URL('harness.html', project.use.baseURL).href);
			const ready = await page.evaluate(waitForAdapter);
			await page.close();
			await use(ready);
		},
		{ scope: 'worker' },
	],
	studio: async ({ page, gpuReady }, use) => {
		expect(gpuReady, 'this browser has a WebGPU adapter').toBe(true);
		await use(new Studio(page));
	},
});
