import { TILE, transposeBandF16 } from '../../numbers/half-float.ts';
import { halfSum } from '../../numbers/half-sum.ts';
import { BAD, bf16Table, convertToF16, type SourceValues } from './convert-to-f16.ts';

/** What is known of values once they are stored. */
export interface StoredTensor {
	/** See `halfSum`. */
	readonly sum: number;
	/** Values that FP16 holds with fewer than 11 bits. */
	readonly subnormals: number;
}

/** Some rows of a matrix on their way into the matrix turned. */
export interface Band {
	/** Rows of the band, of `columns` values. */
	readonly bandRows: number;
	readonly columns: number;
	/** Rows of the whole matrix, and which of them the band begins with. */
	readonly rows: number;
	readonly firstRow: number;
	/** [columns, rows] in FP16. */
	readonly target: Uint16Array<ArrayBuffer>;
	/** Room for the band in FP16. */
	readonly halves: Uint16Array<ArrayBuffer>;
}

/**
 * Converts rows of a matrix to FP16 and puts them into the turned matrix as columns.
 *
 * @param tensorName for messages
 * @throws CheckpointError as `convertToF16`
 */
export function convertTransposed(
	source: SourceValues,
	tensorName: string,
	band: Band,
): StoredTensor {
	const { bandRows, columns, rows, firstRow, target, halves } = band;
	const even = [bandRows, columns, rows, firstRow].every((extent) => extent % 2 === 0);
	const { bytes, dtype } = source;
	if (dtype === 'BF16' && even && bytes.byteOffset % 4 === 0 && target.byteOffset % 4 === 0) {
		const turned = turnBf16(
			new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4),
			band,
			new Uint32Array(target.buffer, target.byteOffset, target.length / 2),
		);
		if (turned !== undefined) return turned;
		// Something cannot be converted: the way below finds out what.
	}
	const { subnormals } = convertToF16(source, tensorName, halves);
	transposeBandF16(halves, bandRows, columns, target, rows, firstRow);
	const sum = halfSum(new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength));
	return { sum, subnormals };
}

/**
 * Looks up and turns squares of two by two in one go, so that FP16 is written once and not read again.
 *
 * @returns undefined if FP16 cannot hold a value
 */
function turnBf16(
	source: Uint32Array,
	{ bandRows, columns, rows, firstRow }: Band,
	target: Uint32Array,
): StoredTensor | undefined {
	const entries = bf16Table();
	const pairsPerRow = columns / 2;
	let subnormals = 0;
	let sum = 0;
	for (let top = 0; top < bandRows; top += TILE) {
		const bottom = Math.min(top + TILE, bandRows);
		for (let left = 0; left < columns; left += TILE) {
			const right = Math.min(left + TILE, columns);
			// A tile has too few values for their subnormals to add up to BAD.
			let found = 0;
			let all = 0;
			for (let column = left; column < right; column += 2) {
				let from = (top * columns + column) / 2;
				let evenAt = (column * rows + firstRow + top) / 2;
				let oddAt = evenAt + rows / 2;
				for (let row = top; row < bottom; row += 2) {
					const upper = source[from];
					const lower = source[from + pairsPerRow];
					const a = entries[upper & 0xffff];
					const b = entries[upper >>> 16];
					const c = entries[lower & 0xffff];
					const d = entries[lower >>> 16];
					target[evenAt++] = (a & 0xffff) | (c << 16);
					target[oddAt++] = (b & 0xffff) | (d << 16);
					found = (found + (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16)) | 0;
					all = (all + a + b + c + d) | 0;
					from += columns;
				}
			}
			if (found >= BAD) return undefined;
			subnormals += found;
			// The entries' upper halves are what was found.
			sum = (sum + all - found * 0x10000) | 0;
		}
	}
	return { sum: sum >>> 0, subnormals };
}
