import { openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
	HistoryFullError,
	HistoryUnavailableError,
	PictureLostError,
} from '../../../src/history/errors.ts';
import { HistoryChannel } from '../../../src/history/history-channel.ts';
import {
	type KeptPicture,
	type NewPicture,
	PictureHistory,
	UNDO_MILLISECONDS,
} from '../../../src/history/picture-history.ts';
import { type RecipeFile, readRecipeFile } from '../../../src/share/files/read-recipe-file.ts';
import { zipEntries } from './zip-entries.ts';

function seedIn(file: RecipeFile): number | undefined {
	return file.type === 'recipe' ? file.recipe.seed : undefined;
}

/** Storage of its own with a limit of its own; TypeScript does not know it yet. */
interface StorageBuckets {
	open(name: string, options: { quota: number }): Promise<{ readonly indexedDB: IDBFactory }>;
	delete(name: string): Promise<void>;
}

const model = { id: 'demo', revision: '1' };
const report = {
	...{
		promptTokens: 12,
		totalMilliseconds: 1500,
		peakGpuBytes: 3,
		peakWeightBytes: 2,
		bytesRead: 1,
	},
	stageMilliseconds: { tokenise: 1, encode: 2, sample: 3, decode: 4 },
};

async function drawing(width = 64, height = 32): Promise<Blob> {
	const canvas = new OffscreenCanvas(width, height);
	const context = canvas.getContext('2d');
	if (context === null) throw new Error('no canvas');
	context.fillStyle = 'red';
	context.fillRect(0, 0, width / 2, height);
	return canvas.convertToBlob({ type: 'image/png' });
}

async function picture(seed: number, width = 64, height = 32): Promise<NewPicture> {
	const recipe = { prompt: `一只猫 ${seed}`, seed, width, height, steps: 8 };
	return { recipe, model, report, png: await drawing(width, height) };
}

const bytesOf = async (blob: Blob): Promise<Uint8Array<ArrayBuffer>> =>
	new Uint8Array(await blob.arrayBuffer());

describe('PictureHistory', () => {
	let name: string;
	let time: number;
	let history: PictureHistory;

	const open = (): PictureHistory =>
		new PictureHistory({ appVersion: '0.1.0', name, now: () => time });

	beforeEach(() => {
		name = `test-history-${crypto.randomUUID()}`;
		time = 1_000_000;
		history = open();
	});
	afterEach(async () => {
		await history.close();
		indexedDB.deleteDatabase(name);
	});

	it('lists the newest first, and opens what it lists', async () => {
		for (const seed of [1, 2, 3]) await history.add(await picture(seed));
		await history.close();
		const ids = await history.ids();
		expect(ids).toHaveLength(3);
		const page = await history.entries(ids.slice(0, 2));
		expect([...page.values()].map(({ recipe }) => recipe.seed)).toEqual([3, 2]);
		const [newest = 0] = ids;
		const expected = { createdAt: time, model, report, recipe: { steps: 8, prompt: '一只猫 3' } };
		expect(page.get(newest)).toMatchObject(expected);
		const png = await history.png(newest);
		expect(png.type).toBe('image/png');
		expect(await readRecipeFile(png)).toMatchObject({
			recipe: {
				...{ prompt: '一只猫 3', seed: 3, steps: 8, size: { width: 64, height: 32 }, model },
				...{ sampler: 'euler', guidanceScale: 1 },
				warnings: [],
			},
		});
	});

	it('makes thumbnails of at most 256 pixels, and none larger than the picture', async () => {
		const large = await history.add(await picture(1, 1024, 512));
		const small = await history.add(await picture(2, 64, 32));
		for (const [{ entry }, width, height] of [
			[large, 256, 128],
			[small, 64, 32],
		] as const) {
			const image = await createImageBitmap(entry.thumbnail);
			expect([image.width, image.height]).toEqual([width, height]);
		}
	});

	it('deletes, and undoes that', async () => {
		const first = await history.add(await picture(1));
		const second = await history.add(await picture(2));
		await history.delete([second.entry.id]);
		expect(await history.ids()).toEqual([first.entry.id]);
		await history.undoDelete([second.entry.id]);
		expect(await history.ids()).toEqual([second.entry.id, first.entry.id]);
		expect((await history.png(second.entry.id)).size).toBe(second.png.size);
	});

	it('forgets a deleted picture after 30 s, or at the next start', async () => {
		const kept = await history.add(await picture(1));
		const { entry } = await history.add(await picture(2));
		await history.delete([entry.id]);
		time += UNDO_MILLISECONDS - 1;
		await history.purge();
		await history.undoDelete([entry.id]);
		await history.delete([entry.id]);
		time += UNDO_MILLISECONDS;
		await history.close();
		history = open();
		await expect(history.undoDelete([entry.id])).rejects.toThrow(PictureLostError);
		await expect(history.png(entry.id)).rejects.toThrow(PictureLostError);
		expect(await history.ids()).toEqual([kept.entry.id]);
	});

	it('forgets by itself while the page stays open', async () => {
		const { entry } = await history.add(await picture(1));
		vi.useFakeTimers({ toFake: ['setTimeout'] });
		try {
			await history.delete([entry.id]);
			time += UNDO_MILLISECONDS + 1;
			vi.advanceTimersByTime(UNDO_MILLISECONDS + 1);
		} finally {
			vi.useRealTimers();
		}
		// Later transactions wait for the one that forgets.
		await expect(history.png(entry.id)).rejects.toThrow(PictureLostError);
	});

	it('knows the bytes of what is not deleted', async () => {
		expect((await history.sizes()).size).toBe(0);
		const [first, second] = [
			await history.add(await picture(1)),
			await history.add(await picture(2)),
		];
		const bytes = ({ png, entry }: KeptPicture): number => png.size + entry.thumbnail.size;
		const sizes = await history.sizes();
		expect(sizes.get(first.entry.id)).toBe(bytes(first));
		expect(sizes.get(second.entry.id)).toBe(bytes(second));
		await history.delete([second.entry.id]);
		expect([...(await history.sizes()).keys()]).toEqual([first.entry.id]);
	});

	it('deletes many at once, and brings them back, the rest of them if one is lost', async () => {
		const kept = [await picture(1), await picture(2), await picture(3)];
		for (const one of kept) await history.add(one);
		const ids = await history.ids();
		await history.delete(ids);
		expect(await history.ids()).toEqual([]);
		await history.undoDelete(ids);
		expect(await history.ids()).toEqual(ids);
		await history.delete(ids);
		await expect(history.undoDelete([...ids, 99])).rejects.toThrow(PictureLostError);
		expect(await history.ids()).toEqual(ids);
	});

	it('keeps a file from elsewhere as it is, and says that nobody measured it', async () => {
		const file = await drawing();
		const { recipe } = await picture(5);
		const { id } = await history.bring({ recipe, model: { id: 'other' }, createdAt: 77, file });
		const entry = (await history.entries([id])).get(id);
		expect(entry).toMatchObject({ recipe, model: { id: 'other' }, createdAt: 77 });
		expect(entry?.report).toBeUndefined();
		expect(await bytesOf(await history.png(id))).toEqual(await bytesOf(file));
	});

	it('tells other tabs of every change, and whom marks are no longer for', async () => {
		const channel = new HistoryChannel(name);
		const other = new HistoryChannel(name);
		const heard = vi.fn();
		other.listen(heard);
		const purged: (readonly number[])[] = [];
		const onPurge = (ids: readonly number[]): void => void purged.push(ids);
		const tab = new PictureHistory({
			appVersion: '0.1.0',
			name,
			now: () => time,
			channel,
			onPurge,
		});
		const { entry } = await tab.add(await picture(1));
		await tab.delete([entry.id]);
		await tab.undoDelete([entry.id]);
		await expect.poll(() => heard.mock.calls.length).toBe(3);
		await tab.delete([entry.id]);
		time += UNDO_MILLISECONDS;
		await tab.purge();
		expect(purged).toEqual([[entry.id]]);
		await tab.close();
		channel.close();
		other.close();
	});

	it('lives with damaged records', async () => {
		const good = await history.add(await picture(1));
		const raw = await openDB(name);
		await raw.put('entries', { id: 50, recipe: 'nonsense', bytes: 'many' });
		await raw.put('entries', { ...good.entry, id: 51, thumbnail: 'not a blob' });
		await raw.put('entries', { ...good.entry, id: 52 });
		await raw.put('entries', { ...good.entry, id: 'text', bytes: 1 });
		await raw.put('pictures', 'not a blob', 52);
		await raw.put('pictures', good.png, 53);
		raw.close();

		const ids = await history.ids();
		expect(ids).toEqual([52, 51, 50, good.entry.id]);
		expect([...(await history.entries(ids)).keys()]).toEqual([52, good.entry.id]);
		await expect(history.png(52)).rejects.toThrow(PictureLostError);
		expect((await history.sizes()).get(good.entry.id)).toBeGreaterThan(0);
		const zip = await new Response(await history.exportZip(await history.ids())).arrayBuffer();
		expect(zipEntries(zip).size).toBe(1);
		await history.delete([50, 51, 52]);
		expect(await history.ids()).toEqual([good.entry.id]);
		await history.add(await picture(2));
	});

	it('exports all as a zip, each with its recipe', async () => {
		for (const seed of [7, 8, 9]) await history.add(await picture(seed));
		const deleted = await history.add(await picture(10));
		await history.delete([deleted.entry.id]);
		const progress: number[] = [];
		const stream = await history.exportZip(await history.ids(), (done) => progress.push(done));
		const files = zipEntries(await new Response(stream).arrayBuffer());
		expect(progress.at(-1)).toBe(3);
		expect([...files.keys()]).toEqual([
			...['shardlight-00003-一只猫-9-9.png', 'shardlight-00002-一只猫-8-8.png'],
			'shardlight-00001-一只猫-7-7.png',
		]);
		const seeds = await Promise.all(
			[...files.values()].map(async (png) => seedIn(await readRecipeFile(new Blob([png])))),
		);
		expect(seeds).toEqual([9, 8, 7]);
	});

	it('keeps earlier pictures when the disk is full', async () => {
		const { storageBuckets } = navigator as unknown as { storageBuckets: StorageBuckets };
		const bucket = await storageBuckets.open('full', { quota: 3_000_000 });
		vi.stubGlobal('indexedDB', bucket.indexedDB);
		try {
			const first = await history.add(await picture(1));
			const large = await picture(2);
			// A part that no PNG reader looks at makes the file large.
			const noise = crypto.getRandomValues(new Uint8Array(65_536));
			const start = (await bytesOf(large.png)).slice(0, -12);
			const png = new Blob([start, chunk('noIs', noise, 60), END]);
			await expect(history.add({ ...large, png })).rejects.toThrow(HistoryFullError);
			expect(await history.ids()).toEqual([first.entry.id]);
			expect((await bytesOf(await history.png(first.entry.id))).byteLength).toBe(first.png.size);
			await history.add(await picture(3));
			expect(await history.ids()).toHaveLength(2);
			await history.close();
		} finally {
			vi.unstubAllGlobals();
			await storageBuckets.delete('full');
		}
	});

	it('says so where a newer version keeps pictures elsewhere', async () => {
		(await openDB(name, 99)).close();
		await expect(history.ids()).rejects.toThrow(HistoryUnavailableError);
	});

	it('makes way for a newer version in another tab, and goes on with what it knows of it', async () => {
		const { entry } = await history.add(await picture(1));
		const newer = await openDB(name, 2, {
			upgrade: (database) => void database.createObjectStore('of the future'),
		});
		newer.close();
		expect(await history.ids()).toEqual([entry.id]);
		await history.add(await picture(2));
		expect(await history.ids()).toHaveLength(2);
	});

	it('reads of 2,000 pictures only what is asked for', async () => {
		const { entry, png } = await history.add(await picture(1));
		const raw = await openDB(name);
		const transaction = raw.transaction(['entries', 'pictures'], 'readwrite');
		for (let id = 2; id <= 2000; id++) {
			void transaction.objectStore('entries').put({ ...entry, id, bytes: 1000 });
			void transaction.objectStore('pictures').put(png, id);
		}
		await transaction.done;
		raw.close();

		const [ids, forList] = await countRequests(() => history.ids());
		expect(ids).toHaveLength(2000);
		expect(forList).toEqual({ getAllKeys: 2 });
		const [page, forPage] = await countRequests(() => history.entries(ids.slice(1000, 1060)));
		expect(page.size).toBe(60);
		expect(forPage).toEqual({ get: 60 });
		const [sizes, forBytes] = await countRequests(() => history.sizes());
		expect(sizes.size).toBe(2000);
		expect(forBytes).toEqual({ getAllKeys: 2, openKeyCursor: 1 });
	});
});

const READS = [
	...(['get', 'getKey', 'getAll', 'getAllKeys'] as const),
	...(['openCursor', 'openKeyCursor', 'count'] as const),
];

/** What a task asks of IndexedDB: how often it calls each method that reads. */
async function countRequests<T>(
	task: () => Promise<T>,
): Promise<readonly [T, Partial<Record<(typeof READS)[number], number>>]> {
	const spies = [IDBObjectStore.prototype, IDBIndex.prototype].flatMap((prototype) =>
		READS.map((method) => vi.spyOn(prototype, method)),
	);
	try {
		const result = await task();
		const counts: Partial<Record<(typeof READS)[number], number>> = {};
		for (const [index, { mock }] of spies.entries()) {
			const method = READS[index % READS.length];
			if (mock.calls.length > 0) counts[method] = (counts[method] ?? 0) + mock.calls.length;
		}
		return [result, counts];
	} finally {
		for (const spy of spies) spy.mockRestore();
	}
}

const END = Uint8Array.of(0, 0, 0, 0, 73, 69, 78, 68, 0xae, 0x42, 0x60, 0x82);

/** A PNG chunk that decoders skip, its checksum left at zero. */
function chunk(type: string, data: Uint8Array, times: number): Blob {
	const frame = new DataView(new ArrayBuffer(8));
	frame.setUint32(0, data.byteLength * times);
	for (let i = 0; i < 4; i++) frame.setUint8(4 + i, type.charCodeAt(i));
	const body = Array.from({ length: times }, () => Uint8Array.from(data));
	return new Blob([frame.buffer, ...body, new Uint8Array(4)]);
}
