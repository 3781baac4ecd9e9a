import { createHash } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { adapterArchitecture } from '../../../../src/adapters/architecture.ts';
import type { AdapterRecord } from '../../../../src/install/adapters/adapter-record.ts';
import { installAdapter } from '../../../../src/install/adapters/install-adapter.ts';
import { SourceChangedError } from '../../../../src/install/errors.ts';
import { startHasher } from '../../../../src/install/hash/stream-hasher.ts';
import type { StreamSource } from '../../../../src/install/stream-source.ts';
import { ADAPTER_GOLDENS, TINY_TRANSFORMER } from '../../../fixtures/golden-adapters.ts';
import { goldenBytes } from '../../../fixtures/golden-files.ts';
import { bytesStream } from '../../../fixtures/golden-model.ts';
import { MemoryAdapterTable } from '../../../fixtures/memory-adapter-table.ts';
import { MemoryShardStore } from '../../../fixtures/memory-shard-store.ts';

const TINY = adapterArchitecture('z-image', TINY_TRANSFORMER);
let store: MemoryShardStore;
let table: MemoryAdapterTable;

beforeEach(() => {
	store = new MemoryShardStore();
	table = new MemoryAdapterTable();
});

function install(source: StreamSource): Promise<AdapterRecord> {
	return installAdapter(source, { store, table, architectures: [TINY], startHasher });
}

function golden(name: string): Uint8Array<ArrayBuffer> {
	return goldenBytes(ADAPTER_GOLDENS.adapters[name].file);
}

function dataStart(file: Uint8Array): number {
	return 8 + new DataView(file.buffer).getUint32(0, true);
}

/** What is left of installs that failed: nothing. */
function expectNothingStored(): void {
	expect(table.size).toBe(0);
	expect(store.objectCount).toBe(0);
}

test('is stored as it is, under the SHA-256 of its tensors, with what its header says', async () => {
	const file = golden('comfy-fused');
	const record = await install(bytesStream('loras/people/tiny.safetensors', file, 1001));
	const tensors = file.subarray(dataStart(file));
	expect(record).toMatchObject({
		hash: createHash('sha256').update(tensors).digest('hex'),
		name: 'tiny',
		title: 'tiny',
		triggerWords: ['tinyword'],
		baseModel: 'Z-Image-Turbo/lora',
		byteLength: file.byteLength,
		hasThumbnail: false,
		notes: [],
	});
	expect(record.reports[TINY.key]).toMatchObject({
		unused: { count: 2 },
		textEncoder: 2,
		kinds: ['lora'],
		ranks: { least: 2, most: 6 },
	});
	expect(store.bytesOf('adapters', record.object)).toEqual(file);
	expect(await table.record(record.hash)).toEqual(record);
});

test('the same tensors are the same adapter, whatever its file is called', async () => {
	const first = await install(bytesStream('a.safetensors', golden('kohya')));
	const again = await install(bytesStream('b.safetensors', golden('kohya')));
	expect(again).toEqual(first);
	expect(store.objectCount).toBe(1);
});

test('a value that is no number is found wherever it is, and nothing is left', async () => {
	const file = golden('kohya');
	const view = new DataView(file.buffer);
	view.setFloat32(file.byteLength - 4, Infinity, true);
	await expect(install(bytesStream('x', file, 77))).rejects.toMatchObject({
		code: 'adapter',
		data: { problem: 'not-a-number' },
	});
	expectNothingStored();
});

test('an alpha that is no number is found too', async () => {
	const file = golden('kohya');
	const start = dataStart(file);
	const header = JSON.parse(new TextDecoder().decode(file.subarray(8, start))) as Record<
		string,
		{ data_offsets: [number, number] }
	>;
	const [key] = Object.keys(header).filter((name) => name.endsWith('.alpha'));
	new DataView(file.buffer).setFloat32(start + header[key].data_offsets[0], NaN, true);
	await expect(install(bytesStream('x', file))).rejects.toMatchObject({
		data: { problem: 'not-a-number', tensor: key },
	});
	expectNothingStored();
});

test('a file that ends early while it is read is a file that changed', async () => {
	const file = golden('kohya');
	const short = bytesStream('x', file.slice(0, -100), 1000);
	await expect(install({ ...short, byteLength: file.byteLength })).rejects.toBeInstanceOf(
		SourceChangedError,
	);
	expectNothingStored();
});

test('a full disk says so, and leaves nothing', async () => {
	store.diskBytes = 50_000;
	await expect(install(bytesStream('x', golden('kohya'), 10_000))).rejects.toMatchObject({
		code: 'storage-full',
	});
	expectNothingStored();
	store.diskBytes = Infinity;
	store.quotaBytes = 1000;
	await expect(install(bytesStream('x', golden('kohya')))).rejects.toMatchObject({
		code: 'storage-full',
	});
	expectNothingStored();
});

test('what a crash left is removed by the next install, and what is installed is not', async () => {
	const kept = await install(bytesStream('a', golden('kohya')));
	await table.begin(kept.object);
	await table.begin('left.safetensors');
	await store.openWriter('adapters', { name: 'left.safetensors', byteLength: 10 });
	await install(bytesStream('b', golden('lokr')));
	expect(store.objectCount).toBe(2);
	expect(store.bytesOf('adapters', kept.object)).toBeDefined();
	expect(await table.begun()).toEqual([]);
});

test('an aborted install leaves nothing', async () => {
	const stop = new AbortController();
	const stopped = installAdapter(bytesStream('x', golden('kohya'), 10_000), {
		...{ store, table, architectures: [TINY], startHasher, signal: stop.signal },
		onBytes: () => stop.abort(),
	});
	await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
	expectNothingStored();
});

test('a file of more than 4 GiB is refused before it is read', async () => {
	const huge = { ...bytesStream('x', new Uint8Array(8)), byteLength: 2 ** 32 + 1 };
	await expect(install(huge)).rejects.toMatchObject({
		data: { problem: 'too-large', what: 'file' },
	});
});

test('what is no safetensors file is named', async () => {
	const archive = new TextEncoder().encode('PK\u0003\u0004 an archive of PyTorch');
	await expect(install(bytesStream('x.pt', archive))).rejects.toMatchObject({
		code: 'checkpoint',
		data: { problem: 'foreign', kind: 'zip' },
	});
});
