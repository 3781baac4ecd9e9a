import { ConfigError } from '../errors.ts';

/** Reads typed fields of a parsed config.json. Every getter throws a ConfigError that names the field. */
export class ConfigFields {
	readonly #fields: Readonly<Record<string, unknown>>;
	readonly #source: string;

	/** @param source names the file in messages, for example "transformer/config.json" */
	constructor(json: unknown, source: string) {
		if (typeof json !== 'object' || json === null || Array.isArray(json)) {
			throw new ConfigError(`${source} is not a JSON object.`);
		}
		this.#fields = json as Readonly<Record<string, unknown>>;
		this.#source = source;
	}

	integer(field: string, fallback?: number): number {
		const value = this.#fields[field] ?? fallback;
		if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
			throw this.#invalid(field, 'a positive integer');
		}
		return value;
	}

	number(field: string, fallback?: number): number {
		const value = this.#fields[field] ?? fallback;
		if (typeof value !== 'number' || !Number.isFinite(value)) {
			throw this.#invalid(field, 'a number');
		}
		return value;
	}

	boolean(field: string, fallback: boolean): boolean {
		const value = this.#fields[field] ?? fallback;
		if (typeof value !== 'boolean') throw this.#invalid(field, 'true or false');
		return value;
	}

	integers(field: string, fallback?: readonly number[]): readonly number[] {
		const value: unknown = this.#fields[field] ?? fallback;
		const valid =
			Array.isArray(value) &&
			value.length > 0 &&
			value.every((item) => Number.isSafeInteger(item) && item > 0);
		if (!valid) throw this.#invalid(field, 'a list of positive integers');
		return value as readonly number[];
	}

	/** @throws ConfigError with `message` unless `condition` holds */
	require(condition: boolean, message: string): void {
		if (!condition) throw new ConfigError(`${this.#source}: ${message}`);
	}

	#invalid(field: string, expected: string): ConfigError {
		return new ConfigError(
			`${this.#source}: "${field}" should be ${expected}, not ${JSON.stringify(this.#fields[field])}.`,
		);
	}
}
