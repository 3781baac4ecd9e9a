import { type Page, expect } from '@playwright/test';
import { mainThreadTasks } from './main-thread-tasks.ts';
import { test } from './studio.ts';

const PICTURES = 2000;
/** Milliseconds of work for a frame: 60 a second leave 16.7. */
const MAX_WORK = 16;
/** What the browser itself calls a long task. */
const LONG_TASK = 50;

test('a history of 2,000 pictures scrolls smoothly', async ({ browser, page, studio }) => {
	await studio.open();
	await fillHistory(page);
	await page.reload();
	await expect(studio.generate).toBeEnabled();
	await expect(page.getByText('2,000 pictures')).toBeVisible();

	const grid = page.getByRole('list', { name: 'History' });
	await expect(grid.getByRole('img', { includeHidden: true }).first()).toBeVisible();
	const frames: number[] = [];
	const tasks = await mainThreadTasks(browser, page, async () => {
		frames.push(...(await scrollThrough(page)));
	});
	await expect(page.getByRole('button', { name: 'Open “picture 1”' })).toBeVisible();

	const longest = Math.max(...tasks.map(({ cpu }) => cpu));
	const work = tasks.reduce((sum, { cpu }) => sum + cpu, 0) / frames.length;
	frames.sort((a, b) => a - b);
	const median = frames[Math.floor(frames.length / 2)];
	const text =
		`${frames.length} frames, median ${median.toFixed(1)} ms, worst ${frames.at(-1)?.toFixed(1)} ms; ` +
		`main thread: ${work.toFixed(1)} ms a frame, longest task ${longest.toFixed(1)} ms`;
	console.log(text);
	test.info().annotations.push({ type: 'scrolling', description: text });
	// Of the processor, not of the clock: a software GPU takes it away from the page.
	expect(work).toBeLessThan(MAX_WORK);
	expect(longest).toBeLessThan(LONG_TASK);
	expect(await grid.getByRole('listitem').count()).toBeLessThan(150);
});

/** Writes entries as the app does, with thumbnails that differ. */
async function fillHistory(page: Page): Promise<void> {
	await page.evaluate(async (count) => {
		const canvas = new OffscreenCanvas(256, 256);
		const context = canvas.getContext('2d', { willReadFrequently: true });
		if (context === null) throw new Error('no canvas');
		const thumbnails: Blob[] = [];
		for (let i = 0; i < 40; i++) {
			const light = context.createLinearGradient(0, 0, 256, 256);
			light.addColorStop(0, `hsl(${i * 9} 80% 60%)`);
			light.addColorStop(1, `hsl(${i * 9 + 90} 70% 20%)`);
			context.fillStyle = light;
			context.fillRect(0, 0, 256, 256);
			thumbnails.push(await canvas.convertToBlob({ type: 'image/webp' }));
		}
		const database = await new Promise<IDBDatabase>((resolve, reject) => {
			const opening = indexedDB.open('shardlight-history');
			opening.onsuccess = () => resolve(opening.result);
			opening.onerror = () => reject(new Error('no history'));
		});
		const transaction = database.transaction(['entries', 'pictures'], 'readwrite');
		const report = {
			...{ promptTokens: 9, totalMilliseconds: 1000, peakGpuBytes: 1e8, peakWeightBytes: 1e7 },
			bytesRead: 1e7,
			stageMilliseconds: { tokenise: 1, encode: 100, sample: 800, decode: 99 },
		};
		for (let i = 1; i <= count; i++) {
			const thumbnail = thumbnails[i % thumbnails.length];
			transaction.objectStore('entries').add({
				createdAt: 1.7e12 + i,
				recipe: { prompt: `picture ${i}`, seed: i, width: 256, height: 256, steps: 8 },
				...{ model: { id: 'demo' }, report, thumbnail, bytes: 60_000 },
			});
			transaction.objectStore('pictures').put(thumbnail, i);
		}
		await new Promise((resolve) => (transaction.oncomplete = resolve));
		database.close();
	}, PICTURES);
}

/** Scrolls to the end of the page as a wheel would. @returns milliseconds between frames */
function scrollThrough(page: Page): Promise<readonly number[]> {
	return page.evaluate(async () => {
		const frame = () => new Promise<number>(requestAnimationFrame);
		const frames: number[] = [];
		const { scrollHeight } = document.documentElement;
		const steps = 240;
		let last = await frame();
		for (let step = 1; step <= steps; step++) {
			window.scrollTo(0, (scrollHeight * step) / steps);
			const now = await frame();
			frames.push(now - last);
			last = now;
		}
		return frames;
	});
}
