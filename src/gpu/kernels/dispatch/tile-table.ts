import type { KernelTarget } from './kernel-dispatch.ts';
import type { KernelName } from './kernel-name.ts';
import type { TileLevel } from './tile-rules.ts';

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
	Partial<Pick<KernelTarget, 'compilesSlowly' | 'tiles'>>;

export interface TileTableOptions<Tile, Kind, LastResort> {
	readonly kernel: KernelName;
	/** Tells all tiles apart. */
	readonly name: (tile: Tile) => string;
	/** True if work of a kind can be cut so, and the adapter holds what a workgroup needs. */
	readonly fits: (tile: Tile, kind: Kind, limits: KernelTarget['limits']) => boolean;
	/** The largest results first. */
	readonly choices: (kind: Kind) => readonly TunedChoice<Tile>[];
	/** What asks less of a GPU than the tuned choices, the most demanding first. */
	readonly lighter?: readonly {
		readonly level: Exclude<TileLevel, 'tuned'>;
		readonly tile: Tile;
	}[];
	/** Where no other fits. */
	readonly lastResort: LastResort;
	/** Rows of the smallest result that is given a tile; any, where not given. */
	readonly leastRows?: (tile: Tile) => number;
	/** Channels of the smallest result that is given a tile of `lighter`; any, where not given. */
	readonly leastChannels?: (tile: Tile) => number;
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

	/** Tells a tile for work of a kind from all others. */
	id(tile: Tile, kind: Kind): string {
		return `${this.#options.kernel} ${JSON.stringify(kind)} ${this.name(tile)}`;
	}

	/**
	 * The fastest tile that fits, of those that the adapter's rules allow: of those for this size, else of those for
	 * smaller results, else a lighter one.
	 */
	choose(kind: Kind, size: ResultSize, target: TileTarget): Tile | LastResort {
		const { lastResort, quickToCompile } = this.#options;
		const { rows = Infinity } = size;
		const quick = (tile: Tile): Tile =>
			target.compilesSlowly === true ? (quickToCompile?.(tile) ?? tile) : tile;
		const tile = this.#candidates(kind, size, target)
			.filter((each) => rows >= this.#leastRows(each) && this.fits(each, kind, target))
			.map(quick)
			.find((each) => target.tiles?.refused.has(this.id(each, kind)) !== true);
		return tile ?? (lastResort === undefined ? lastResort : quick(lastResort));
	}

	/** The tile of each level for the largest results, where there is one; each once. */
	levels(kind: Kind, target: TileTarget): ReadonlyMap<TileLevel, Tile> {
		const { lighter = [], choices } = this.#options;
		const isGiven = (tile: Tile): boolean =>
			this.fits(tile, kind, target) && target.tiles?.refused.has(this.id(tile, kind)) !== true;
		const tuned = choices(kind)
			.flatMap(({ tiles }) => tiles)
			.find(isGiven);
		return new Map([
			...(tuned === undefined ? [] : [['tuned', tuned] as const]),
			...lighter
				.filter(({ tile }) => isGiven(tile))
				.map(({ level, tile }) => [level, tile] as const),
		]);
	}

	#candidates(kind: Kind, size: ResultSize, target: TileTarget): readonly Tile[] {
		const { choices, kernel, lighter = [], leastChannels } = this.#options;
		const { elements, channels = Infinity } = size;
		const level = target.tiles?.level(kernel) ?? 'tuned';
		const tuned = choices(kind)
			.filter(({ minElements }) => elements >= minElements)
			.filter(({ minChannels = 0 }) => channels >= minChannels)
			.flatMap(({ tiles }) => tiles);
		const from = lighter.findIndex((each) => each.level === level);
		const light = lighter
			.slice(Math.max(0, from))
			.map(({ tile }) => tile)
			.filter((tile) => channels >= (leastChannels?.(tile) ?? 0));
		return level === 'tuned' ? [...tuned, ...light] : light;
	}

	/**
	 * All tiles that work of a kind is given on this adapter, whatever its size: what is chosen at all bounds,
	 * since `choose` does nothing with a size but compare it with them.
	 */
	inUse(kind: Kind, target: TileTarget): readonly Tile[] {
		const { lighter = [], leastChannels } = this.#options;
		const choices = this.#options.choices(kind);
		const light = lighter.map(({ tile }) => tile);
		const tiles = [...choices.flatMap((choice) => choice.tiles), ...light];
		const bounds = {
			elements: boundsOf(choices.map(({ minElements }) => minElements)),
			channels: boundsOf([
				...choices.map(({ minChannels = 0 }) => minChannels),
				...light.map((tile) => leastChannels?.(tile) ?? 0),
			]),
			rows: boundsOf(tiles.map((tile) => this.#leastRows(tile))),
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
