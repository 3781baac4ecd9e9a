/** Side of the square tiles of a transposition, in values: one line of cache (64 bytes). */
const TILE = 32;

let f16Table: Float32Array | undefined;

/** Exact f32 values of FP16 patterns, subnormals, infinities and NaN included. */
export function f16ToF32(f16: Uint16Array): Float32Array<ArrayBuffer> {
	const table = (f16Table ??= Float32Array.from({ length: 0x10000 }, (_, bits) => f16Value(bits)));
	const values = new Float32Array(f16.length);
	for (let i = 0; i < f16.length; i++) values[i] = table[f16[i]];
	return values;
}

/**
 * Turns a row-major matrix of 16-bit values.
 *
 * @param source [rows, cols]
 * @param target takes the result where given; it must not share memory with the source
 * @returns [cols, rows]
 */
export function transposeF16(
	source: Uint16Array,
	rows: number,
	cols: number,
	target: Uint16Array<ArrayBuffer> = new Uint16Array(rows * cols),
): Uint16Array<ArrayBuffer> {
	checkLength(source, rows * cols);
	checkLength(target, rows * cols);
	const paired = rows % 2 === 0 && cols % 2 === 0;
	if (paired && source.byteOffset % 4 === 0 && target.byteOffset % 4 === 0) {
		transposePairs(pairsOf(source), rows, cols, pairsOf(target));
	} else {
		transposeSingly(source, rows, cols, target);
	}
	return target;
}

/**
 * Transposes squares of two by two, so that memory is read and written in words of two values. In tiles,
 * so that the lines of cache that a tile's columns fall into stay until they are full.
 */
function transposePairs(
	source: Uint32Array,
	rows: number,
	cols: number,
	target: Uint32Array,
): void {
	const pairsPerRow = cols / 2;
	for (let top = 0; top < rows; top += TILE) {
		const bottom = Math.min(top + TILE, rows);
		for (let left = 0; left < cols; left += TILE) {
			const right = Math.min(left + TILE, cols);
			for (let col = left; col < right; col += 2) {
				let from = (top * cols + col) / 2;
				let even = (col * rows + top) / 2;
				let odd = even + rows / 2;
				for (let row = top; row < bottom; row += 2) {
					const upper = source[from];
					const lower = source[from + pairsPerRow];
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
	source: Uint16Array,
	rows: number,
	cols: number,
	target: Uint16Array,
): void {
	for (let top = 0; top < rows; top += TILE) {
		const bottom = Math.min(top + TILE, rows);
		for (let col = 0; col < cols; col++) {
			for (let row = top; row < bottom; row++) target[col * rows + row] = source[row * cols + col];
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
