/** The browser gave no room for another picture. */
export class HistoryFullError extends Error {
	override readonly name = 'HistoryFullError';
	constructor() {
		super(
			'The history has no room for this picture; earlier ones are kept. Save it now, then export ' +
				'and delete pictures in the history, or free some disk space.',
		);
	}
}

/** The browser refuses its database: private windows, blocked storage, a newer version's data. */
export class HistoryUnavailableError extends Error {
	override readonly name = 'HistoryUnavailableError';
	constructor(detail: string) {
		super(
			`The history cannot be opened (${detail}). Pictures can still be drawn and saved; ` +
				'reload the page, or allow this site to store data, to have the history back.',
		);
	}
}

/** A picture is no longer in the history, or its bytes cannot be read any more. */
export class PictureLostError extends Error {
	override readonly name = 'PictureLostError';
	constructor(id: number) {
		super(
			`Picture ${id} is no longer in the history. If its recipe is still shown, generate it again.`,
		);
	}
}
