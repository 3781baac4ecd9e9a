/** Extent of a latent, in latent pixels. */
export interface LatentGrid {
	readonly height: number;
	readonly width: number;
}

/**
 * How a latent looks, to a linear approximation: colour = bias + sum of channel * row. Colours are from -1
 * to 1, as the decoder gives them.
 */
export interface PreviewFactors {
	/** [latent channels][red, green, blue] */
	readonly matrix: readonly (readonly [number, number, number])[];
	readonly bias: readonly [number, number, number];
}

/** Where sampling happens. */
export interface LatentSpace {
	readonly channels: number;
	/** Picture pixels per latent pixel, each way. */
	readonly pixelsPerLatent: number;
	/** Latent height and width must be multiples of this. */
	readonly multiple: number;
	/** Largest latent height or width that the position tables cover. */
	readonly largestExtent: number;
	/** Absent where nothing is known of the space. */
	readonly preview?: PreviewFactors;
}
