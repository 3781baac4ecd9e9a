import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A published file as far as it is known without its weights. */
export interface SparseFile {
	readonly name: string;
	/** The length field and the JSON. */
	readonly header: Uint8Array;
	readonly byteLength: number;
}

export interface SparseTensor {
	readonly name: string;
	readonly shape: readonly number[];
}

/** The safetensors library aligns the data to so many bytes. */
const ALIGNMENT_BYTES = 8;

export interface SparseFileOptions {
	readonly metadata?: Readonly<Record<string, string>>;
	/** Of the header, length field included, where the published one is longer: it is filled up with spaces. */
	readonly headerBytes?: number;
}

/** A safetensors file of these tensors with its header as the library writes it. */
export function sparseFile(
	name: string,
	tensors: readonly SparseTensor[],
	dtype: 'BF16' | 'F32',
	{ metadata, headerBytes = 0 }: SparseFileOptions = {},
): SparseFile {
	const entries: Record<string, unknown> = {};
	if (metadata !== undefined) entries['__metadata__'] = metadata;
	let end = 0;
	for (const tensor of [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1))) {
		const begin = end;
		end += byteLength(tensor, dtype);
		entries[tensor.name] = { dtype, shape: tensor.shape, data_offsets: [begin, end] };
	}
	const text = JSON.stringify(entries);
	const aligned = Math.ceil(text.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
	const jsonBytes = Math.max(aligned, headerBytes - 8);
	const header = new Uint8Array(8 + jsonBytes);
	new DataView(header.buffer).setBigUint64(0, BigInt(jsonBytes), true);
	header.set(new TextEncoder().encode(text.padEnd(jsonBytes)), 8);
	return { name, header, byteLength: header.byteLength + end };
}

export function byteLength({ shape }: SparseTensor, dtype: 'BF16' | 'F32'): number {
	const values = shape.reduce((product, extent) => product * extent, 1);
	return values * (dtype === 'F32' ? 4 : 2);
}

/** Writes the header and gives the file its length: the weights are zeros that take no disk. */
export async function writeSparseFile(
	path: string,
	{ header, byteLength }: SparseFile,
): Promise<void> {
	await mkdir(dirname(path), { recursive: true });
	const file = await open(path, 'w');
	await file.write(header);
	await file.truncate(byteLength);
	await file.close();
}
