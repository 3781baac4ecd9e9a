/** Shape of a latent [channels, height, width]; height and width are multiples of the patch. */
export interface LatentShape {
	readonly channels: number;
	readonly height: number;
	readonly width: number;
}

/**
 * Cuts a latent into square patches, row by row.
 *
 * @param latent [channels, height, width]
 * @param patch side of a patch in latent pixels
 * @returns tokens [height / patch * width / patch, patch * patch * channels]; within a token the value of
 * channel c at (dy, dx) has index (dy * patch + dx) * channels + c
 * @throws RangeError for a shape that does not fit
 * Source: docs/spec/z-image-turbo.md 2.2
 */
export function patchify(
	latent: Float32Array,
	shape: LatentShape,
	patch: number,
): Float32Array<ArrayBuffer> {
	checkShape(latent, shape, patch);
	const tokens = new Float32Array(latent.length);
	forEachPixel(shape, patch, (pixel, feature) => {
		for (let c = 0; c < shape.channels; c++) {
			tokens[feature + c] = latent[c * shape.height * shape.width + pixel] ?? 0;
		}
	});
	return tokens;
}

/**
 * The inverse of `patchify`.
 *
 * @param tokens [height / patch * width / patch, patch * patch * channels], padding tokens cut off
 * @returns latent [channels, height, width]
 * @throws RangeError for a shape that does not fit
 * Source: docs/spec/z-image-turbo.md 2.7
 */
export function unpatchify(
	tokens: Float32Array,
	shape: LatentShape,
	patch: number,
): Float32Array<ArrayBuffer> {
	checkShape(tokens, shape, patch);
	const latent = new Float32Array(tokens.length);
	forEachPixel(shape, patch, (pixel, feature) => {
		for (let c = 0; c < shape.channels; c++) {
			latent[c * shape.height * shape.width + pixel] = tokens[feature + c] ?? 0;
		}
	});
	return latent;
}

/** Visits every pixel with its index in a channel and the index of its first value among the tokens. */
function forEachPixel(
	{ channels, height, width }: LatentShape,
	patch: number,
	visit: (pixel: number, feature: number) => void,
): void {
	const patchFeatures = patch * patch * channels;
	for (let y = 0; y < height; y++) {
		const firstToken = Math.floor(y / patch) * (width / patch);
		for (let x = 0; x < width; x++) {
			const token = firstToken + Math.floor(x / patch);
			const inPatch = (y % patch) * patch + (x % patch);
			visit(y * width + x, token * patchFeatures + inPatch * channels);
		}
	}
}

function checkShape(
	values: Float32Array,
	{ channels, height, width }: LatentShape,
	patch: number,
): void {
	if (values.length !== channels * height * width || height % patch !== 0 || width % patch !== 0) {
		throw new RangeError(
			`${values.length} values are not a latent [${channels}, ${height}, ${width}] in patches of ${patch}`,
		);
	}
}
