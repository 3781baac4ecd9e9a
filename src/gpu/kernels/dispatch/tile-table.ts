import type { KernelTarget } from './kernel-dispatch.ts';

/** What was fastest for results of at least such a size, the fastest first. */
export interface TunedChoice<Tile> {
	readonly minElements: number;
	/** Of convolutions, whose results of few channels have tiles of their own. */
	readonly minChannels?: number;
	readonly tiles: readonly Tile[];
}

/** What of a result its tile is chosen by. */
export interface ResultSize {
	readonly elements: number;
	readonly rows?: number;
	readonly channels?: number;
}

export type TileTarget = Pick<KernelTarget, 'limits'> &
	Partial<Pick<KernelTarget, 'compilesSlowly'>>;

export interface TileTableOptions<Tile, Kind, LastResort> {
	/** Tells all tiles apart. */
	readonly name: (tile: Tile) => string;
	/** True if work of a kind can be cut so, and the adapter holds what a workgroup needs. */
	readonly fits: (tile: Tile, kind: Kind, limits: KernelTarget['limits']) => boolean;
	/** The largest results first. */
	readonly choices: (kind: Kind) => readonly TunedChoice<Tile>[];
	/** Where no other fits. */
	readonly lastResort: LastResort;
	/** Rows of the smallest result that is given a tile; any, where not given. */
	readonly leastRows?: (tile: Tile) => number;
	/** Takes the place of a tile whose loops a software GPU would compile for many seconds. */
	readonly quickToCompile?: (tile: Tile) => Tile;
}

/**
 * The ways in which a kernel can cut its work, and which of them was fastest at what size.
 *
 * `Kind` is what shaders differ by whatever the size: one weight or two, a head's dimension.
 */
export class TileTable<Tile, Kind, LastResort extends Tile | undefined = Tile> {
	readonly #options: TileTableOptions<Tile, Kind, LastResort>;

	constructor(options: TileTableOptions<Tile, Kind, LastResort>) {
		this.#options = options;
	}

	name(tile: Tile): string {
		return this.#options.name(tile);
	}

	fits(tile: Tile, kind: Kind, { limits }: TileTarget): boolean {
		return this.#options.fits(tile, kind, limits);
	}

	/** The fastest tile that fits: of those for this size, else of those for smaller results. */
	choose(kind: Kind, size: ResultSize, target: TileTarget): Tile | LastResort {
		const { choices, lastResort, quickToCompile } = this.#options;
		const { elements, rows = Infinity, channels = Infinity } = size;
		const tile = choices(kind)
			.filter(({ minElements }) => elements >= minElements)
			.filter(({ minChannels = 0 }) => channels >= minChannels)
			.flatMap(({ tiles }) => tiles)
			.find((each) => rows >= this.#leastRows(each) && this.fits(each, kind, target));
		const chosen = tile ?? lastResort;
		if (chosen === undefined || target.compilesSlowly !== true) return chosen;
		return quickToCompile?.(chosen) ?? chosen;
	}

	/**
	 * All tiles that work of a kind is given on this adapter, whatever its size: what is chosen at all bounds,
	 * since `choose` does nothing with a size but compare it with them.
	 */
	inUse(kind: Kind, target: TileTarget): readonly Tile[] {
		const choices = this.#options.choices(kind);
		const bounds = {
			elements: boundsOf(choices.map(({ minElements }) => minElements)),
			channels: boundsOf(choices.map(({ minChannels = 0 }) => minChannels)),
			rows: boundsOf(choices.flatMap(({ tiles }) => tiles.map((tile) => this.#leastRows(tile)))),
		};
		const chosen = bounds.channels.flatMap((channels) =>
			bounds.elements.flatMap((elements) =>
				bounds.rows.flatMap(
					(rows) => this.choose(kind, { elements, rows, channels }, target) ?? [],
				),
			),
		);
		return [...new Map(chosen.map((tile) => [this.name(tile), tile])).values()];
	}

	#leastRows(tile: Tile): number {
		return this.#options.leastRows?.(tile) ?? 0;
	}
}

/** Each once, the largest first; below all others lies zero. */
function boundsOf(values: readonly number[]): readonly number[] {
	return [...new Set([...values, 0])].sort((a, b) => b - a);
}
