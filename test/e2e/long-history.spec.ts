import { type Page, expect } from '@playwright/test';
import { calibratedTask } from './calibrated-task.ts';
import { test } from './studio.ts';

const FEW = 2000;
const MANY = 10_000;
/** CSS pixels that the page scrolls between two frames: some four rows of pictures. */
const PIXELS_A_FRAME = 480;
/** In the window of these tests some twenty rows are shown. */
const MOST_TILES = 150;
/** Milliseconds of the main thread, where the calibrated task takes 50. */
const MOST_WORK_OF_FRAME = 12;
const CALIBRATED_MILLISECONDS = 50;
/** Of the processor: how much more a frame may cost where there are five times as many pictures. */
const MOST_COST_RATIO = 1.5;

/** What a page did while it scrolled from the first picture to the last. */
interface Scrolling {
	readonly frames: number;
	/** Pictures in the document, at the most. */
	readonly mostTiles: number;
	readonly tilesAdded: number;
	/** Entries read from the history's database. */
	readonly entriesRead: number;
	/** Addresses of thumbnails that were not given back. */
	readonly openAddresses: number;
	readonly layouts: number;
	readonly styleRecalculations: number;
	/** Seconds of processor time that the main thread took. */
	readonly processorSeconds: number;
}

test('a history of 10,000 pictures scrolls like one of 2,000, and its words are found', async ({
	browser,
	page,
	studio,
}) => {
	await watch(page);
	await studio.open();
	await addPictures(page, 1, FEW);
	const few = await scrollThrough(page, FEW);
	await addPictures(page, FEW + 1, MANY);
	const many = await scrollThrough(page, MANY);
	await expect(page.getByRole('button', { name: 'Open “picture 1”' })).toBeVisible();

	for (const [pictures, scrolling] of [[FEW, few] as const, [MANY, many] as const]) {
		const { frames, layouts, styleRecalculations, tilesAdded, entriesRead } = scrolling;
		note(pictures, scrolling);
		expect(scrolling.mostTiles).toBeLessThan(MOST_TILES);
		expect(scrolling.openAddresses).toBeLessThan(MOST_TILES);
		// Each picture is read once, and comes into the document once, give or take a row.
		expect(entriesRead).toBe(pictures);
		expect(tilesAdded / pictures).toBeLessThan(1.1);
		expect(layouts / frames).toBeLessThan(4);
		expect(styleRecalculations / frames).toBeLessThan(4);
	}
	expect(workOfFrame(many) / workOfFrame(few)).toBeLessThan(MOST_COST_RATIO);
	const speed = (await calibratedTask(browser, page)) / CALIBRATED_MILLISECONDS;
	expect(workOfFrame(many) / speed).toBeLessThan(MOST_WORK_OF_FRAME);

	await page.getByRole('searchbox').fill('"picture 4711"');
	await expect(page.getByRole('list', { name: 'History' }).getByRole('listitem')).toHaveCount(1);
	await expect(page.getByRole('button', { name: 'Open “picture 4711”' })).toBeVisible();
});

function workOfFrame({ processorSeconds, frames }: Scrolling): number {
	return (1000 * processorSeconds) / frames;
}

function note(pictures: number, scrolling: Scrolling): void {
	const { frames, layouts, styleRecalculations, tilesAdded, mostTiles } = scrolling;
	const description =
		`${pictures} pictures, ${frames} frames: ${workOfFrame(scrolling).toFixed(1)} ms of work, ` +
		`${(layouts / frames).toFixed(1)} layouts, ${(styleRecalculations / frames).toFixed(1)} styles ` +
		`and ${(tilesAdded / frames).toFixed(1)} new pictures a frame, at most ${mostTiles} at once`;
	console.log(description);
	test.info().annotations.push({ type: 'scrolling', description });
}

/** Counted by the page itself, from its start. */
interface Watched {
	entriesRead: number;
	openAddresses: number;
}

async function watch(page: Page): Promise<void> {
	await page.addInitScript(() => {
		const watched: Watched = { entriesRead: 0, openAddresses: 0 };
		Object.assign(globalThis, { watched });
		type Get = (this: IDBObjectStore, query: IDBValidKey | IDBKeyRange) => IDBRequest;
		const get = Reflect.get(IDBObjectStore.prototype, 'get') as Get;
		IDBObjectStore.prototype.get = function (query) {
			if (this.name === 'entries') watched.entriesRead += 1;
			return get.call(this, query);
		};
		const create = URL.createObjectURL.bind(URL);
		URL.createObjectURL = (object) => {
			watched.openAddresses += 1;
			return create(object);
		};
		const revoke = URL.revokeObjectURL.bind(URL);
		URL.revokeObjectURL = (address) => {
			watched.openAddresses -= 1;
			revoke(address);
		};
	});
}

/** Writes entries as the app does, with thumbnails that differ. */
async function addPictures(page: Page, first: number, last: number): Promise<void> {
	await page.evaluate(
		async ([from, to]) => {
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
			for (let i = from; i <= to; i++) {
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
		},
		[first, last] as const,
	);
}

/** Loads the page anew and scrolls through all its pictures, as a wheel would. */
async function scrollThrough(page: Page, pictures: number): Promise<Scrolling> {
	await page.reload();
	await expect(page.getByRole('button', { name: /^Generate/ })).toBeEnabled();
	await expect(page.getByText(`${pictures.toLocaleString('en')} pictures`)).toBeVisible();
	const grid = page.getByRole('list', { name: 'History' });
	await expect(grid.getByRole('img', { includeHidden: true }).first()).toBeVisible();

	const session = await page.context().newCDPSession(page);
	await session.send('Performance.enable', { timeDomain: 'threadTicks' });
	const measure = async (): Promise<ReadonlyMap<string, number>> => {
		const { metrics } = await session.send('Performance.getMetrics');
		return new Map(metrics.map(({ name, value }) => [name, value]));
	};
	const before = await measure();
	const counts = await grid.evaluate(scroll, PIXELS_A_FRAME);
	const after = await measure();
	await session.detach();
	const grown = (name: string): number => (after.get(name) ?? NaN) - (before.get(name) ?? NaN);
	const watched = await page.evaluate(
		() => (globalThis as unknown as { watched: Watched }).watched,
	);
	return {
		...counts,
		...watched,
		layouts: grown('LayoutCount'),
		styleRecalculations: grown('RecalcStyleCount'),
		processorSeconds: grown('TaskDuration'),
	};
}

/** Runs in the page. */
async function scroll(
	grid: Element,
	pixelsPerFrame: number,
): Promise<Pick<Scrolling, 'frames' | 'mostTiles' | 'tilesAdded'>> {
	const frame = () => new Promise(requestAnimationFrame);
	let tilesAdded = grid.childElementCount;
	let mostTiles = tilesAdded;
	const observer = new MutationObserver((changes) => {
		for (const { addedNodes } of changes) {
			tilesAdded += [...addedNodes].filter((node) => node instanceof HTMLLIElement).length;
		}
		mostTiles = Math.max(mostTiles, grid.childElementCount);
	});
	observer.observe(grid, { childList: true });
	let scroller = grid.parentElement;
	while (scroller !== null && getComputedStyle(scroller).overflowY !== 'auto') {
		scroller = scroller.parentElement;
	}
	if (scroller === null) throw new Error('the history does not scroll');
	const end = scroller.scrollHeight - scroller.clientHeight;
	let frames = 0;
	for (let top = 0; top < end; frames++) {
		top = Math.min(end, top + pixelsPerFrame);
		scroller.scrollTop = top;
		await frame();
	}
	// What the last frame asked for may come after it.
	await new Promise((resolve) => requestIdleCallback(resolve));
	observer.disconnect();
	return { frames, mostTiles, tilesAdded };
}
