import { ConfigError, type FieldKind } from '../errors.ts';

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

	integer(field: string, fallback?: number): number {
		const value = this.#fields[field] ?? fallback;
		if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
			throw this.#invalid(field, 'positive-integer');
		}
		return value;
	}

	number(field: string, fallback?: number): number {
		const value = this.#fields[field] ?? fallback;
		if (typeof value !== 'number' || !Number.isFinite(value)) {
			throw this.#invalid(field, 'number');
		}
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
			value.every((item) => Number.isSafeInteger(item) && item > 0);
		if (!valid) throw this.#invalid(field, 'positive-integers');
		return value as readonly number[];
	}

	/** @param detail what must hold, in English @throws ConfigError unless `condition` holds */
	require(condition: boolean, detail: string): void {
		if (!condition) throw new ConfigError({ problem: 'misfit', file: this.#source, detail });
	}

	#invalid(field: string, expected: FieldKind): ConfigError {
		const given = JSON.stringify(this.#fields[field]);
		return new ConfigError({ problem: 'field', file: this.#source, field, expected, given });
	}
}
