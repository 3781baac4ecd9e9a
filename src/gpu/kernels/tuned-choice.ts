/** What was fastest for results of at least so many elements, the fastest first. */
export interface TunedChoice<Tile> {
	readonly minElements: number;
	readonly tiles: readonly Tile[];
}

/** The first acceptable tile: of the choice for this size, else of those for smaller ones. */
export function tunedTile<Tile, LastResort>(
	choices: readonly TunedChoice<Tile>[],
	elements: number,
	accepts: (tile: Tile) => boolean,
	lastResort: LastResort,
): Tile | LastResort {
	const tiles = choices
		.filter(({ minElements }) => elements >= minElements)
		.flatMap((choice) => choice.tiles);
	return tiles.find(accepts) ?? lastResort;
}

/**
 * Every tile, each once, that `tunedTile` returns at some size.
 *
 * @param leastExtent of a result that is given the tile; 0 for tiles that every result can be given
 */
export function tilesInUse<Tile>(
	choices: readonly TunedChoice<Tile>[],
	fits: (tile: Tile) => boolean,
	lastResort: Tile,
	leastExtent: (tile: Tile) => number = () => 0,
): readonly Tile[] {
	const reached = choices.flatMap(({ tiles }) =>
		tiles
			.filter(fits)
			.filter((tile, index, fitting) =>
				fitting.slice(0, index).every((faster) => leastExtent(faster) > leastExtent(tile)),
			),
	);
	const smallest = choices.at(-1)?.tiles.filter(fits) ?? [];
	const isLastReached = !smallest.some((tile) => leastExtent(tile) === 0);
	const all = isLastReached ? [...reached, lastResort] : reached;
	return [...new Map(all.map((tile) => [JSON.stringify(tile), tile])).values()];
}
