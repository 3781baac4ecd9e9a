import { openAsBlob, statSync } from 'node:fs';
import { RECIPE_FIELDS } from '../src/recipe/recipe-fields.ts';
import type { RecipeOptions } from '../src/recipe/recipe-settings.ts';
import type { RestoredRecipe } from '../src/recipe/restore-recipe.ts';
import { SAMPLER_IDS, SCHEDULE_IDS } from '../src/recipe/sampler-names.ts';
import { readRecipeFile } from '../src/share/files/read-recipe-file.ts';
import { UsageError } from './usage-error.ts';

/** The settings that not every model has, by the flag that gives them. */
const FLAGS = {
	negative: 'negativePrompt',
	guidance: 'guidanceScale',
	sampler: 'sampler',
	schedule: 'schedule',
	shift: 'shift',
	rng: 'noiseSource',
	eta: 'eta',
} as const;

/** For a parser of options. */
export const RECIPE_OPTIONS = {
	from: { type: 'string' },
	negative: { type: 'string' },
	guidance: { type: 'string' },
	sampler: { type: 'string' },
	schedule: { type: 'string' },
	shift: { type: 'string' },
	rng: { type: 'string' },
	eta: { type: 'string' },
} as const;

const NAMES: Readonly<Record<string, readonly string[]>> = {
	sampler: SAMPLER_IDS,
	schedule: SCHEDULE_IDS,
};

export const RECIPE_HELP = `\
  --from FILE       takes all settings from a picture, a ComfyUI graph or a text; other options
                    come before its own
  --negative TEXT   what the picture shall not show; counts where guidance is more than 1
  --guidance N      as ComfyUI's cfg: 1 is none (default: the model's own)
  --sampler NAME    for example euler, res_multistep, euler_ancestral, dpmpp_2m
  --schedule NAME   for example simple, beta, karras
  --shift N         of the schedule: more of it spends more steps at high noise
  --rng NAME        whose random numbers: comfy_nv (default), comfy_cpu, cpu or nv
  --eta N           how much noise a sampler renews, from 0`;

/** @throws UsageError for a value that no model takes */
export function recipeOptions(
	values: Readonly<Partial<Record<keyof typeof FLAGS, string>>>,
): RecipeOptions {
	const options: Record<string, unknown> = {};
	for (const [flag, field] of Object.entries(FLAGS)) {
		const text = values[flag as keyof typeof FLAGS];
		if (text === undefined) continue;
		const { value, problem } = RECIPE_FIELDS[field].read(text);
		const known = NAMES[flag];
		if (problem !== undefined || value === undefined) {
			throw new UsageError(`--${flag} cannot be "${text}".`);
		}
		if (known !== undefined && !known.includes(String(value))) {
			throw new UsageError(`--${flag} must be one of ${known.join(', ')}, not "${text}".`);
		}
		options[field] = value;
	}
	return options;
}

/** @throws UsageError for a file that says nothing of how a picture is drawn */
export async function recipeOfFile(path: string): Promise<RestoredRecipe> {
	const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
	const found = isFile ? await readRecipeFile(await openAsBlob(path)) : undefined;
	if (found?.type === 'recipe') return found.recipe;
	throw new UsageError(`--from names ${path}, in which no settings of a picture were found.`);
}
