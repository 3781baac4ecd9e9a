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
		throw new InvalidRecipeError({ field: 'seed', value: seed, least: 0, most: MAX_SEED });
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
		throw new InvalidRecipeError({ field: 'steps', value: steps, least, most });
	}
	const { sizeMultiple: multiple, largestSide: largest } = can;
	for (const [field, value] of [
		['width', width],
		['height', height],
	] as const) {
		const valid =
			Number.isInteger(value) && value >= multiple && value <= largest && value % multiple === 0;
		if (!valid) {
			const range = { least: multiple, most: largest, multiple };
			const nearest = nearestSide(value, multiple, largest);
			throw new InvalidRecipeError({ field, value, ...range, nearest });
		}
	}
}

function nearestSide(pixels: number, multiple: number, max: number): number | undefined {
	if (!Number.isFinite(pixels)) return undefined;
	return Math.min(max, Math.max(multiple, Math.round(pixels / multiple) * multiple));
}
