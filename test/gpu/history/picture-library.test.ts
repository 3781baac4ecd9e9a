import { openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HistoryChannel } from '../../../src/history/history-channel.ts';
import type { HistoryEntry } from '../../../src/history/history-entry.ts';
import { PictureLibrary, type ReadEntries } from '../../../src/history/picture-library.ts';

function entry(id: number): HistoryEntry {
	const recipe = { prompt: `picture ${id}`, seed: id, width: 64, height: 64, steps: 8 };
	const thumbnail = new Blob();
	return { id, createdAt: id, recipe, model: { id: 'demo' }, thumbnail, warnings: [] };
}

describe('PictureLibrary', () => {
	let name: string;
	let channel: HistoryChannel;
	let library: PictureLibrary;
	const entries = vi.fn<ReadEntries>(async (ids) => new Map(ids.map((id) => [id, entry(id)])));

	beforeEach(() => {
		name = `test-library-${crypto.randomUUID()}`;
		channel = new HistoryChannel(name);
		library = new PictureLibrary({ entries, channel, name });
		entries.mockClear();
	});
	afterEach(async () => {
		await library.close();
		channel.close();
		indexedDB.deleteDatabase(name);
	});

	it('keeps stars and boards apart from each other', async () => {
		await library.star([1, 2], true);
		const board = await library.addBoard('Lighthouses');
		await library.file([2, 3], board.id);
		await library.star([2], false);
		await library.close();
		expect([...(await library.marks()).values()]).toEqual([
			{ id: 1, starred: true },
			{ id: 2, starred: false, board: board.id },
			{ id: 3, starred: false, board: board.id },
		]);
		await library.file([3], undefined);
		expect((await library.marks()).get(3)).toEqual({ id: 3, starred: false });
	});

	it('renames and deletes boards; their pictures stay', async () => {
		const first = await library.addBoard('Dogs');
		const second = await library.addBoard('Cats');
		await library.file([1], first.id);
		await library.file([2], second.id);
		await library.renameBoard({ ...second, name: 'Big cats' });
		await library.removeBoard(first.id);
		expect(await library.boards()).toEqual([{ id: second.id, name: 'Big cats' }]);
		const marks = await library.marks();
		expect([marks.get(1)?.board, marks.get(2)?.board]).toEqual([undefined, second.id]);
	});

	it('reads entries for its summaries once, in portions', async () => {
		const ids = Array.from({ length: 600 }, (_, index) => index + 1);
		const summaries = await library.summaries(ids);
		expect(summaries.get(600)).toMatchObject({ size: '64x64', model: 'demo' });
		expect(entries.mock.calls.map(([asked]) => asked.length)).toEqual([250, 250, 100]);
		await library.close();
		expect((await library.summaries([...ids, 601])).size).toBe(601);
		expect(entries.mock.calls.slice(3)).toEqual([[[601]]]);
	});

	it('says nothing of pictures that are gone, and makes damaged summaries anew', async () => {
		await library.summaries([1, 2, 3]);
		const raw = await openDB(name);
		await raw.put('summaries', { id: 2, text: 5 });
		raw.close();
		expect([...(await library.summaries([1, 2])).keys()].sort()).toEqual([1, 2]);
		await library.forget([1]);
		entries.mockClear();
		await library.summaries([1, 2]);
		expect(entries.mock.calls).toEqual([[[1]]]);
	});

	it('forgets the marks of pictures that are gone', async () => {
		await library.star([1, 2], true);
		await library.forget([1]);
		expect([...(await library.marks()).keys()]).toEqual([2]);
	});

	it('tells other tabs', async () => {
		const other = new HistoryChannel(name);
		const heard = vi.fn();
		other.listen(heard);
		await library.star([1], true);
		await expect.poll(() => heard.mock.calls.length).toBe(1);
		other.close();
	});

	it('goes on with a newer database', async () => {
		(await openDB(name, 1)).close();
		const newer = await openDB(name, 5, {
			upgrade(database) {
				for (const store of ['summaries', 'marks']) {
					database.createObjectStore(store, { keyPath: 'id' });
				}
				database.createObjectStore('boards', { keyPath: 'id', autoIncrement: true });
			},
		});
		newer.close();
		await library.star([1], true);
		expect((await library.marks()).size).toBe(1);
	});
});
