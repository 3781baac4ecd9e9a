import type { ModelId, Recipe } from '../../engine/engine.ts';
import { readSettings } from '../../recipe/restore-recipe.ts';
import { seedAfter } from '../compose/seed.ts';

/** Names a batch for as long as it waits, also over reloads. */
export type BatchId = string & { readonly __brand: 'BatchId' };

/** Pictures of one recipe with consecutive seeds. */
export interface Batch {
	readonly id: BatchId;
	/** Of the first picture. */
	readonly recipe: Recipe;
	/** Pictures asked for. */
	readonly total: number;
	/** Those that were drawn, stopped or lost. */
	readonly done: number;
}

/**
 * @param total pictures, 1 or more
 * @throws RangeError for another number
 */
export function newBatch(recipe: Recipe, total: number): Batch {
	if (!Number.isInteger(total) || total < 1) {
		throw new RangeError(`Ask for at least one picture, as a whole number, not ${total}.`);
	}
	return { id: crypto.randomUUID() as BatchId, recipe, total, done: 0 };
}

/** The recipe of the next picture. */
export function nextRecipe({ recipe, done }: Batch): Recipe {
	return { ...recipe, seed: seedAfter(recipe.seed, done) };
}

/** Pictures that were asked for and not drawn yet. */
export function picturesLeft(batches: readonly Batch[]): number {
	return batches.reduce((sum, { total, done }) => sum + total - done, 0);
}

/** What a storage gave back: another version may have written it. Never throws. */
export function readBatches(text: string | undefined): readonly Batch[] {
	try {
		const found: unknown = JSON.parse(text ?? '[]');
		return Array.isArray(found) ? found.map(readBatch).filter((one) => one !== undefined) : [];
	} catch {
		return [];
	}
}

function readBatch(value: unknown): Batch | undefined {
	if (typeof value !== 'object' || value === null) return undefined;
	const { id, recipe, total, done } = value as Readonly<Record<keyof Batch, unknown>>;
	if (typeof id !== 'string' || typeof recipe !== 'object' || recipe === null) return undefined;
	if (!isCount(total) || !isCount(done) || done >= total) return undefined;
	const { modelId, ...given } = recipe as { readonly modelId?: unknown };
	const { settings, warnings } = readSettings(given);
	const { prompt, seed, width, height, steps } = settings;
	const sure = { prompt, seed, width, height, steps };
	// A picture that differs from the one that was asked for is worse than none.
	const isWhole =
		typeof modelId === 'string' &&
		warnings.length === 0 &&
		Object.values(sure).every((one) => one !== undefined);
	if (!isWhole) return undefined;
	return {
		id: id as BatchId,
		recipe: { ...settings, modelId: modelId as ModelId } as Recipe,
		total,
		done,
	};
}

function isCount(value: unknown): value is number {
	return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
