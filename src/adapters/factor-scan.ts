import { AdapterError } from './errors.ts';
import type { Factor, FactorType } from './factor.ts';

/** How a type's values are judged by the bits of one: all exponent bits set is no number. */
interface BitTest {
	readonly bytes: 1 | 2 | 4;
	/** Bits without the sign. */
	readonly value: number;
	/** No number if these bits are all set. */
	readonly special: number;
}

const BITS: Readonly<Record<FactorType, BitTest>> = {
	F32: { bytes: 4, value: 0x7fffffff, special: 0x7f800000 },
	BF16: { bytes: 2, value: 0x7fff, special: 0x7f80 },
	F16: { bytes: 2, value: 0x7fff, special: 0x7c00 },
	F8_E4M3: { bytes: 1, value: 0x7f, special: 0x7f },
	F8_E5M2: { bytes: 1, value: 0x7f, special: 0x7c },
};

/** Looks at the values of factors as a file's bytes pass, from front to back, in pieces of any size. */
export class FactorScan {
	readonly #factors: readonly Factor[];
	readonly #nonZero = new Set<string>();
	/** Of the factor that is passing. */
	#index = 0;
	/** Of a value that a piece ended within. */
	readonly #carry: number[] = [];
	#at = 0;

	constructor(factors: readonly Factor[]) {
		const distinct = new Map(factors.map((factor) => [factor.name, factor]));
		this.#factors = [...distinct.values()].sort((a, b) => a.byteOffset - b.byteOffset);
	}

	/** Whether all values of a factor that has passed were zero. */
	isZero({ name }: Factor): boolean {
		return !this.#nonZero.has(name);
	}

	/** @throws AdapterError if a factor holds what is no number */
	update(piece: Uint8Array<ArrayBuffer>): void {
		const [from, to] = [this.#at, this.#at + piece.byteLength];
		for (; this.#index < this.#factors.length; this.#index++) {
			const factor = this.#factors[this.#index];
			const end = factor.byteOffset + factor.byteLength;
			if (factor.byteOffset >= to) break;
			const start = Math.max(factor.byteOffset, from) - from;
			this.#look(factor, piece.subarray(start, Math.min(end, to) - from));
			if (end > to) break;
		}
		this.#at = to;
	}

	#look(factor: Factor, bytes: Uint8Array<ArrayBuffer>): void {
		const { bytes: valueBytes } = BITS[factor.type];
		let rest = bytes;
		if (this.#carry.length > 0) {
			const missing = Math.min(valueBytes - this.#carry.length, rest.byteLength);
			this.#carry.push(...rest.subarray(0, missing));
			rest = rest.subarray(missing);
			if (this.#carry.length < valueBytes) return;
			this.#judge(factor, Uint8Array.from(this.#carry.splice(0)));
		}
		const whole = rest.byteLength - (rest.byteLength % valueBytes);
		this.#judge(factor, rest.subarray(0, whole));
		this.#carry.push(...rest.subarray(whole));
	}

	#judge({ name, type }: Factor, bytes: Uint8Array<ArrayBuffer>): void {
		const { value, special, bytes: valueBytes } = BITS[type];
		const bits = bitsOf(bytes, valueBytes);
		let any = 0;
		for (let i = 0; i < bits.length; i++) {
			any |= bits[i];
			if ((bits[i] & special) === special) {
				throw new AdapterError({ problem: 'not-a-number', tensor: name });
			}
		}
		if ((any & value) !== 0) this.#nonZero.add(name);
	}
}

function bitsOf(
	bytes: Uint8Array<ArrayBuffer>,
	valueBytes: 1 | 2 | 4,
): Uint8Array | Uint16Array | Uint32Array {
	if (valueBytes === 1) return bytes;
	const { buffer, byteOffset, byteLength } =
		bytes.byteOffset % valueBytes === 0 ? bytes : bytes.slice();
	const length = byteLength / valueBytes;
	if (valueBytes === 2) return new Uint16Array(buffer, byteOffset, length);
	return new Uint32Array(buffer, byteOffset, length);
}
