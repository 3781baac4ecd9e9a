/** A text that a picture's file carries. */
export interface PictureText {
	/** A PNG's keyword, or the name of the field: `parameters`, `UserComment`. */
	readonly key: string;
	readonly text: string;
}

/** ComfyUI's graphs are the longest: a megabyte or two. */
export const MAX_TEXT_BYTES = 4_000_000;
/** Texts of one picture; the rest is not looked at. */
export const MAX_TEXTS = 32;
