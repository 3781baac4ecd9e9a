import { afterEach, expect, test, vi } from 'vitest';
import { StorageFullError } from '../../../src/store/errors.ts';
import { OpfsShardStore } from '../../../src/store/opfs-shard-store.ts';

const MODEL = 'model';
const OBJECT = { name: 'transformer/layers.0.bin', byteLength: 8_000_000 };

/** A file on a disk that fills up, as Chromium 156 shows one: the last write that fits is short, the next one fails. */
class FullingFile {
	freeBytes = Infinity;
	flushFails = false;
	/** A private window tells of no failure by an error. */
	isPrivate = false;
	opened = 0;
	writtenBytes = 0;

	createSyncAccessHandle = async () => {
		if (this.opened > 0) throw new DOMException('', 'NoModificationAllowedError');
		this.opened++;
		let open = true;
		let size = 0;
		return {
			getSize: () => size,
			truncate: (byteLength: number) => {
				if (!this.isPrivate || byteLength <= this.freeBytes) size = byteLength;
			},
			write: (bytes: Uint8Array) => {
				const written = Math.min(bytes.byteLength, this.freeBytes);
				if (written === 0 && this.isPrivate) return 2 ** 32 - 8;
				if (written === 0) throw new DOMException('No space available', 'QuotaExceededError');
				this.freeBytes -= written;
				this.writtenBytes += written;
				return written;
			},
			flush: () => {
				if (this.flushFails) throw new DOMException('No space available', 'QuotaExceededError');
			},
			close: () => {
				if (open) this.opened--;
				open = false;
			},
		};
	};

	move = async () => undefined;
}

let file: FullingFile;

function store(): OpfsShardStore {
	file = new FullingFile();
	const directory = {
		getDirectoryHandle: async () => directory,
		getFileHandle: async () => file,
		removeEntry: async () => undefined,
	};
	vi.stubGlobal('navigator', { storage: { getDirectory: async () => directory } });
	return new OpfsShardStore();
}

afterEach(() => vi.unstubAllGlobals());

test('a write that the disk took only in part is no success, and parked it goes on later', async () => {
	const shards = store();
	file.freeBytes = 7_788_544;
	const writer = await shards.openWriter(MODEL, OBJECT);
	const bytes = new Uint8Array(OBJECT.byteLength);
	await expect(writer.write(0, bytes)).rejects.toBeInstanceOf(StorageFullError);
	await writer.park();
	file.freeBytes = Infinity;
	const again = await shards.openWriter(MODEL, OBJECT, { keep: true });
	await again.write(0, bytes);
	await again.commit();
});

test('a short write on a disk that gets room again is completed', async () => {
	const shards = store();
	const writer = await shards.openWriter(MODEL, OBJECT);
	file.freeBytes = 5_000_000;
	const bytes = new Uint8Array(OBJECT.byteLength);
	const { byteLength } = bytes;
	bytes.subarray = (from = 0) => {
		// Between the two writes somebody else deletes a file.
		if (from > 0) file.freeBytes = Infinity;
		return new Uint8Array(byteLength - from);
	};
	await writer.write(0, bytes);
	expect(file.writtenBytes).toBe(byteLength);
});

test('a private window, which tells of no failure, is not believed', async () => {
	const shards = store();
	file.isPrivate = true;
	file.freeBytes = 10_000_000;
	const writer = await shards.openWriter(MODEL, OBJECT);
	file.freeBytes = 3_000_000;
	const bytes = new Uint8Array(OBJECT.byteLength);
	await expect(writer.write(0, bytes)).rejects.toBeInstanceOf(StorageFullError);
	await writer.abort();
	await expect(shards.openWriter(MODEL, OBJECT)).rejects.toBeInstanceOf(StorageFullError);
	expect(file.opened).toBe(0);
});

test('a flush that fails for want of room leaves no file open', async () => {
	const shards = store();
	const writer = await shards.openWriter(MODEL, OBJECT);
	file.flushFails = true;
	await expect(writer.commit()).rejects.toBeInstanceOf(StorageFullError);
	expect(file.opened).toBe(0);
});
