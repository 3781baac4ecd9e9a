import { f16ToF32 } from '../numbers/half-float.ts';

/** Types that factors are stored in, as safetensors files spell them. Each decodes exactly to F32. */
export type FactorType = 'F32' | 'F16' | 'BF16' | 'F8_E4M3' | 'F8_E5M2';

/** A tensor of an adapter's file: where its bytes lie. They are read when they are needed, not before. */
export interface Factor {
	/** In the file. */
	readonly name: string;
	readonly type: FactorType;
	/** Without extents of 1 at the end that the file may have more: a vector has one extent. */
	readonly shape: readonly number[];
	/** Bytes from the start of the file. */
	readonly byteOffset: number;
	readonly byteLength: number;
}

/** An open file of an adapter: a `ShardReader`, or bytes in memory. */
export interface ByteReader {
	/** Fills `into` with the bytes at `byteOffset`. */
	read(byteOffset: number, into: Uint8Array): Promise<void>;
}

/** A factor's values, row by row. */
export async function readFactor(
	reader: ByteReader,
	{ type, byteOffset, byteLength }: Factor,
): Promise<Float32Array<ArrayBuffer>> {
	const bytes = new Uint8Array(byteLength);
	await reader.read(byteOffset, bytes);
	return decodeFactor(bytes, type);
}

/** @param bytes little endian, at any offset of their buffer */
export function decodeFactor(
	bytes: Uint8Array<ArrayBuffer>,
	type: FactorType,
): Float32Array<ArrayBuffer> {
	switch (type) {
		case 'F32':
			return new Float32Array(aligned(bytes, 4));
		case 'F16':
			return f16ToF32(new Uint16Array(aligned(bytes, 2)));
		case 'BF16': {
			const upper = new Uint16Array(aligned(bytes, 2));
			const bits = Uint32Array.from(upper, (half) => half << 16);
			return new Float32Array(bits.buffer);
		}
		case 'F8_E4M3':
			return f16ToF32(Uint16Array.from(bytes, e4m3ToF16));
		case 'F8_E5M2':
			return f16ToF32(Uint16Array.from(bytes, (byte) => byte << 8));
	}
}

/** Typed arrays begin at multiples of their values' size. */
function aligned(bytes: Uint8Array<ArrayBuffer>, valueBytes: number): ArrayBuffer {
	const isAligned = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
	const whole = isAligned ? bytes.buffer : bytes.slice().buffer;
	if (whole.byteLength % valueBytes !== 0) {
		throw new RangeError(`${whole.byteLength} bytes are no values of ${valueBytes} bytes`);
	}
	return whole;
}

/**
 * 4 bits of exponent with a bias of 7, no infinities, NaN where all other bits are set.
 * Source: Micikevicius et al., "FP8 formats for deep learning" (arXiv 2209.05433)
 */
function e4m3ToF16(byte: number): number {
	const sign = (byte & 0x80) << 8;
	const magnitude = byte & 0x7f;
	if (magnitude === 0x7f) return sign | 0x7e00;
	if (magnitude >= 8) return sign | ((magnitude << 7) + ((15 - 7) << 10));
	if (magnitude === 0) return sign;
	// Subnormal, a multiple of 2^-9, which F16 holds as a normal number.
	const exponent = 31 - Math.clz32(magnitude);
	const mantissa = (magnitude << (10 - exponent)) & 0x3ff;
	return sign | ((exponent + 6) << 10) | mantissa;
}
