import type { ByteSource } from './byte-source.ts';
import { CheckpointError } from './errors.ts';
import {
	parseSafetensorsHeader,
	type SafetensorsHeader,
	safetensorsHeaderBytes,
} from './safetensors.ts';

export interface NumericTensor {
	readonly shape: readonly number[];
	/** Integers become floats, exact up to 2^24. */
	readonly values: Float32Array<ArrayBuffer>;
}

const LENGTH_FIELD_BYTES = 8;

/** @throws CheckpointError, DownloadError */
export async function readSafetensorsHeader(source: ByteSource): Promise<SafetensorsHeader> {
	const lengthField = await source.read(0, Math.min(LENGTH_FIELD_BYTES, source.byteLength));
	const headerBytes = Math.min(safetensorsHeaderBytes(lengthField), source.byteLength);
	return parseSafetensorsHeader(await source.read(0, headerBytes), source.byteLength);
}

/** Loads a small safetensors file of F32 and integer tensors whole: golden files. @throws CheckpointError */
export async function readNumericTensors(
	source: ByteSource,
): Promise<ReadonlyMap<string, NumericTensor>> {
	const header = await readSafetensorsHeader(source);
	const tensors = new Map<string, NumericTensor>();
	for (const { name, dtype, shape, byteOffset, byteLength } of header.tensors.values()) {
		const { buffer } = await source.read(byteOffset, byteLength);
		tensors.set(name, { shape, values: toFloats(dtype, buffer, name) });
	}
	return tensors;
}

function toFloats(dtype: string, buffer: ArrayBuffer, name: string): Float32Array<ArrayBuffer> {
	switch (dtype) {
		case 'F32':
			return new Float32Array(buffer);
		case 'I32':
			return Float32Array.from(new Int32Array(buffer));
		case 'I64':
			return Float32Array.from(new BigInt64Array(buffer), Number);
		default:
			throw new CheckpointError({ problem: 'tensor-type', tensor: name, dtype });
	}
}
