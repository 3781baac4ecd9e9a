import type { Component } from 'svelte';
import type { ModelInfo } from '../../../engine/engine.ts';
import type { Capabilities } from '../../../recipe/capabilities.ts';
import { offersOption, type RecipeOption } from '../../../recipe/fit-options.ts';
import type { RecipeOptions } from '../../../recipe/recipe-settings.ts';
import type { AdapterLibrary } from '../../adapters/adapter-library.svelte.ts';
import type { AdapterRows } from '../../adapters/adapter-rows.svelte.ts';
import type { Composer } from '../composer.svelte.ts';

/** Its title and its refusal stand in the catalogues under this name. */
export type CardId = 'negative' | 'guidance' | 'sampling' | 'adapters';

export interface CardProps {
	readonly composer: Composer;
	/** What the model can do that is drawn with. */
	readonly can: Capabilities;
	readonly model: ModelInfo;
	readonly adapters: AdapterInputs;
}

/** What the card of adapters takes from the page. */
export interface AdapterInputs {
	readonly rows: AdapterRows;
	readonly library: AdapterLibrary;
	/** Opens the list of what is installed. */
	readonly onmanage: () => void;
}

/** A group of settings that people add to a recipe when they want it. */
export interface InputCard {
	readonly id: CardId;
	/** The settings that it holds; a recipe has the card while it has one of them. */
	readonly options: readonly RecipeOption[];
	/** The settings with which it is added. */
	readonly start: (can: Capabilities) => RecipeOptions;
	readonly component: Component<CardProps>;
}

/** Whether a model takes anything that the card holds. */
export function takesCard({ options }: InputCard, can: Capabilities): boolean {
	return options.some((option) => offersOption(option, can));
}

/** Whether the recipe that is composed has it. */
export function hasCard({ options }: InputCard, chosen: RecipeOptions): boolean {
	return options.some((option) => chosen[option] !== undefined);
}
