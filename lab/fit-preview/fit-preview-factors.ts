import type { LatentShape } from '../../src/families/layers/patchify.ts';
import type { PreviewFactors } from '../../src/families/parts/latent-space.ts';

/** A latent and the picture that it decodes to. */
export interface PreviewPair {
	/** [channels, height, width] */
	readonly latent: Float32Array;
	readonly shape: LatentShape;
	/** [3, height * n, width * n] for a whole n, from -1 to 1 */
	readonly image: Float32Array;
}

/** Too few or too similar pairs were given to tell the channels apart. */
export class PreviewFitError extends Error {
	override readonly name = 'PreviewFitError';
	constructor(detail: string) {
		super(`Preview factors cannot be fitted: ${detail}. Give more, and more varied, pictures.`);
	}
}

const COLOURS = [0, 1, 2] as const;
/** Below this share of its channel's own variation, what is left after the others is rounding. */
const LEAST_PIVOT = 1e-9;

/**
 * The factors that come closest to the pictures, by least squares over all latent pixels. Pictures
 * are averaged down to the latent's size first.
 *
 * @throws PreviewFitError, RangeError for sizes that do not belong together
 */
export function fitPreviewFactors(pairs: readonly PreviewPair[]): PreviewFactors {
	const channels = pairs[0]?.shape.channels;
	if (channels === undefined) throw new PreviewFitError('there are no pictures');
	// Normal equations of [latent, 1] * [matrix; bias] = colours, with the colours as further columns.
	const unknowns = channels + 1;
	const rows = Array.from({ length: unknowns }, () => new Float64Array(unknowns + 3));
	for (const { latent, shape, image } of pairs) {
		if (shape.channels !== channels) throw new RangeError('latents differ in their channels');
		if (latent.length !== channels * shape.height * shape.width) {
			throw new RangeError(`${latent.length} values are not a latent of ${channels} channels`);
		}
		const pixels = shape.height * shape.width;
		const colours = averageDown(image, shape);
		const sample = new Float64Array(unknowns + 3);
		for (let pixel = 0; pixel < pixels; pixel++) {
			for (let c = 0; c < channels; c++) sample[c] = latent[c * pixels + pixel];
			sample[channels] = 1;
			for (const colour of COLOURS) sample[unknowns + colour] = colours[colour * pixels + pixel];
			for (const [i, row] of rows.entries()) {
				for (let j = 0; j < row.length; j++) row[j] += sample[i] * sample[j];
			}
		}
	}
	const solution = solve(rows).map((row): [number, number, number] => [
		row[unknowns],
		row[unknowns + 1],
		row[unknowns + 2],
	]);
	return { matrix: solution.slice(0, channels), bias: solution[channels] };
}

/** @returns [3, height, width] of the latent */
export function averageDown(image: Float32Array, { height, width }: LatentShape): Float64Array {
	const scale = Math.sqrt(image.length / 3 / (height * width));
	if (!Number.isInteger(scale) || scale < 1) {
		throw new RangeError(`${image.length} values are no picture of a ${height}x${width} latent`);
	}
	const averages = new Float64Array(3 * height * width);
	for (let y = 0; y < 3 * height * scale; y++) {
		// Colour planes lie below each other, so rows go on from one to the next.
		const row = Math.floor(y / scale) * width;
		for (let x = 0; x < width * scale; x++) {
			averages[row + Math.floor(x / scale)] += image[y * width * scale + x] / scale ** 2;
		}
	}
	return averages;
}

/** Gauss-Jordan elimination in place; the matrix is symmetric and should be positive definite. */
function solve(rows: readonly Float64Array[]): readonly Float64Array[] {
	const variation = rows.map((row, i) => row[i]);
	for (const [i, pivotRow] of rows.entries()) {
		const pivot = pivotRow[i];
		// Also true for a pivot that is not a number.
		if (!(pivot > LEAST_PIVOT * variation[i])) {
			throw new PreviewFitError(
				i === rows.length - 1 ? 'the latents do not vary' : `channel ${i} follows from others`,
			);
		}
		for (let j = 0; j < pivotRow.length; j++) pivotRow[j] /= pivot;
		for (const row of rows) {
			if (row === pivotRow) continue;
			const factor = row[i];
			for (let j = 0; j < row.length; j++) row[j] -= factor * pivotRow[j];
		}
	}
	return rows;
}
