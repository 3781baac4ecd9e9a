import { PNG_SIGNATURE, readPngChunks } from './png-chunks.ts';
import { makeTextChunk, textKeyword } from './png-text.ts';
import type { ModelReference, RecipeSettings } from '../../recipe/recipe-settings.ts';
import { writeRecipeText } from '../recipe-text.ts';

/** Where AUTOMATIC1111, its forks and this app keep a recipe. */
const RECIPE_KEYWORD = 'parameters';

/**
 * Writes a recipe into a PNG, in place of one that is there. The pixels are not touched.
 *
 * @param appVersion for example `0.1.0`
 * @throws PngError
 */
export async function embedRecipe(
	png: Uint8Array<ArrayBuffer>,
	recipe: RecipeSettings,
	model: ModelReference,
	appVersion: string,
): Promise<Uint8Array<ArrayBuffer>> {
	const text = writeRecipeText(recipe, model, appVersion);
	const [header, ...rest] = readPngChunks(png).filter(
		(chunk) => textKeyword(chunk) !== RECIPE_KEYWORD,
	);
	const recipeChunk = await makeTextChunk(RECIPE_KEYWORD, text);
	const parts = [PNG_SIGNATURE, ...[header, recipeChunk, ...rest].map(({ bytes }) => bytes)];
	const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
	let position = 0;
	for (const part of parts) {
		bytes.set(part, position);
		position += part.byteLength;
	}
	return bytes;
}
