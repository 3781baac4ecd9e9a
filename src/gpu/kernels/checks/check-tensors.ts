import type { BoundRange } from '../dispatch/kernel-dispatch.ts';

type Numbers = Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/** A prime: repeated numbers do not fall into step with rows or tiles. More numbers take time to make up. */
const MOST_NUMBERS = 1009;

/** Made-up numbers, the same at every start, and their buffers. */
export class CheckTensors<Ref> {
	/** Makes a buffer of these numbers. */
	readonly upload: (values: Numbers) => Ref;
	#state = 1;

	constructor(upload: (values: Numbers) => Ref) {
		this.upload = upload;
	}

	/** Between -1 and 1. @param period after which they repeat */
	values(count: number, period = Math.min(count, MOST_NUMBERS)): Float32Array<ArrayBuffer> {
		const values = new Float32Array(count);
		for (let i = 0; i < period; i++) values[i] = this.#next() / 2 ** 31 - 1;
		for (let i = period; i < count; i++) values[i] = values[i - period] ?? NaN;
		return values;
	}

	/**
	 * FP16 values up to 1, every 16th subnormal.
	 *
	 * @param period after which they repeat
	 */
	halves(
		count: number,
		period = Math.min(count, MOST_NUMBERS),
	): { readonly range: BoundRange<Ref>; readonly values: Float64Array } {
		const bits = new Uint16Array(Math.ceil(count / 2) * 2);
		const values = new Float64Array(count);
		for (let i = 0; i < period; i++) {
			const random = this.#next();
			const sign = random >>> 31;
			const mantissa = (random >>> 16) & 0x3ff;
			const exponent = i % 16 === 7 ? 0 : 11 + ((random >>> 26) & 3);
			bits[i] = (sign << 15) | (exponent << 10) | mantissa;
			const magnitude =
				exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25);
			values[i] = sign === 1 ? -magnitude : magnitude;
		}
		for (let i = period; i < count; i++) {
			bits[i] = bits[i - period] ?? NaN;
			values[i] = values[i - period] ?? NaN;
		}
		const ref = this.upload(bits);
		return { range: { ref, byteOffset: 0, byteLength: bits.byteLength }, values };
	}

	/** A buffer for so many results, with NaN in it: what a kernel leaves out is seen. */
	output(count: number): Ref {
		return this.upload(new Float32Array(count).fill(NaN));
	}

	/** A buffer for so many numbers on the way to a result. */
	scratch(count: number): Ref {
		return this.upload(new Float32Array(count));
	}

	/** 32 bits of a linear congruential generator, mixed. */
	#next(): number {
		this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
		return (this.#state ^ (this.#state >>> 15)) >>> 0;
	}
}
