/** Both streams of tokens are padded to a multiple of this. */
const TOKEN_MULTIPLE = 32;

/** Values a token's position has: time, row, column. */
const AXES = 3;

export interface ZImagePositionIds {
	/** [padTokens(gridHeight * gridWidth), 3]: rows of the picture one after the other, then padding */
	readonly image: Int32Array<ArrayBuffer>;
	/** [captionTokensPadded, 3] */
	readonly caption: Int32Array<ArrayBuffer>;
}

/**
 * Where each token sits, as (time, row, column).
 *
 * @param sizes grid in patches (latent pixels / 2); caption tokens counted with their padding
 * Source: docs/spec/z-image-turbo.md 2.3, 2.4
 */
export function zImagePositionIds(sizes: {
	readonly gridHeight: number;
	readonly gridWidth: number;
	readonly captionTokensPadded: number;
}): ZImagePositionIds {
	const { gridHeight, gridWidth, captionTokensPadded } = sizes;
	const image = new Int32Array(padTokens(gridHeight * gridWidth) * AXES);
	let at = 0;
	for (let row = 0; row < gridHeight; row++) {
		for (let column = 0; column < gridWidth; column++) {
			image.set([captionTokensPadded + 1, row, column], at);
			at += AXES;
		}
	}
	// Image padding stays at (0, 0, 0), while caption padding goes on counting.
	const caption = new Int32Array(captionTokensPadded * AXES);
	for (let i = 0; i < captionTokensPadded; i++) caption[i * AXES] = 1 + i;
	return { image, caption };
}

/** `count` rounded up to a multiple of 32. */
export function padTokens(count: number): number {
	return Math.ceil(count / TOKEN_MULTIPLE) * TOKEN_MULTIPLE;
}
