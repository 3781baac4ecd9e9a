import { CheckpointError } from '../errors.ts';

/** One tensor of a safetensors file. */
export interface SafetensorsTensor {
	readonly name: string;
	/** As the file spells it, for example `BF16`. Types this code does not know are kept, see `dtypeBits`. */
	readonly dtype: string;
	readonly shape: readonly number[];
	/** Bytes from the start of the file. */
	readonly byteOffset: number;
	readonly byteLength: number;
}

/** What a safetensors file says of itself. Maps, not objects: names in the file may be `__proto__`. */
export interface SafetensorsHeader {
	readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
	readonly metadata: ReadonlyMap<string, string>;
}

/** Length field in front of the JSON, in bytes. */
const LENGTH_BYTES = 8;

/** The limit of the reference implementation; Z-Image-Turbo's header is 49 KB. */
const MAX_HEADER_BYTES = 100_000_000;

const DTYPE_BITS: ReadonlyMap<string, number> = new Map([
	['F4', 4],
	['F6_E2M3', 6],
	['F6_E3M2', 6],
	['F8_E4M3', 8],
	['F8_E5M2', 8],
	['F8_E4M3FNUZ', 8],
	['F8_E5M2FNUZ', 8],
	['F8_E8M0', 8],
	['BOOL', 8],
	['U8', 8],
	['I8', 8],
	['U16', 16],
	['I16', 16],
	['F16', 16],
	['BF16', 16],
	['U32', 32],
	['I32', 32],
	['F32', 32],
	['U64', 64],
	['I64', 64],
	['F64', 64],
	['C64', 64],
]);

/** What files of other formats begin with. */
const FOREIGN = [
	{ magic: 'GGUF', kind: 'gguf' },
	{ magic: 'PK\u0003\u0004', kind: 'zip' },
	{ magic: '\u0080\u0002', kind: 'pytorch' },
	{ magic: 'version ', kind: 'lfs-pointer' },
	{ magic: '<!DOCTYP', kind: 'web-page' },
	{ magic: '<!doctyp', kind: 'web-page' },
	{ magic: '<html', kind: 'web-page' },
] as const;

/**
 * How many bytes from the start of the file `parseSafetensorsHeader` needs, the length field included.
 *
 * @param first8 at least the first 8 bytes of the file
 * @throws CheckpointError for what cannot be a safetensors file
 */
export function safetensorsHeaderBytes(first8: Uint8Array): number {
	if (first8.byteLength < LENGTH_BYTES) {
		throw broken(`it has only ${first8.byteLength} bytes`);
	}
	const start = String.fromCharCode(...first8.subarray(0, LENGTH_BYTES));
	for (const { magic, kind } of FOREIGN) {
		if (start.startsWith(magic)) {
			throw new CheckpointError({ problem: 'foreign', kind });
		}
	}
	const view = new DataView(first8.buffer, first8.byteOffset, LENGTH_BYTES);
	const headerBytes = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
	if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES) {
		throw broken('the length in its first 8 bytes makes no sense');
	}
	return LENGTH_BYTES + headerBytes;
}

/**
 * Reads and checks the header of a safetensors file. Afterwards every tensor lies inside the file,
 * no two share a byte, and each is as long as its shape and type say. A type this code does not know
 * passes with its length unchecked: the converter says why it refuses such a tensor.
 *
 * @param bytes the file's first `safetensorsHeaderBytes` bytes, or more
 * @param fileBytes size of the whole file in bytes
 * @throws CheckpointError that says what is wrong
 * Source: https://github.com/huggingface/safetensors (format)
 */
export function parseSafetensorsHeader(bytes: Uint8Array, fileBytes: number): SafetensorsHeader {
	const dataStart = safetensorsHeaderBytes(bytes);
	if (dataStart > fileBytes || dataStart > bytes.byteLength) {
		throw broken('it ends inside its header');
	}
	const json = parseJson(bytes.subarray(LENGTH_BYTES, dataStart));
	const tensors = new Map<string, SafetensorsTensor>();
	let metadata: ReadonlyMap<string, string> = new Map();
	for (const [name, entry] of Object.entries(json)) {
		if (name === '__metadata__') metadata = readMetadata(entry);
		else tensors.set(name, readTensor(name, entry, dataStart, fileBytes));
	}
	refuseOverlap(tensors);
	return { tensors, metadata };
}

/** Bits of one value, or undefined for a type that this code does not know. */
export function dtypeBits(dtype: string): number | undefined {
	return DTYPE_BITS.get(dtype);
}

function parseJson(header: Uint8Array): object {
	let value: unknown;
	try {
		value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header));
	} catch {
		throw broken('its header is not valid JSON');
	}
	if (!isObject(value)) throw broken('its header is not a JSON object');
	return value;
}

function readMetadata(entry: unknown): ReadonlyMap<string, string> {
	if (!isObject(entry)) throw broken('its metadata is not a JSON object');
	const metadata = new Map<string, string>();
	for (const [key, value] of Object.entries(entry)) {
		if (typeof value !== 'string') throw broken(`its metadata ${quote(key)} is not a text`);
		metadata.set(key, value);
	}
	return metadata;
}

function readTensor(
	name: string,
	entry: unknown,
	dataStart: number,
	fileBytes: number,
): SafetensorsTensor {
	const what = `tensor ${quote(name)}`;
	if (!isObject(entry)) throw broken(`${what} is not described by a JSON object`);
	const { dtype, shape, data_offsets: offsets } = entry as Readonly<Record<string, unknown>>;
	if (typeof dtype !== 'string') throw broken(`${what} has no type`);
	if (!isCounts(shape)) throw broken(`${what} has no valid shape`);
	if (!isCounts(offsets)) throw broken(`${what} has no valid position`);
	const [begin, end] = offsets;
	if (offsets.length !== 2 || begin === undefined || end === undefined || begin > end) {
		throw broken(`${what} has no valid position`);
	}
	if (end > fileBytes - dataStart) {
		throw broken(`${what} reaches past the end of the file, so the file is probably incomplete`);
	}
	let values = 1;
	for (const extent of shape) {
		values *= extent;
		if (!Number.isSafeInteger(values)) throw broken(`${what} has an impossible shape`);
	}
	const bits = DTYPE_BITS.get(dtype);
	if (bits !== undefined && values * bits !== (end - begin) * 8) {
		throw broken(`${what} has ${end - begin} bytes, which does not fit its shape and type`);
	}
	return { name, dtype, shape, byteOffset: dataStart + begin, byteLength: end - begin };
}

function refuseOverlap(tensors: ReadonlyMap<string, SafetensorsTensor>): void {
	const filled = [...tensors.values()].filter((tensor) => tensor.byteLength > 0);
	filled.sort((a, b) => a.byteOffset - b.byteOffset);
	let before: SafetensorsTensor | undefined;
	for (const tensor of filled) {
		if (before !== undefined && before.byteOffset + before.byteLength > tensor.byteOffset) {
			throw broken(`tensors ${quote(before.name)} and ${quote(tensor.name)} overlap`);
		}
		before = tensor;
	}
}

function broken(detail: string): CheckpointError {
	return new CheckpointError({ problem: 'damaged', detail });
}

/** A name for a message: names in a broken file may be of any length. */
function quote(name: string): string {
	return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}

function isObject(value: unknown): value is object {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is readonly number[] {
	return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
