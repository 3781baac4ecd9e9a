import { isRecipeOption, type RecipeOption } from '../../recipe/fit-options.ts';
import type { RecipeOptions } from '../../recipe/recipe-settings.ts';
import { readSettings } from '../../recipe/restore-recipe.ts';
import type { KeyValueStorage } from '../studio/key-value-storage.ts';

const STORAGE_KEY = 'shardlight.draft';

/** What survives a reload of the composer. Anything may be missing or wrong: another version may have written it. */
export interface Draft {
	/** Absent unless a model was chosen by name. */
	readonly modelId: string | undefined;
	readonly prompt: string;
	readonly seedText: string;
	readonly seedCounting: boolean;
	readonly steps: number | null | undefined;
	readonly width: number | undefined;
	readonly height: number | undefined;
	readonly count: number | null | undefined;
	readonly options: RecipeOptions | undefined;
	readonly off: readonly RecipeOption[] | undefined;
}

/** Where drafts lie: each tab has its own; a tab that has none yet goes on with the last one of any. */
export interface DraftStorages {
	readonly tab: KeyValueStorage;
	readonly all: KeyValueStorage;
}

export function readDraft({ tab, all }: DraftStorages): Partial<Draft> {
	const text = tab.read(STORAGE_KEY) ?? all.read(STORAGE_KEY);
	if (text === undefined) return {};
	try {
		return checkDraft(JSON.parse(text));
	} catch {
		return {};
	}
}

export function writeDraft({ tab, all }: DraftStorages, draft: Draft): void {
	const text = JSON.stringify(draft);
	tab.write(STORAGE_KEY, text);
	all.write(STORAGE_KEY, text);
}

function checkDraft(value: unknown): Partial<Draft> {
	if (typeof value !== 'object' || value === null) return {};
	const { modelId, prompt, seedText, seedCounting, steps, width, height, count, options, off } =
		value as Record<keyof Draft, unknown>;
	// Before version 0.2 the field also held seeds that nobody had chosen.
	const isKept = !('seedLocked' in value) || value.seedLocked === true;
	return {
		modelId: typeof modelId === 'string' ? modelId : undefined,
		prompt: typeof prompt === 'string' ? prompt : undefined,
		seedText: typeof seedText === 'string' && isKept ? seedText : undefined,
		seedCounting: typeof seedCounting === 'boolean' ? seedCounting : undefined,
		steps: typeof steps === 'number' ? steps : undefined,
		width: typeof width === 'number' ? width : undefined,
		height: typeof height === 'number' ? height : undefined,
		count: typeof count === 'number' ? count : undefined,
		off: Array.isArray(off) ? off.filter(isRecipeOption) : undefined,
		options: typeof options === 'object' ? readSettings({ ...options }).settings : undefined,
	};
}
