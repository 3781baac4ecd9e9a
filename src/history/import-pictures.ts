import type { ModelReference, RecipeSettings } from '../recipe/recipe-settings.ts';
import { readRecipeFile } from '../share/files/read-recipe-file.ts';
import type { PictureHistory } from './picture-history.ts';
import { MAX_PICTURE_BYTES } from './picture-files.ts';
import { type PictureSummary, recipeKey } from './picture-summary.ts';

export interface ImportReport {
	/** Ids of the pictures that came, in that order. */
	readonly added: readonly number[];
	/** Those that were here already, byte by byte. */
	readonly duplicates: number;
	/** Names of files that say nothing of how they were made, or cannot be read. */
	readonly refused: readonly string[];
}

export interface ImportOptions {
	readonly history: Pick<PictureHistory, 'bring' | 'png'>;
	/** The pictures that are here. */
	readonly known: readonly Pick<PictureSummary, 'id' | 'recipe'>[];
	readonly signal?: AbortSignal;
	readonly onFile?: (done: number) => void;
}

interface Made {
	readonly recipe: RecipeSettings;
	readonly model: ModelReference;
	readonly file: Blob;
}

/**
 * Brings pictures with their recipes into the history, each once. A file that cannot be brought is
 * counted and passed over.
 *
 * @throws HistoryFullError, HistoryUnavailableError; AbortError after the signal. What came before stays.
 */
export async function importPictures(
	files: AsyncIterable<File>,
	{ history, known, signal, onFile }: ImportOptions,
): Promise<ImportReport> {
	const idsByRecipe = new Map<string, number[]>();
	const note = (recipe: string, id: number): void =>
		void idsByRecipe.set(recipe, [...(idsByRecipe.get(recipe) ?? []), id]);
	for (const { recipe, id } of known) note(recipe, id);
	const added: number[] = [];
	const refused: string[] = [];
	let duplicates = 0;
	for await (const file of files) {
		signal?.throwIfAborted();
		const made = await readMade(file);
		if (made === undefined) {
			refused.push(file.name);
		} else {
			const key = recipeKey(made.recipe, made.model);
			if (await isAmong(file, idsByRecipe.get(key) ?? [], history)) {
				duplicates += 1;
			} else {
				const { id } = await history.bring({ ...made, createdAt: file.lastModified });
				note(key, id);
				added.push(id);
			}
		}
		onFile?.(added.length + duplicates + refused.length);
	}
	return { added, duplicates, refused };
}

/** How a picture was made; undefined unless the file says all of it. */
async function readMade(file: File): Promise<Made | undefined> {
	if (file.size > MAX_PICTURE_BYTES) return undefined;
	const read = await readRecipeFile(file);
	if (read.type !== 'recipe' || !isPicture(read.format)) return undefined;
	const { prompt, seed, steps, size: given, model, ...options } = read.recipe;
	const size = given ?? (read.format === 'png' ? await sizeOfPng(file) : undefined);
	if (prompt === undefined || seed === undefined || steps === undefined || size === undefined) {
		return undefined;
	}
	const recipe = { ...options, prompt, seed, steps, ...size };
	// What comes out of a zip has no type.
	const typed = file.slice(0, file.size, `image/${read.format}`);
	return { recipe, model: model ?? { id: '' }, file: typed };
}

function isPicture(format: string): boolean {
	return format === 'png' || format === 'jpeg' || format === 'webp';
}

/** Pixels, from the header. */
async function sizeOfPng(file: Blob): Promise<{ width: number; height: number }> {
	const header = new DataView(await file.slice(16, 24).arrayBuffer());
	return { width: header.getUint32(0), height: header.getUint32(4) };
}

async function isAmong(
	file: Blob,
	ids: readonly number[],
	history: Pick<PictureHistory, 'png'>,
): Promise<boolean> {
	for (const id of ids) {
		const other = await history.png(id).catch(() => undefined);
		if (other?.size !== file.size) continue;
		const [one, kept] = await Promise.all([file.arrayBuffer(), other.arrayBuffer()]);
		const bytes = new Uint8Array(kept);
		if (new Uint8Array(one).every((byte, at) => byte === bytes[at])) return true;
	}
	return false;
}
