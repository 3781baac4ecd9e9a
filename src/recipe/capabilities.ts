/** A number that a model can be given. */
export interface NumberRange {
	readonly least: number;
	readonly most: number;
	readonly default: number;
}

/** Width and height of a picture, in pixels. */
export interface PictureSize {
	readonly width: number;
	readonly height: number;
}

/**
 * What a recipe may ask of a model: the page shows a field for each, and none for what is absent. Plain
 * data, so that it crosses to the page as it is.
 */
export interface Capabilities {
	/** Sizes that the model was trained for, the default first. A single entry means there is no choice. */
	readonly sizes: readonly PictureSize[];
	/** Both sides of any picture are multiples of this, in pixels. */
	readonly sizeMultiple: number;
	/** The longest side that the model can draw, in pixels. */
	readonly largestSide: number;
	readonly steps: NumberRange;
	/** Tokens of a prompt that are read, template included; the tail of a longer one is cut. */
	readonly promptTokens: number;
	readonly negativePrompt: boolean;
	/** As in ComfyUI, where 1 is none. Absent: the model is not guided. */
	readonly guidanceScale?: NumberRange;
	/** The default first. */
	readonly samplers: readonly string[];
	/** The default first. */
	readonly schedules: readonly string[];
	/** Of the noise schedule. Absent: it cannot be chosen. */
	readonly shift?: NumberRange;
	/** Whether adapters (LoRA and its relatives) can be applied. */
	readonly adapters: boolean;
	/** Whether a picture can be drawn over. */
	readonly sourcePicture: boolean;
	/** Whether a part of the source picture can be kept. */
	readonly mask: boolean;
	/** How many reference pictures are looked at, at most. */
	readonly references: number;
	/** Kinds of control picture: `canny`, `depth`. */
	readonly controls: readonly string[];
}
