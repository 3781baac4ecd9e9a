import type { RecipeSettings } from '../recipe/recipe-settings.ts';

/** Of the prompt; some file systems count bytes, and these may be four each. */
const MAX_CHARACTERS = 40;

/**
 * A file name that says what is in the picture, for example `shardlight-00012-a-lighthouse-at-dusk-42.png`.
 *
 * @param mark what tells this picture from others of one recipe: a number or a time
 */
export function pictureFileName(
	recipe: Pick<RecipeSettings, 'prompt' | 'seed'> | undefined,
	mark: string,
): string {
	const words = recipe?.prompt.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
	const said = Array.from(words.join('-')).slice(0, MAX_CHARACTERS).join('').replace(/-$/, '');
	const parts = ['shardlight', mark, said, recipe?.seed].filter((part) => part !== '');
	return `${parts.filter((part) => part !== undefined).join('-')}.png`;
}
