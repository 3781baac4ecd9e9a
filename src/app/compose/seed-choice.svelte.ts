import { parseSeed, seedAfter } from './seed.ts';

/** As other programs write "any". */
const ANY = '-1';

/** Which seeds the next pictures have: new ones each time, a fixed one, or the numbers after it. */
export class SeedChoice {
	readonly #random: () => number;
	/** Text, because a half-typed or too large number has to stay on screen while its problem is shown. Empty is random. */
	text = $state('');
	/** A fixed seed moves on to the next number with every picture. */
	counting = $state(false);
	/** Of the pictures that were asked for last, the first one's. */
	last: number | undefined = $state();

	constructor(random: () => number) {
		this.#random = random;
	}

	get isRandom(): boolean {
		const text = this.text.trim();
		return text === '' || text === ANY;
	}

	/** The seed that is fixed; undefined for a random one, and while there is none to be read. */
	get fixed(): number | undefined {
		return parseSeed(this.text);
	}

	get invalid(): boolean {
		return !this.isRandom && this.fixed === undefined;
	}

	makeRandom(): void {
		this.text = '';
		this.counting = false;
	}

	keep(seed: number): void {
		this.text = String(seed);
	}

	/**
	 * The seed for so many pictures, of which each has the next number.
	 *
	 * @returns undefined while what was typed is no seed
	 */
	take(pictures: number): number | undefined {
		const seed = this.isRandom ? this.#random() : this.fixed;
		if (seed === undefined) return undefined;
		this.last = seed;
		if (!this.isRandom && this.counting) this.keep(seedAfter(seed, pictures));
		return seed;
	}
}
