import { expect } from '@playwright/test';
import { type PicturePixels, countColours, pixelsOf, test } from './studio.ts';

const PROMPT = 'a large red heart';

/** Canvases that were shown as previews, kept by the page itself: each is only there for a step. */
interface Previews {
	readonly shown: PicturePixels[];
}

test('people see the picture form: the last preview is a small version of what is drawn', async ({
	page,
	studio,
}) => {
	await page.addInitScript(() => {
		const shown: PicturePixels[] = [];
		Object.assign(globalThis, { shown });
		// Painting sets a canvas's width first, and observers hear of it once the painting is done.
		new MutationObserver((changes) => {
			for (const canvas of new Set(changes.map(({ target }) => target))) {
				if (!(canvas instanceof HTMLCanvasElement) || !canvas.ariaLabel?.startsWith('Preview'))
					continue;
				const { width, height } = canvas;
				const image = canvas.getContext('2d')?.getImageData(0, 0, width, height);
				shown.push({ width, height, rgba: Array.from(image?.data ?? []) });
			}
		}).observe(document, { subtree: true, attributeFilter: ['width'] });
	});
	await studio.open();
	await studio.write(PROMPT, { steps: 4, seed: 3 });
	await studio.draw();

	const shown = await page.evaluate(() => (globalThis as unknown as Previews).shown);
	expect(shown).toHaveLength(4);
	const picture = await pixelsOf(studio.picture(PROMPT));
	const [first, last] = [shown[0], shown[3]];
	expect([last.width, last.height]).toEqual([picture.width / 8, picture.height / 8]);
	expect(countColours(last)).toBeGreaterThan(20);
	const small = averagedDown(picture, 8);
	expect(difference(last.rgba, small)).toBeLessThan(25);
	expect(difference(first.rgba, small)).toBeGreaterThan(difference(last.rgba, small));
	await expect(page.getByRole('img', { name: 'Preview of the picture' })).toHaveCount(0);
});

/** RGBA of the picture with squares of pixels averaged. */
function averagedDown({ width, height, rgba }: PicturePixels, factor: number): readonly number[] {
	const columns = width / factor;
	const small = Array.from({ length: (columns * height * 4) / factor }, () => 0);
	for (const [i, value] of rgba.entries()) {
		const pixel = Math.floor(i / 4);
		const x = Math.floor((pixel % width) / factor);
		const y = Math.floor(pixel / width / factor);
		small[(y * columns + x) * 4 + (i % 4)] += value / factor ** 2;
	}
	return small;
}

/** Root mean square, of 255. */
function difference(a: readonly number[], b: readonly number[]): number {
	const sum = a.reduce((total, value, i) => total + (value - b[i]) ** 2, 0);
	return Math.sqrt(sum / a.length);
}
