import { CheckpointError } from '../../src/install/errors.ts';
import { parseSafetensorsHeader } from '../../src/install/checkpoint/safetensors.ts';

export interface NumericTensor {
	readonly shape: readonly number[];
	/** Integers become floats, exact up to 2^24. */
	readonly values: Float32Array<ArrayBuffer>;
}

/** The tensors of a small safetensors file of F32 and integers: golden files. @throws CheckpointError */
export async function readNumericTensors(file: Blob): Promise<ReadonlyMap<string, NumericTensor>> {
	const buffer = await file.arrayBuffer();
	const header = parseSafetensorsHeader(new Uint8Array(buffer), buffer.byteLength);
	const tensors = new Map<string, NumericTensor>();
	for (const { name, dtype, shape, byteOffset, byteLength } of header.tensors.values()) {
		const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
		tensors.set(name, { shape, values: toFloats(dtype, bytes, name) });
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
