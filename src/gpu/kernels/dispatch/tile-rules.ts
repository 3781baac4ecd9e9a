import type { KernelName } from './kernel-name.ts';

/**
 * How much a kernel's tiles ask of a GPU: those tuned on one fast GPU, which take most registers and workgroup
 * memory; a middle one; one that every driver compiles in short time and every GPU runs without spilling.
 */
export const TILE_LEVELS = ['tuned', 'middle', 'safe'] as const;
export type TileLevel = (typeof TILE_LEVELS)[number];

/** What is known of an adapter's tiles. */
export class TileRules {
	readonly #levels: Map<KernelName, TileLevel>;
	readonly #start: TileLevel;
	readonly #refused: Map<string, string>;

	/**
	 * @param start of kernels whose level is not known
	 * @param refused as `refused` gives it
	 */
	constructor(
		start: TileLevel,
		levels: Iterable<readonly [KernelName, TileLevel]> = [],
		refused: Iterable<readonly [string, string]> = [],
	) {
		this.#start = start;
		this.#levels = new Map(levels);
		this.#refused = new Map(refused);
	}

	get levels(): ReadonlyMap<KernelName, TileLevel> {
		return this.#levels;
	}

	/** Tiles that are not given any more, by `TileTable.id`, with what is wrong with them. */
	get refused(): ReadonlyMap<string, string> {
		return this.#refused;
	}

	level(kernel: KernelName): TileLevel {
		return this.#levels.get(kernel) ?? this.#start;
	}

	choose(kernel: KernelName, level: TileLevel): void {
		this.#levels.set(kernel, level);
	}

	refuse(tile: string, reason: string): void {
		this.#refused.set(tile, reason);
	}
}
