import type { ModelInfo, PictureSize, Recipe } from '../../engine/engine.ts';
import type { Capabilities, NumberRange } from '../../recipe/capabilities.ts';
import { type RecipeOption, chosenOptions, unsupportedOptions } from '../../recipe/fit-options.ts';
import { MAX_STEPS, MIN_STEPS } from '../../recipe/recipe-limits.ts';
import type { RecipeOptions, RecipeSettings } from '../../recipe/recipe-settings.ts';
import type { Draft } from './draft.ts';
import { randomSeed } from './seed.ts';
import { SeedChoice } from './seed-choice.svelte.ts';

export const MAX_COUNT = 16;
/** Until a model is known. */
const ANY_STEPS: NumberRange = { least: MIN_STEPS, most: MAX_STEPS, default: 8 };

/** What to fill in; what is missing stays as it is, but options become the model's own. */
export interface FillIn
	extends RecipeOptions, Partial<Pick<RecipeSettings, 'prompt' | 'seed' | 'steps'>> {
	readonly size?: PictureSize;
}

/** What of it the model cannot do. */
export interface Misfit {
	/** The nearest size was chosen instead of this. */
	readonly size?: PictureSize;
	/** Left out. */
	readonly options: readonly RecipeOption[];
}

/** What the user is writing: the next pictures' recipe, valid or not. */
export class Composer {
	#restored: Partial<Draft> = {};

	/** The model that was chosen by name; without a choice, the engine's first is drawn with. */
	modelId: string | undefined = $state();
	prompt = $state('');
	readonly seed: SeedChoice;
	/** `undefined` or `null` while the field is empty. */
	steps: number | null | undefined = $state(ANY_STEPS.default);
	/** Pictures to draw, with consecutive seeds. */
	count: number | null | undefined = $state(1);
	/** What the model can do that is drawn with, once it is known. */
	can: Capabilities | undefined = $state.raw();
	sizeIndex = $state(0);
	/** What was added to the prompt, whether the model takes it or not. */
	options: RecipeOptions = $state.raw({});
	/** Of `options`, what is kept but not drawn with. */
	off: readonly RecipeOption[] = $state.raw([]);
	#submittedEmpty = $state(false);

	constructor(random: () => number = randomSeed) {
		this.seed = new SeedChoice(random);
	}

	get sizes(): readonly PictureSize[] {
		return this.can?.sizes ?? [];
	}

	get stepsRange(): NumberRange {
		return this.can?.steps ?? ANY_STEPS;
	}

	get size(): PictureSize | undefined {
		return this.sizes[this.sizeIndex];
	}

	/** An empty prompt is only a problem once the user has tried to draw it. */
	get promptMissing(): boolean {
		return this.#submittedEmpty && this.promptEmpty;
	}

	get promptEmpty(): boolean {
		return this.trimmedPrompt === '';
	}

	/** The prompt as it is drawn: the one place that trims it. */
	get trimmedPrompt(): string {
		return this.prompt.trim();
	}

	get stepsInvalid(): boolean {
		return this.validSteps === undefined;
	}

	get validSteps(): number | undefined {
		const { least, most } = this.stepsRange;
		return wholeNumber(this.steps, least, most);
	}

	get countInvalid(): boolean {
		return this.validCount === undefined;
	}

	get validCount(): number | undefined {
		return wholeNumber(this.count, 1, MAX_COUNT);
	}

	/** What pictures are drawn with beside the prompt. */
	get activeOptions(): RecipeOptions {
		const active = without(this.options, this.off);
		return this.can === undefined ? active : chosenOptions(active, this.can);
	}

	set(options: RecipeOptions): void {
		this.options = { ...this.options, ...options };
	}

	areOff(options: readonly RecipeOption[]): boolean {
		return options.every((option) => this.off.includes(option));
	}

	switchOptions(options: readonly RecipeOption[], on: boolean): void {
		const others = this.off.filter((option) => !options.includes(option));
		this.off = on ? others : [...others, ...options];
	}

	removeOptions(options: readonly RecipeOption[]): void {
		this.options = without(this.options, options);
		this.switchOptions(options, true);
	}

	get draft(): Draft {
		const { modelId, prompt, seed, steps, count, options, off } = this;
		const { width, height } = this.size ?? {};
		const { text: seedText, counting: seedCounting } = seed;
		return { modelId, prompt, seedText, seedCounting, steps, count, width, height, options, off };
	}

	/** Goes on with what an earlier visit left. Before `adopt`, which knows the sizes. */
	restore(draft: Partial<Draft>): void {
		this.#restored = draft;
		this.modelId = draft.modelId ?? this.modelId;
		this.prompt = draft.prompt ?? this.prompt;
		this.seed.text = draft.seedText ?? this.seed.text;
		this.seed.counting = draft.seedCounting ?? this.seed.counting;
		this.count = draft.count ?? this.count;
		this.off = draft.off ?? this.off;
	}

	/** Puts an earlier draft in place of what is there, empty fields included. */
	bringBack(draft: Draft, model: ModelInfo): void {
		this.restore(draft);
		this.modelId = draft.modelId;
		this.adopt(model);
		this.steps = draft.steps;
		this.count = draft.count;
	}

	/** Takes over what a model can do and is at its best with; a size that it can draw too stays. */
	adopt({ can }: ModelInfo): void {
		const { width, height, steps, options } = { ...this.size, ...this.#restored };
		this.#restored = {};
		this.can = can;
		this.options = options ?? this.options;
		this.sizeIndex = Math.max(0, indexOfSize(can.sizes, width, height));
		this.steps = steps ?? can.steps.default;
	}

	fillIn(recipe: FillIn): Misfit {
		const { prompt, seed, steps, size } = recipe;
		this.prompt = prompt ?? this.prompt;
		this.steps = steps ?? this.steps;
		if (seed !== undefined) this.seed.keep(seed);
		const { can } = this;
		this.off = [];
		this.options = can === undefined ? {} : chosenOptions(recipe, can);
		const options = can === undefined ? [] : unsupportedOptions(recipe, can);
		if (size === undefined) return { options };
		const exact = indexOfSize(this.sizes, size.width, size.height);
		this.sizeIndex = exact < 0 ? indexOfNearestSize(this.sizes, size) : exact;
		return exact < 0 ? { size, options } : { options };
	}

	/** The recipe as it stands, or `undefined` with the problems now showing. */
	submit(model: ModelInfo): Recipe | undefined {
		this.#submittedEmpty = this.promptEmpty;
		const { size, validSteps: steps, validCount: count } = this;
		if (this.promptEmpty || steps === undefined) return undefined;
		if (size === undefined || count === undefined) return undefined;
		const seed = this.seed.take(count);
		if (seed === undefined) return undefined;
		const { width, height } = size;
		const { id: modelId } = model;
		return {
			...this.activeOptions,
			modelId,
			prompt: this.trimmedPrompt,
			seed,
			width,
			height,
			steps,
		};
	}
}

function without(options: RecipeOptions, left: readonly RecipeOption[]): RecipeOptions {
	const kept = { ...options };
	for (const option of left) Reflect.deleteProperty(kept, option);
	return kept;
}

function wholeNumber(
	value: number | null | undefined,
	min: number,
	max: number,
): number | undefined {
	if (value === null || value === undefined || !Number.isInteger(value)) return undefined;
	return value >= min && value <= max ? value : undefined;
}

function indexOfSize(
	sizes: readonly PictureSize[],
	width: number | undefined,
	height: number | undefined,
): number {
	return sizes.findIndex((size) => size.width === width && size.height === height);
}

/** The shape counts, then the area: both as ratios. */
function indexOfNearestSize(sizes: readonly PictureSize[], wanted: PictureSize): number {
	const ratio = (size: PictureSize): number => Math.log(size.width / size.height);
	const area = (size: PictureSize): number => Math.log(size.width * size.height);
	const distances = sizes.map(
		(size) => 10 * Math.abs(ratio(size) - ratio(wanted)) + Math.abs(area(size) - area(wanted)),
	);
	return Math.max(0, distances.indexOf(Math.min(...distances)));
}
