import type { PictureMark } from './library-database.ts';
import type { PictureSummary } from './picture-summary.ts';

/** Which pictures to show; what is absent is not looked at. */
export interface PictureFilter {
	/** Words that all have to be there, "a phrase in quotes", and -words that must not. */
	readonly query: string;
	readonly starred?: boolean;
	/** A board's id. */
	readonly board?: number;
	readonly model?: string;
	readonly size?: string;
	readonly adapter?: string;
}

interface Term {
	readonly text: string;
	readonly wanted: boolean;
}

/** Of the filters above, those that need the recipes. */
export function looksAtRecipes({ query, model, size, adapter }: PictureFilter): boolean {
	return query.trim() !== '' || [model, size, adapter].some((value) => value !== undefined);
}

export function isFiltering(filter: PictureFilter): boolean {
	return looksAtRecipes(filter) || filter.starred === true || filter.board !== undefined;
}

/** @returns of the ids those that the filter lets through, in their order */
export function filterPictures(
	ids: readonly number[],
	filter: PictureFilter,
	summaries: ReadonlyMap<number, PictureSummary>,
	marks: ReadonlyMap<number, PictureMark>,
): readonly number[] {
	const { starred, board, model, size, adapter } = filter;
	const terms = readQuery(filter.query);
	const needsSummary = looksAtRecipes(filter);
	return ids.filter((id) => {
		const mark = marks.get(id);
		if (starred === true && mark?.starred !== true) return false;
		if (board !== undefined && mark?.board !== board) return false;
		if (!needsSummary) return true;
		const summary = summaries.get(id);
		return (
			summary !== undefined &&
			(model === undefined || summary.model === model) &&
			(size === undefined || summary.size === size) &&
			(adapter === undefined || summary.adapters.includes(adapter)) &&
			terms.every(({ text, wanted }) => summary.text.includes(text) === wanted)
		);
	});
}

function readQuery(query: string): readonly Term[] {
	const found = query.toLowerCase().matchAll(/(-?)(?:"([^"]*)"?|(\S+))/g);
	return Array.from(found, ([, minus, phrase, word = '']) => ({
		text: (phrase ?? word).replaceAll('×', 'x'),
		wanted: minus === '',
	})).filter(({ text }) => text !== '' && text !== '-');
}
