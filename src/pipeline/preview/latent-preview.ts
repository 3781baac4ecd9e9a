import type { LatentShape } from '../../families/layers/patchify.ts';
import type { PreviewFactors } from '../../families/parts/latent-space.ts';
import { rgbaPixels } from '../rgba-pixels.ts';

const COLOURS = [0, 1, 2] as const;

/**
 * A rough picture of an unfinished latent, one pixel for each of the latent's.
 *
 * @param latent [channels, height, width]
 * @returns RGBA, opaque, row by row, height * width pixels
 * @throws RangeError if latent, shape and factors do not belong together
 */
export function latentPreview(
	latent: Float32Array,
	shape: LatentShape,
	{ matrix, bias }: PreviewFactors,
): Uint8ClampedArray<ArrayBuffer> {
	checkLatent(latent, shape);
	if (matrix.length !== shape.channels) {
		throw new RangeError(`${matrix.length} rows of factors for ${shape.channels} channels`);
	}
	const pixels = shape.height * shape.width;
	const image = new Float32Array(3 * pixels);
	for (const colour of COLOURS) {
		const plane = image.subarray(colour * pixels, (colour + 1) * pixels).fill(bias[colour]);
		for (const [channel, factors] of matrix.entries()) {
			const factor = factors[colour];
			const first = channel * pixels;
			for (let pixel = 0; pixel < pixels; pixel++) plane[pixel] += factor * latent[first + pixel];
		}
	}
	return rgbaPixels(image);
}

function checkLatent(latent: Float32Array, { channels, height, width }: LatentShape): void {
	if (latent.length !== channels * height * width) {
		throw new RangeError(
			`${latent.length} values are not a latent [${channels}, ${height}, ${width}]`,
		);
	}
}
