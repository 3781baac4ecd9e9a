import { ConfigError, type FieldKind } from '../errors.ts';

/** Beyond any width, count or extent of the networks that are published, and small enough that products of four stay exact. */
const LARGEST_INTEGER = 2 ** 16;
const LARGEST_NUMBER = 1e9;
const LONGEST_LIST = 16;
/** Of a stack of equal blocks, for `integer`: each is planned, streamed and named. */
export const MOST_LAYERS = 512;

/** Reads typed fields of a parsed config.json. Every getter throws a ConfigError that names the field. */
export class ConfigFields {
	readonly #fields: Readonly<Record<string, unknown>>;
	readonly #source: string;

	/** @param source names the file in messages, for example "transformer/config.json" */
	constructor(json: unknown, source: string) {
		if (typeof json !== 'object' || json === null || Array.isArray(json)) {
			throw new ConfigError({ problem: 'field', file: source, expected: 'object' });
		}
		this.#fields = json as Readonly<Record<string, unknown>>;
		this.#source = source;
	}

	/** @param most what is more is refused, because a strange config is to cost neither time nor memory */
	integer(field: string, fallback?: number, most = LARGEST_INTEGER): number {
		const value = this.#fields[field] ?? fallback;
		if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > most) {
			throw this.#invalid(field, 'positive-integer', most);
		}
		return value;
	}

	number(field: string, fallback?: number): number {
		const value = this.#fields[field] ?? fallback;
		if (typeof value !== 'number' || !(Math.abs(value) <= LARGEST_NUMBER)) {
			throw this.#invalid(field, 'number', LARGEST_NUMBER);
		}
		return value;
	}

	positive(field: string, fallback?: number): number {
		const value = this.number(field, fallback);
		if (value <= 0) throw this.#invalid(field, 'positive-number', LARGEST_NUMBER);
		return value;
	}

	boolean(field: string, fallback: boolean): boolean {
		const value = this.#fields[field] ?? fallback;
		if (typeof value !== 'boolean') throw this.#invalid(field, 'true-or-false');
		return value;
	}

	integers(field: string, fallback?: readonly number[]): readonly number[] {
		const value: unknown = this.#fields[field] ?? fallback;
		const valid =
			Array.isArray(value) &&
			value.length > 0 &&
			value.length <= LONGEST_LIST &&
			value.every((item) => Number.isSafeInteger(item) && item > 0 && item <= LARGEST_INTEGER);
		if (!valid) throw this.#invalid(field, 'positive-integers', LARGEST_INTEGER);
		return value as readonly number[];
	}

	/** @param detail what must hold, in English @throws ConfigError unless `condition` holds */
	require(condition: boolean, detail: string): void {
		if (!condition) throw new ConfigError({ problem: 'misfit', file: this.#source, detail });
	}

	#invalid(field: string, expected: FieldKind, most?: number): ConfigError {
		const given = JSON.stringify(this.#fields[field])?.slice(0, 100);
		return new ConfigError({ problem: 'field', file: this.#source, field, expected, most, given });
	}
}
