import type { NoiseSource } from './noise-source.ts';
import { philox } from './philox.ts';

const UNIT = Math.fround(2.3283064e-10);
const TURN = Math.fround(UNIT * Math.fround(6.2831855));
/** Threads of a block of the CUDA kernel. */
const BLOCK_THREADS = 256;
/** Values that a thread makes of one call. */
const VALUES_PER_CALL = 4;

/**
 * Successive draws of a generator on an NVIDIA GPU. Its layout depends on how many threads the GPU runs at
 * once, which no file says: without a limit it is what AUTOMATIC1111 calls NV, and what every GPU gives for
 * as many values as it has threads.
 *
 * Source: docs/spec/samplers.md, section 6.4
 */
export class PhiloxStream implements NoiseSource {
	readonly #seed: bigint;
	readonly #length: number;
	readonly #threads: number;
	#offset = 0;

	/** @param mostThreads that the GPU runs at once: multiprocessors · threads of each */
	constructor(seed: bigint, length: number, mostThreads = Infinity) {
		this.#seed = BigInt.asUintN(64, seed);
		this.#length = length;
		const needed = Math.ceil(length / BLOCK_THREADS) * BLOCK_THREADS;
		this.#threads = Math.min(needed, mostThreads);
	}

	draw(): Float32Array<ArrayBuffer> {
		const values = new Float32Array(this.#length);
		const threads = this.#threads;
		const perCall = VALUES_PER_CALL * threads;
		const calls = Math.floor((this.#length - 1) / perCall) + 1;
		for (let call = 0; call < calls; call++) {
			for (let thread = 0; thread < threads; thread++) {
				const first = call * perCall + thread;
				if (first >= this.#length) break;
				const words = philox([this.#offset + call, 0, thread, 0], this.#seed);
				for (let pair = 0; pair < 2; pair++) {
					const at = first + 2 * pair * threads;
					if (at >= this.#length) break;
					const radius = Math.sqrt(-2 * Math.log(words[2 * pair] * UNIT + UNIT / 2));
					const angle = words[2 * pair + 1] * TURN + TURN / 2;
					values[at] = radius * Math.sin(angle);
					if (at + threads < this.#length) values[at + threads] = radius * Math.cos(angle);
				}
			}
		}
		this.#offset += calls;
		return values;
	}
}
