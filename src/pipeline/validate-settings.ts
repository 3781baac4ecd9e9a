import type { Capabilities } from '../recipe/capabilities.ts';
import { unsupportedOptions } from '../recipe/fit-options.ts';
import { MAX_SEED } from '../recipe/recipe-limits.ts';
import type { RecipeSettings } from '../recipe/recipe-settings.ts';
import { EmptyPromptError, InvalidRecipeError, UnsupportedOptionsError } from './errors.ts';

/**
 * Refuses what the model cannot do: a setting that is passed over would draw another picture than was asked for.
 *
 * @throws EmptyPromptError, InvalidRecipeError, UnsupportedOptionsError
 */
export function validateSettings(settings: RecipeSettings, can: Capabilities): void {
	const { prompt, seed } = settings;
	if (prompt.trim() === '') throw new EmptyPromptError();
	if (!Number.isSafeInteger(seed) || seed < 0) {
		throw new InvalidRecipeError(
			`The seed must be a whole number from 0 to ${MAX_SEED}, not ${seed}.`,
		);
	}
	validateSize(settings, can);
	const unsupported = unsupportedOptions(settings, can);
	if (unsupported.length > 0) throw new UnsupportedOptionsError(unsupported);
}

/** As `validateSettings`, for what decides how large the work is. @throws InvalidRecipeError */
export function validateSize(
	{ width, height, steps }: Pick<RecipeSettings, 'width' | 'height' | 'steps'>,
	can: Capabilities,
): void {
	const { least, most } = can.steps;
	if (!Number.isInteger(steps) || steps < least || steps > most) {
		throw new InvalidRecipeError(
			`Steps must be a whole number from ${least} to ${most}, not ${steps}.`,
		);
	}
	const { sizeMultiple: multiple, largestSide: largest } = can;
	for (const [side, pixels] of [
		['width', width],
		['height', height],
	] as const) {
		const valid =
			Number.isInteger(pixels) &&
			pixels >= multiple &&
			pixels <= largest &&
			pixels % multiple === 0;
		if (!valid) {
			throw new InvalidRecipeError(
				`The ${side} must be a multiple of ${multiple} from ${multiple} to ${largest} pixels, ` +
					`not ${pixels}. ${nearestAdvice(pixels, multiple, largest)}`,
			);
		}
	}
}

function nearestAdvice(pixels: number, multiple: number, max: number): string {
	if (!Number.isFinite(pixels)) return 'Choose one of the offered sizes.';
	const nearest = Math.min(max, Math.max(multiple, Math.round(pixels / multiple) * multiple));
	return `The nearest that works is ${nearest}.`;
}
