/** Rows beyond each edge that are ready before they are scrolled to. */
const SPARE = 2;

export interface RowLayout {
	/** Of the first row, measured from the viewport's top; CSS pixels, like the others. */
	readonly top: number;
	readonly rowHeight: number;
	readonly rows: number;
	readonly viewport: number;
}

export interface RowWindow {
	/** The first row to show, and the first after those. */
	readonly first: number;
	readonly end: number;
	/** Rows left out behind. */
	readonly after: number;
}

/** Which rows of a long list the page needs to have: those in view and a few around them. */
export function visibleRows({ top, rowHeight, rows, viewport }: RowLayout): RowWindow {
	if (rowHeight <= 0) return { first: 0, end: 0, after: rows };
	const inRange = (row: number): number => Math.min(rows, Math.max(0, row));
	const first = inRange(Math.floor(-top / rowHeight) - SPARE);
	// Below the viewport the first rows are there too, for those who come by keyboard.
	const end = inRange(Math.max(SPARE, Math.ceil((viewport - top) / rowHeight) + SPARE));
	return { first, end, after: rows - end };
}
