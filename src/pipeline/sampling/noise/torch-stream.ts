import { MersenneTwister } from './mersenne-twister.ts';
import type { NoiseSource } from './noise-source.ts';
import { fillTorchRandn } from './torch-randn.ts';

/** Successive draws of torch's CPU generator. */
export class TorchStream implements NoiseSource {
	readonly #random: MersenneTwister;
	readonly #length: number;

	/** @param seed of which the low 32 bits count */
	constructor(seed: bigint, length: number) {
		this.#random = new MersenneTwister(Number(BigInt.asUintN(32, seed)));
		this.#length = length;
	}

	draw(): Float32Array<ArrayBuffer> {
		const values = new Float32Array(this.#length);
		fillTorchRandn(values, this.#random);
		return values;
	}
}
