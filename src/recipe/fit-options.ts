import type { Capabilities, NumberRange } from './capabilities.ts';
import { RECIPE_FIELDS } from './recipe-fields.ts';
import { MAX_ADAPTERS } from './recipe-limits.ts';
import type { RecipeOptions } from './recipe-settings.ts';

export type RecipeOption = keyof RecipeOptions;

/** What a model makes of an option. */
interface Fit<Value> {
	/** Whether the model leaves a choice. */
	readonly offered: (can: Capabilities) => boolean;
	/** Whether this value is drawn as it says: also where it says what the model does anyway. */
	readonly possible: (value: Value, can: Capabilities) => boolean;
}

type Values = { readonly [Option in RecipeOption]-?: NonNullable<RecipeOptions[Option]> };

const FITS: { readonly [Option in RecipeOption]: Fit<Values[Option]> } = {
	negativePrompt: flag((can) => can.negativePrompt),
	guidanceScale: number((can) => can.guidanceScale, 1),
	guidanceNormalization: flag((can) => can.guidanceScale !== undefined),
	guidanceTruncation: flag((can) => can.guidanceScale !== undefined),
	sampler: oneOf((can) => can.samplers),
	schedule: oneOf((can) => can.schedules),
	shift: number((can) => can.shift),
	eta: flag(leavesSampler),
	noiseScale: flag(leavesSampler),
	noiseSource: flag(leavesSampler),
	variationSeed: flag(leavesSampler),
	variationStrength: flag(leavesSampler),
	seedDelta: flag(leavesSampler),
	adapters: upTo((can) => (can.adapters ? MAX_ADAPTERS : 0)),
	sourcePicture: flag((can) => can.sourcePicture),
	sourceMask: flag((can) => can.mask),
	denoisingStrength: number((can) => (can.sourcePicture ? { least: 0, most: 1 } : undefined), 1),
	references: upTo((can) => can.references),
	controls: upTo((can) => (can.controls.length > 0 ? Infinity : 0)),
};

const OPTIONS = Object.keys(FITS) as readonly RecipeOption[];

export function isRecipeOption(name: unknown): name is RecipeOption {
	return typeof name === 'string' && Object.hasOwn(FITS, name);
}

/** Whether a model leaves a choice in an option. */
export function offersOption(option: RecipeOption, can: Capabilities): boolean {
	return FITS[option].offered(can);
}

/** Of an object that holds more, what not every model can do. */
export function optionsOf(recipe: RecipeOptions): RecipeOptions {
	const given = OPTIONS.filter((option) => recipe[option] !== undefined);
	return Object.fromEntries(given.map((option) => [option, recipe[option]]));
}

/** The options of a recipe that a model cannot do, or not with this value. */
export function unsupportedOptions(
	recipe: RecipeOptions,
	can: Capabilities,
): readonly RecipeOption[] {
	return OPTIONS.filter((option) => !isPossible(option, recipe[option], can));
}

/** The options of a recipe that a model leaves a choice in and can do. */
export function chosenOptions(recipe: RecipeOptions, can: Capabilities): RecipeOptions {
	const offered = OPTIONS.filter((option) => offersOption(option, can));
	const chosen = offered.filter((option) => isPossible(option, recipe[option], can));
	const values = chosen.map((option) => [option, recipe[option]] as const);
	return Object.fromEntries(values.filter(([, value]) => !asksNothing(value)));
}

function isPossible<Option extends RecipeOption>(
	option: Option,
	value: Values[Option] | undefined,
	can: Capabilities,
): boolean {
	if (value === undefined) return true;
	const { problem } = RECIPE_FIELDS[option].read(value);
	return problem === undefined && FITS[option].possible(value, can);
}

function leavesSampler({ samplers }: Capabilities): boolean {
	return samplers.length > 1;
}

function flag(offered: Fit<unknown>['offered']): Fit<unknown> {
	return { offered, possible: (_value, can) => offered(can) };
}

/** @param itself what a model does that does not offer it */
function number(
	range: (can: Capabilities) => Pick<NumberRange, 'least' | 'most'> | undefined,
	itself?: number,
): Fit<number> {
	return {
		offered: (can) => range(can) !== undefined,
		possible: (value, can) => {
			const { least, most } = range(can) ?? { least: itself, most: itself };
			return least !== undefined && most !== undefined && value >= least && value <= most;
		},
	};
}

function oneOf(names: (can: Capabilities) => readonly string[]): Fit<string> {
	return {
		offered: (can) => names(can).length > 1,
		possible: (name, can) => names(can).includes(name),
	};
}

function upTo(most: (can: Capabilities) => number): Fit<readonly unknown[]> {
	return {
		offered: (can) => most(can) > 0,
		possible: (items, can) => items.length <= most(can),
	};
}

/** A list that is being filled is empty at first. */
function asksNothing(value: unknown): boolean {
	return value === undefined || (Array.isArray(value) && value.length === 0);
}
