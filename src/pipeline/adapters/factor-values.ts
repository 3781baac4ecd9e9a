import { type Factor, readFactor } from '../../adapters/factor.ts';
import type { ByteReader } from '../../adapters/factor.ts';
import type { WeightFormat } from '../../graph/graph.ts';
import { transposeBandF16 } from '../../numbers/half-float.ts';

/** Open files of adapters, by hash. */
export type AdapterReaders = ReadonlyMap<string, ByteReader>;

/** Numbers in the bits of a format. */
export type FactorValues = Uint16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** The format that a factor is exact in: its own, but for FP8. */
export function formatOf({ type }: Factor): WeightFormat {
	return type === 'F16' ? 'f16' : type === 'BF16' ? 'bf16' : 'f32';
}

/** The format in which all are exact. */
export function commonFormat(formats: readonly WeightFormat[]): WeightFormat {
	const [first = 'f32'] = formats;
	return formats.every((format) => format === first) ? first : 'f32';
}

/** @throws RangeError for an adapter whose file is not open */
export function readerOf(readers: AdapterReaders, hash: string): ByteReader {
	const reader = readers.get(hash);
	if (reader === undefined) throw new RangeError(`The adapter ${hash} is not open`);
	return reader;
}

/** A factor's values, row by row. @param format the factor's own, or f32 */
export async function readAs(
	format: WeightFormat,
	reader: ByteReader,
	factor: Factor,
): Promise<FactorValues> {
	if (format === 'f32') return readFactor(reader, factor);
	const bytes = new Uint8Array(factor.byteLength);
	await reader.read(factor.byteOffset, bytes);
	return new Uint16Array(bytes.buffer);
}

/** Some rows of a factor. */
export function rowsOf(factor: Factor, firstRow: number, rows: number): Factor {
	const [allRows = 1, ...rest] = factor.shape;
	const rowBytes = factor.byteLength / allRows;
	return {
		...factor,
		shape: [rows, ...rest],
		byteOffset: factor.byteOffset + firstRow * rowBytes,
		byteLength: rows * rowBytes,
	};
}

/**
 * Turns a row-major matrix into some columns of another.
 *
 * @param source [rows, columns]
 * @param target [columns, width], of the same format
 */
export function placeTurned(
	source: FactorValues,
	[rows, columns]: readonly [number, number],
	target: FactorValues,
	width: number,
	firstColumn: number,
): void {
	if (source instanceof Uint16Array && target instanceof Uint16Array) {
		transposeBandF16(source, rows, columns, target, width, firstColumn);
		return;
	}
	for (let row = 0; row < rows; row++) {
		for (let column = 0; column < columns; column++) {
			target[column * width + firstColumn + row] = source[row * columns + column];
		}
	}
}
