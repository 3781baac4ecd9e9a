/** CSS pixels: the least width of a tile, and the gap between two. */
const TILE = 96;
const GAP = 8;

export interface GridLayout {
	readonly columns: number;
	readonly rows: number;
	/** CSS pixels, like the others: a tile's side. */
	readonly tile: number;
	/** From one row or column to the next. */
	readonly pitch: number;
	readonly height: number;
}

/** Square tiles that fill a width. */
export function gridLayout(count: number, width: number): GridLayout {
	const columns = Math.max(2, Math.floor((width + GAP) / (TILE + GAP)));
	const pitch = (width + GAP) / columns;
	const rows = Math.ceil(count / columns);
	return { columns, rows, tile: pitch - GAP, pitch, height: Math.max(0, rows * pitch - GAP) };
}

/** Where a key moves to in a grid, or undefined for other keys. */
export function neighbour(
	key: string,
	at: number,
	{ columns, count, page }: { columns: number; count: number; page: number },
): number | undefined {
	const moves: Readonly<Record<string, number>> = {
		ArrowLeft: at - 1,
		ArrowRight: at + 1,
		ArrowUp: at - columns,
		ArrowDown: at + columns,
		PageUp: at - page * columns,
		PageDown: at + page * columns,
		Home: 0,
		End: count - 1,
	};
	const to = moves[key];
	return to === undefined ? undefined : Math.min(count - 1, Math.max(0, to));
}
