import { writeFields } from '../recipe/recipe-fields.ts';
import type { HistoryEntry } from './history-entry.ts';

/** What searches and filters look at: small enough to hold ten thousand of them. */
export interface PictureSummary {
	readonly id: number;
	/** Milliseconds since 1970 */
	readonly createdAt: number;
	/** Prompt and settings in lower case, one a line */
	readonly text: string;
	/** The model's id */
	readonly model: string;
	/** For example `1024x1024` */
	readonly size: string;
	/** Names, each once */
	readonly adapters: readonly string[];
	/** The whole recipe as text: equal for pictures that were asked for alike */
	readonly recipe: string;
}

export function summaryOf({ id, createdAt, recipe, model }: HistoryEntry): PictureSummary {
	const words = new Map(writeFields({ ...recipe, model: model.id }, 'words'));
	// As one, for those who search for a size.
	words.delete('width');
	words.delete('height');
	const size = `${recipe.width}x${recipe.height}`;
	const adapters = [...new Set(recipe.adapters?.map(({ name }) => name))];
	return {
		...{ id, createdAt, model: model.id, size, adapters },
		text: [...words.values(), ...adapters, size].join('\n').toLowerCase(),
		recipe: recipeKey(recipe, model),
	};
}

/** Equal for recipes that ask for the same picture of the same model. */
export function recipeKey(
	recipe: HistoryEntry['recipe'],
	{ id, revision }: HistoryEntry['model'],
): string {
	const fields = writeFields({ ...recipe, model: id, revision }, 'link');
	return JSON.stringify([...fields]);
}

/** Checks what the database gave back. */
export function isSummary(value: unknown): value is PictureSummary {
	if (typeof value !== 'object' || value === null) return false;
	const { id, createdAt, text, model, size, adapters, recipe } = value as Record<string, unknown>;
	return (
		[id, createdAt].every(Number.isFinite) &&
		[text, model, size, recipe].every((one) => typeof one === 'string') &&
		Array.isArray(adapters) &&
		adapters.every((name) => typeof name === 'string')
	);
}
