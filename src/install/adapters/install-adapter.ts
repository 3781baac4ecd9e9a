import type { Adapter } from '../../adapters/adapter.ts';
import { adapterDetails } from '../../adapters/adapter-details.ts';
import type { AdapterHeader } from '../../adapters/adapter-header.ts';
import { adapterNotes } from '../../adapters/adapter-notes.ts';
import type { AdapterArchitecture } from '../../adapters/architecture.ts';
import { AdapterError } from '../../adapters/errors.ts';
import { FactorScan } from '../../adapters/factor-scan.ts';
import { matchAdapter } from '../../adapters/match-adapter.ts';
import { moduleFactors } from '../../adapters/module-factors.ts';
import { readAdapter } from '../../adapters/read-adapter.ts';
import type { InstallStore, StoredObject } from '../../store/shard-store.ts';
import { readHeader } from '../checkpoint/read-header.ts';
import { safetensorsHeaderBytes } from '../checkpoint/safetensors.ts';
import { SourceChangedError } from '../errors.ts';
import type { StartHasher } from '../hash/stream-hasher.ts';
import { readStart, type StreamSource } from '../stream-source.ts';
import { type AdapterRecord, ADAPTERS_FOLDER, summarize } from './adapter-record.ts';
import type { AdapterTable } from './adapter-table.ts';

export interface InstallAdapterOptions {
	readonly store: InstallStore;
	readonly table: AdapterTable;
	/** Of all models that are known here, the one to name in refusals first. */
	readonly architectures: readonly AdapterArchitecture[];
	readonly startHasher: StartHasher;
	readonly signal?: AbortSignal;
	readonly onBytes?: (bytesDone: number) => void;
}

/** Beyond this nobody trains. Source: docs/spec/adapters.md 3 */
const MAX_FILE_BYTES = 2 ** 32;
const LENGTH_BYTES = 8;
const MAX_NAME = 100;

/**
 * Copies an adapter's file into the store, as it is, in one pass: hashed, and looked through for values that
 * are no numbers. An adapter that is there already stays as it is.
 *
 * @throws AdapterError, CheckpointError, SourceChangedError, StorageFullError, DownloadError, AbortError
 */
export async function installAdapter(
	source: StreamSource,
	options: InstallAdapterOptions,
): Promise<AdapterRecord> {
	const { byteLength } = source;
	const { store, table, architectures, signal } = options;
	if (byteLength > MAX_FILE_BYTES) {
		const limitBytes = MAX_FILE_BYTES;
		throw new AdapterError({ problem: 'too-large', what: 'file', bytes: byteLength, limitBytes });
	}
	const header = await readHeader(source, signal);
	const fitting = fittingArchitectures(header, architectures);
	const scan = new FactorScan(
		fitting.flatMap(({ adapter }) => adapter.modules.flatMap(moduleFactors)),
	);
	const object = { name: `${crypto.randomUUID()}.safetensors`, byteLength };
	await removeLeftovers(options);
	await store.checkRoom(ADAPTERS_FOLDER, byteLength);
	await table.begin(object.name);
	let isKept = false;
	try {
		const hash = await copy(source, object, scan, options);
		const known = await table.record(hash);
		if (known !== undefined) return known;
		const { thumbnail, ...details } = adapterDetails(header.metadata);
		const name = fileName(source.name);
		const record: AdapterRecord = {
			...details,
			...{ version: 1, hash, name, object: object.name, byteLength },
			hasThumbnail: thumbnail !== undefined,
			addedAt: Date.now(),
			reports: await reportsOf(object, header, fitting, store),
			notes: adapterNotes(header, fitting[0].adapter, name, (factor) => scan.isZero(factor)),
		};
		await table.put(record, thumbnail);
		isKept = true;
		return record;
	} finally {
		if (!isKept) await store.delete(ADAPTERS_FOLDER, object);
		await table.end(object.name);
	}
}

/** What was being written when the browser or the page ended. */
async function removeLeftovers({ store, table }: InstallAdapterOptions): Promise<void> {
	const kept = new Set((await table.records()).map(({ object }) => object));
	for (const name of await table.begun()) {
		if (!kept.has(name)) await store.delete(ADAPTERS_FOLDER, { name, byteLength: 0 });
		await table.end(name);
	}
}

interface Fitting {
	readonly architecture: AdapterArchitecture;
	readonly adapter: Adapter;
}

type AtLeastOne<Item> = readonly [Item, ...Item[]];

/** @throws AdapterError if none of them fits */
function fittingArchitectures(
	header: AdapterHeader,
	architectures: readonly AdapterArchitecture[],
): AtLeastOne<Fitting> {
	const fitting: Fitting[] = [];
	let refusal: AdapterError = new AdapterError({ problem: 'unknown-model' });
	for (const [index, architecture] of architectures.entries()) {
		try {
			fitting.push({ architecture, adapter: matchAdapter(header, architecture.table) });
		} catch (error) {
			if (!(error instanceof AdapterError)) throw error;
			if (index === 0) refusal = error;
		}
	}
	const [first, ...others] = fitting;
	if (first === undefined) throw refusal;
	return [first, ...others];
}

/** @returns the hash of the tensors' bytes */
async function copy(
	source: StreamSource,
	object: StoredObject,
	scan: FactorScan,
	{ store, startHasher, signal, onBytes }: InstallAdapterOptions,
): Promise<string> {
	const dataStart = safetensorsHeaderBytes(await readStart(source, LENGTH_BYTES, signal));
	const hasher = await startHasher();
	const writer = await store.openWriter(ADAPTERS_FOLDER, object);
	try {
		let at = 0;
		for await (const piece of source.open(0, signal)) {
			signal?.throwIfAborted();
			scan.update(piece);
			await writer.write(at, piece);
			const tensors = piece.subarray(Math.max(0, dataStart - at));
			at += piece.byteLength;
			// The hasher owns what it is given, and may hand over the whole buffer.
			if (tensors.byteLength > 0) await hasher.update(ownBuffer(tensors));
			onBytes?.(at);
		}
		if (at !== object.byteLength) {
			throw new SourceChangedError(source.name, `it ends at byte ${at} of ${object.byteLength}`);
		}
		const hash = await hasher.digest();
		await writer.commit();
		return hash;
	} catch (error) {
		hasher.dispose();
		await writer.abort();
		throw error;
	}
}

function ownBuffer(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
	return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}

/** Reads the scales too, which may be no numbers. */
async function reportsOf(
	object: StoredObject,
	header: AdapterHeader,
	fitting: AtLeastOne<Fitting>,
	store: InstallStore,
): Promise<AdapterRecord['reports']> {
	const reader = await store.open(ADAPTERS_FOLDER, object);
	try {
		const reports: AdapterRecord['reports'] = {};
		for (const { architecture } of fitting) {
			const { report } = await readAdapter(header, architecture.table, reader);
			Object.assign(reports, { [architecture.key]: summarize(report) });
		}
		return reports;
	} finally {
		reader.close();
	}
}

/** Of a path, without folders and endings; characters that pictures' texts cannot hold are replaced. */
function fileName(path: string): string {
	const file = path.split(/[/\\]/).at(-1) ?? path;
	const name = file
		.replace(/\.(safetensors|sft)$/i, '')
		.replaceAll(/[<>:,"\p{Cc}\p{Bidi_Control}]/gu, '_')
		.toWellFormed()
		.trim();
	return name.slice(0, MAX_NAME) || 'adapter';
}
