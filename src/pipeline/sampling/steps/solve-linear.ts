/**
 * Solves a small system by elimination with pivots.
 *
 * @param rows square; changed
 * @param right changed
 */
export function solveLinear(rows: number[][], right: number[]): number[] {
	const size = right.length;
	for (let column = 0; column < size; column++) {
		let pivot = column;
		for (let row = column + 1; row < size; row++) {
			if (Math.abs(rows[row][column]) > Math.abs(rows[pivot][column])) pivot = row;
		}
		[rows[column], rows[pivot]] = [rows[pivot], rows[column]];
		[right[column], right[pivot]] = [right[pivot], right[column]];
		for (let row = column + 1; row < size; row++) {
			const factor = rows[row][column] / rows[column][column];
			for (let k = column; k < size; k++) rows[row][k] -= factor * rows[column][k];
			right[row] -= factor * right[column];
		}
	}
	for (let row = size - 1; row >= 0; row--) {
		for (let k = row + 1; k < size; k++) right[row] -= rows[row][k] * right[k];
		right[row] /= rows[row][row];
	}
	return right;
}
