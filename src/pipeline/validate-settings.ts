import { EmptyPromptError, InvalidRecipeError } from './errors.ts';
import { MAX_STEPS } from './sampling/flow-match-schedule.ts';

/** What a picture is asked to be, apart from the model. */
export interface PictureSettings {
	readonly prompt: string;
	readonly seed: number;
	/** Pixels. */
	readonly width: number;
	/** Pixels. */
	readonly height: number;
	readonly steps: number;
}

/**
 * @param pixelMultiple both sides must be multiples of this
 * @param maxPixels longest side that the model's position tables cover
 * @throws EmptyPromptError, InvalidRecipeError
 */
export function validateSettings(
	settings: PictureSettings,
	pixelMultiple: number,
	maxPixels: number,
): void {
	const { prompt, seed } = settings;
	if (prompt.trim() === '') throw new EmptyPromptError();
	if (!Number.isSafeInteger(seed) || seed < 0) {
		throw new InvalidRecipeError(
			`The seed must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, not ${seed}.`,
		);
	}
	validateSize(settings, pixelMultiple, maxPixels);
}

/** As `validateSettings`, for what decides how large the work is. @throws InvalidRecipeError */
export function validateSize(
	{ width, height, steps }: Pick<PictureSettings, 'width' | 'height' | 'steps'>,
	pixelMultiple: number,
	maxPixels: number,
): void {
	if (!Number.isInteger(steps) || steps < 1 || steps > MAX_STEPS) {
		throw new InvalidRecipeError(
			`Steps must be a whole number from 1 to ${MAX_STEPS}, not ${steps}.`,
		);
	}
	for (const [side, pixels] of [
		['width', width],
		['height', height],
	] as const) {
		const valid =
			Number.isInteger(pixels) &&
			pixels >= pixelMultiple &&
			pixels <= maxPixels &&
			pixels % pixelMultiple === 0;
		if (!valid) {
			throw new InvalidRecipeError(
				`The ${side} must be a multiple of ${pixelMultiple} from ${pixelMultiple} to ${maxPixels} pixels, ` +
					`not ${pixels}. ${nearestAdvice(pixels, pixelMultiple, maxPixels)}`,
			);
		}
	}
}

function nearestAdvice(pixels: number, multiple: number, max: number): string {
	if (!Number.isFinite(pixels)) return 'Choose one of the offered sizes.';
	const nearest = Math.min(max, Math.max(multiple, Math.round(pixels / multiple) * multiple));
	return `The nearest that works is ${nearest}.`;
}
