/**
 * Side of the square tiles of a transposition, in values: one line of cache (64 bytes). Bands of a multiple
 * of so many rows fill whole lines.
 */
export const TILE = 32;

let f16Table: Float32Array | undefined;

/** Exact f32 values of FP16 patterns, subnormals, infinities and NaN included. */
export function f16ToF32(f16: Uint16Array): Float32Array<ArrayBuffer> {
	const table = (f16Table ??= Float32Array.from({ length: 0x10000 }, (_, bits) => f16Value(bits)));
	const values = new Float32Array(f16.length);
	for (let i = 0; i < f16.length; i++) values[i] = table[f16[i]];
	return values;
}

/**
 * Turns some rows of a row-major matrix of 16-bit values, so that a matrix can be turned while its rows arrive.
 *
 * @param band [bandRows, cols]
 * @param target [cols, rows]: gets columns firstRow to firstRow + bandRows; it must not share memory with the band
 * @param rows of the whole matrix
 */
export function transposeBandF16(
	band: Uint16Array,
	bandRows: number,
	cols: number,
	target: Uint16Array,
	rows: number,
	firstRow: number,
): void {
	checkLength(band, bandRows * cols);
	checkLength(target, rows * cols);
	if (firstRow + bandRows > rows) throw new RangeError(`Row ${firstRow + bandRows} of ${rows}`);
	const even = [bandRows, cols, rows, firstRow].every((extent) => extent % 2 === 0);
	if (even && band.byteOffset % 4 === 0 && target.byteOffset % 4 === 0) {
		transposePairs(pairsOf(band), bandRows, cols, pairsOf(target), rows, firstRow);
	} else {
		transposeSingly(band, bandRows, cols, target, rows, firstRow);
	}
}

/**
 * Transposes squares of two by two, so that memory is read and written in words of two values. In tiles,
 * so that the lines of cache that a tile's columns fall into stay until they are full.
 */
function transposePairs(
	band: Uint32Array,
	bandRows: number,
	cols: number,
	target: Uint32Array,
	rows: number,
	firstRow: number,
): void {
	const pairsPerRow = cols / 2;
	for (let top = 0; top < bandRows; top += TILE) {
		const bottom = Math.min(top + TILE, bandRows);
		for (let left = 0; left < cols; left += TILE) {
			const right = Math.min(left + TILE, cols);
			for (let col = left; col < right; col += 2) {
				let from = (top * cols + col) / 2;
				let even = (col * rows + firstRow + top) / 2;
				let odd = even + rows / 2;
				for (let row = top; row < bottom; row += 2) {
					const upper = band[from];
					const lower = band[from + pairsPerRow];
					target[even++] = (upper & 0xffff) | (lower << 16);
					target[odd++] = (upper >>> 16) | (lower & 0xffff0000);
					from += cols;
				}
			}
		}
	}
}

/** For odd extents and odd positions: one value at a time. */
function transposeSingly(
	band: Uint16Array,
	bandRows: number,
	cols: number,
	target: Uint16Array,
	rows: number,
	firstRow: number,
): void {
	for (let top = 0; top < bandRows; top += TILE) {
		const bottom = Math.min(top + TILE, bandRows);
		for (let col = 0; col < cols; col++) {
			for (let row = top; row < bottom; row++) {
				target[col * rows + firstRow + row] = band[row * cols + col];
			}
		}
	}
}

function f16Value(bits: number): number {
	const sign = bits & 0x8000 ? -1 : 1;
	const exponent = (bits >>> 10) & 31;
	const mantissa = bits & 0x3ff;
	if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
	if (exponent === 0) return sign * mantissa * 2 ** -24;
	return sign * (0x400 + mantissa) * 2 ** (exponent - 25);
}

function pairsOf(values: Uint16Array): Uint32Array {
	return new Uint32Array(values.buffer, values.byteOffset, values.length / 2);
}

function checkLength(values: Uint16Array, length: number): void {
	if (values.length !== length) throw new RangeError(`${values.length} values, not ${length}`);
}
