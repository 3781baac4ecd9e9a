/* eslint-disable svelte/prefer-svelte-reactivity -- maps and sets that are shown are replaced as a whole, never changed in place */
import type { PictureMark } from '../../history/library-database.ts';
import {
	filterPictures,
	isFiltering,
	looksAtRecipes,
	type PictureFilter,
} from '../../history/picture-filter.ts';
import type { PictureSummary } from '../../history/picture-summary.ts';

/** What recipes in the history differ in. */
export interface FilterChoices {
	readonly models: readonly string[];
	readonly sizes: readonly string[];
	readonly adapters: readonly string[];
}

/** Which pictures of the history are shown. */
export class HistoryFilter {
	query = $state('');
	starred = $state(false);
	board: number | undefined = $state();
	model: string | undefined = $state();
	size: string | undefined = $state();
	adapter: string | undefined = $state();
	/** Whether the choices are shown, so that recipes are wanted although nothing is asked for yet. */
	open = $state(false);
	/** What searches look at; absent until the first one. */
	summaries: ReadonlyMap<number, PictureSummary> | undefined = $state.raw();

	readonly choices: FilterChoices = $derived.by(() => {
		const summaries = [...(this.summaries?.values() ?? [])];
		const names = (of: (summary: PictureSummary) => readonly string[]): readonly string[] =>
			[...new Set(summaries.flatMap(of))].filter((name) => name !== '').sort();
		return {
			models: names(({ model }) => [model]),
			sizes: names(({ size }) => [size]),
			adapters: names(({ adapters }) => adapters),
		};
	});

	get active(): boolean {
		return isFiltering(this.#filter);
	}

	get needsSummaries(): boolean {
		return this.open || looksAtRecipes(this.#filter);
	}

	apply(ids: readonly number[], marks: ReadonlyMap<number, PictureMark>): readonly number[] {
		return this.active
			? filterPictures(ids, this.#filter, this.summaries ?? new Map(), marks)
			: ids;
	}

	clear(): void {
		this.query = '';
		this.starred = false;
		this.board = undefined;
		this.model = undefined;
		this.size = undefined;
		this.adapter = undefined;
	}

	get #filter(): PictureFilter {
		const { query, starred, board, model, size, adapter } = this;
		return { query, starred, board, model, size, adapter };
	}
}
