import { CheckpointError } from '../errors.ts';

/** Bytes as they lie in a checkpoint, little endian, and their type. */
export interface SourceValues {
	/** `F32`, `BF16` or `F16`; any other is refused. */
	readonly dtype: string;
	readonly bytes: Uint8Array;
}

/** Weights in FP16. */
export interface F16Values {
	/** FP16 bit patterns, all finite. */
	readonly f16: Uint16Array<ArrayBuffer>;
	/** How many of them are subnormal: below 2^-14 and not 0, so with fewer than 11 bits. */
	readonly subnormals: number;
}

const F16_INFINITY = 0x7c00;
/** Values converted between two looks at what was found. */
const CHUNK = 1 << 14;
/** Counted for a value that FP16 cannot hold; a chunk full of subnormals counts less. */
export const BAD = 1 << 15;

/**
 * Converts weights to FP16, rounding to nearest, ties to even.
 *
 * @param tensorName for messages
 * @param target takes the result where given; fresh memory costs more time than the conversion
 * @throws CheckpointError for a value that FP16 cannot hold (NaN, infinity, or 65520 and beyond in magnitude,
 * which would round to infinity) and for a type that is not a plain float
 * Source: docs/spec/z-image-turbo.md 1.4
 */
export function convertToF16(
	source: SourceValues,
	tensorName: string,
	target?: Uint16Array<ArrayBuffer>,
): F16Values {
	switch (source.dtype) {
		case 'BF16':
			return convert(aligned(source.bytes, Uint16Array), convertBf16, tensorName, target);
		case 'F32':
			return convert(aligned(source.bytes, Int32Array), convertF32, tensorName, target);
		case 'F16':
			return convert(aligned(source.bytes, Uint16Array), checkF16, tensorName, target);
		default:
			throw new CheckpointError({
				problem: 'tensor-type',
				tensor: tensorName,
				dtype: source.dtype,
			});
	}
}

let table: Uint32Array | undefined;

/**
 * For each BF16 pattern its FP16 pattern, and in the upper half what it counts as: 1 for a subnormal, BAD
 * for what FP16 cannot hold.
 */
export function bf16Table(): Uint32Array {
	table ??= Uint32Array.from({ length: 0x10000 }, (_, bits) => {
		const f16 = roundToF16(bits << 16);
		return f16 | (weight(f16) << 16);
	});
	return table;
}

/** Converts `from` to `to` values and returns how many are subnormal, plus BAD for each that is bad. */
type ChunkConverter<Source> = (
	source: Source,
	target: Uint16Array,
	from: number,
	to: number,
) => number;

function convert<Source extends Uint16Array | Int32Array>(
	source: Source,
	convertChunk: ChunkConverter<Source>,
	tensorName: string,
	f16: Uint16Array<ArrayBuffer> = new Uint16Array(source.length),
): F16Values {
	checkLength(f16, source.length);
	let subnormals = 0;
	for (let from = 0; from < source.length; from += CHUNK) {
		const to = Math.min(from + CHUNK, source.length);
		const found = convertChunk(source, f16, from, to);
		if (found >= BAD) throw unrepresentable(f16, from, tensorName);
		subnormals += found;
	}
	return { f16, subnormals };
}

function convertBf16(source: Uint16Array, target: Uint16Array, from: number, to: number): number {
	const entries = bf16Table();
	let found = 0;
	for (let i = from; i < to; i++) {
		const entry = entries[source[i]];
		target[i] = entry;
		found = (found + (entry >>> 16)) | 0;
	}
	return found;
}

function convertF32(source: Int32Array, target: Uint16Array, from: number, to: number): number {
	let found = 0;
	for (let i = from; i < to; i++) {
		const bits = source[i];
		const f16 = roundToF16(bits);
		target[i] = f16;
		found += weight(f16);
	}
	return found;
}

function checkF16(source: Uint16Array, target: Uint16Array, from: number, to: number): number {
	let found = 0;
	for (let i = from; i < to; i++) {
		const f16 = source[i];
		target[i] = f16;
		found += weight(f16);
	}
	return found;
}

/** What an FP16 pattern counts as: 1 for a subnormal, BAD for infinity and NaN, else 0. */
function weight(f16: number): number {
	const exponent = f16 & F16_INFINITY;
	if (exponent === F16_INFINITY) return BAD;
	return exponent === 0 && (f16 & 0x3ff) !== 0 ? 1 : 0;
}

/** The FP16 pattern nearest to an f32 pattern, ties to even; every NaN becomes one NaN. */
function roundToF16(bits: number): number {
	const sign = (bits >>> 16) & 0x8000;
	const magnitude = bits & 0x7fffffff;
	// 65520, from where on the nearest FP16 is infinity.
	if (magnitude >= 0x477ff000) {
		return sign | (magnitude > 0x7f800000 ? 0x7e00 : F16_INFINITY);
	}
	// From 2^-14 on: move the exponent's bias, round the 13 bits that fall off; the carry is right by design.
	if (magnitude >= 0x38800000) {
		return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
	}
	// Subnormal: units of 2^-24. Below 2^-25 nothing is left.
	if (magnitude < 0x33000000) return sign;
	const shift = 126 - (magnitude >>> 23);
	const mantissa = (magnitude & 0x7fffff) | 0x800000;
	const kept = mantissa >>> shift;
	const rest = mantissa & ((1 << shift) - 1);
	const half = 1 << (shift - 1);
	return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
}

/** A view of the bytes as wider values; of a copy of them where they do not start at a multiple. */
function aligned<View>(
	bytes: Uint8Array,
	Type: {
		new (buffer: ArrayBufferLike, byteOffset: number, length: number): View;
		readonly BYTES_PER_ELEMENT: number;
	},
): View {
	const size = Type.BYTES_PER_ELEMENT;
	if (bytes.byteLength % size !== 0) {
		throw new RangeError(`${bytes.byteLength} bytes are not whole values of ${size} bytes`);
	}
	const whole = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
	return new Type(whole.buffer, whole.byteOffset, whole.byteLength / size);
}

function unrepresentable(f16: Uint16Array, from: number, tensorName: string): CheckpointError {
	const index = from + f16.subarray(from).findIndex((bits) => weight(bits) === BAD);
	const value = f16[index] & 0x3ff ? 'not-a-number' : 'too-large';
	return new CheckpointError({ problem: 'tensor-value', tensor: tensorName, index, value });
}

function checkLength(values: Uint16Array, length: number): void {
	if (values.length !== length) throw new RangeError(`${values.length} values, not ${length}`);
}
