const STATE_WORDS = 624;
const SHIFT_WORDS = 397;

/**
 * The mt19937 generator as torch's CPU generator uses it: seeded with one 32-bit word.
 *
 * Source: Matsumoto and Nishimura 1998; torch takes the low 32 bits of its 64-bit seed.
 */
export class MersenneTwister {
	readonly #state = new Uint32Array(STATE_WORDS);
	#next = STATE_WORDS;

	/** @param seed integer from 0 to 2^53 - 1, of which the low 32 bits count */
	constructor(seed: number) {
		let word = seed >>> 0;
		this.#state[0] = word;
		for (let i = 1; i < STATE_WORDS; i++) {
			word = (Math.imul(1812433253, word ^ (word >>> 30)) + i) >>> 0;
			this.#state[i] = word;
		}
	}

	/** The next 32 random bits, as an integer from 0 to 2^32 - 1. */
	next(): number {
		if (this.#next === STATE_WORDS) this.#twist();
		let y = this.#state[this.#next++] ?? 0;
		y ^= y >>> 11;
		y ^= (y << 7) & 0x9d2c5680;
		y ^= (y << 15) & 0xefc60000;
		y ^= y >>> 18;
		return y >>> 0;
	}

	#twist(): void {
		const state = this.#state;
		for (let i = 0; i < STATE_WORDS; i++) {
			const current = state[i] ?? 0;
			const following = state[i + 1 < STATE_WORDS ? i + 1 : 0] ?? 0;
			const shifted = i + SHIFT_WORDS;
			const far = state[shifted < STATE_WORDS ? shifted : shifted - STATE_WORDS] ?? 0;
			const mixed = (current & 0x80000000) | (following & 0x7fffffff);
			state[i] = far ^ (mixed >>> 1) ^ (following & 1 ? 0x9908b0df : 0);
		}
		this.#next = 0;
	}
}
