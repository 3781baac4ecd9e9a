import { AppError } from '../errors/app-error.ts';

declare module '../errors/app-error.ts' {
	interface ErrorData {
		'history-full': NoData;
		'history-unavailable': { readonly detail: string };
		'picture-lost': { readonly id: number };
	}
}

/** The browser gave no room for another picture. */
export class HistoryFullError extends AppError<'history-full'> {
	constructor() {
		super('history-full', {}, { engineUsable: true });
	}
}

/** The browser refuses its database: private windows, blocked storage, a newer version's data. */
export class HistoryUnavailableError extends AppError<'history-unavailable'> {
	constructor(detail: string) {
		super('history-unavailable', { detail }, { engineUsable: true });
	}
}

/** A picture is no longer in the history, or its bytes cannot be read any more. */
export class PictureLostError extends AppError<'picture-lost'> {
	constructor(id: number) {
		super('picture-lost', { id }, { engineUsable: true });
	}
}
