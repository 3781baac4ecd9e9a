/** What a shared recipe says of the picture. The engine's `Recipe` fits as it is. */
export interface RecipeSettings {
	readonly prompt: string;
	/** Integer from 0 to 2^53 - 1 */
	readonly seed: number;
	/** Pixels, a multiple of 16 */
	readonly width: number;
	/** Pixels, a multiple of 16 */
	readonly height: number;
	/** 1 to 50 */
	readonly steps: number;
}

/** Which model drew a picture, as far as a link or a file says. */
export interface ModelReference {
	readonly id: string;
	readonly revision?: string;
}
