import { type ContentHash, contentHash, shortHash } from './content-hash.ts';

/** What became of a value of unknown origin; neither value nor problem: as if nothing had been given. */
export interface Reading<Value> {
	readonly value?: Value;
	readonly problem?: 'unreadable' | 'out-of-range' | 'adjusted' | 'cut';
}

/** One value between a recipe and the outside. */
export interface ValueCodec<Value> {
	/** @param given a text from a link or file, or what a database kept */
	readonly read: (given: unknown) => Reading<Value>;
	/** As a text that `read` understands. */
	readonly write: (value: Value) => string;
	/** Whether a link should compress it. */
	readonly isLong?: true;
}

const MAX_NAME_LENGTH = 128;
const MAX_LIST_LENGTH = 32;
const UNREADABLE = { problem: 'unreadable' } as const;
const OUT_OF_RANGE = { problem: 'out-of-range' } as const;

export function text(maxLength: number): ValueCodec<string> {
	return {
		read(given) {
			if (typeof given !== 'string') return UNREADABLE;
			if (given.length <= maxLength) return { value: given };
			return { value: given.slice(0, maxLength), problem: 'cut' };
		},
		write: (value) => value,
		isLong: true,
	};
}

/** Another number would draw another picture, so none out of range is replaced. */
export function exactInteger(max: number): ValueCodec<number> {
	return {
		read(given) {
			const value = readInteger(given);
			if (value === undefined) return UNREADABLE;
			return value <= max ? { value } : OUT_OF_RANGE;
		},
		write: String,
	};
}

/** Takes the nearest multiple that is possible. */
export function nearestInteger(min: number, max: number, multiple = 1): ValueCodec<number> {
	return {
		read(given) {
			const wanted = readInteger(given);
			if (wanted === undefined) return UNREADABLE;
			const value = Math.min(max, Math.max(min, Math.round(wanted / multiple) * multiple));
			return value === wanted ? { value } : { value, problem: 'adjusted' };
		},
		write: String,
	};
}

export function decimal(min: number, max: number): ValueCodec<number> {
	return {
		read(given) {
			const value = readDecimal(given);
			if (value === undefined) return UNREADABLE;
			return value >= min && value <= max ? { value } : OUT_OF_RANGE;
		},
		write: String,
	};
}

/** Shown and compared, never used as an address; control characters would only mislead. */
export const name: ValueCodec<string> = {
	read(given) {
		if (given === '') return {};
		return isName(given) ? { value: given } : UNREADABLE;
	},
	write: (value) => value,
};

export const hash: ValueCodec<ContentHash> = {
	read(given) {
		const value = contentHash(given);
		return value === undefined ? UNREADABLE : { value };
	},
	write: shortHash,
};

/** All or nothing: without one of the items, another picture would be drawn. */
export function list<Item>(item: {
	/** @returns undefined for what is no such item */
	readonly read: (given: unknown) => Item | undefined;
	readonly write: (item: Item) => string;
}): ValueCodec<readonly Item[]> {
	return {
		read(given) {
			const items: unknown = typeof given === 'string' ? given.split(';') : given;
			if (!Array.isArray(items) || items.length > MAX_LIST_LENGTH) return UNREADABLE;
			const value = items.map(item.read);
			return value.every((one) => one !== undefined) ? { value } : UNREADABLE;
		},
		write: (items) => items.map(item.write).join(';'),
		isLong: true,
	};
}

/** An item of a list: an object, or its values between commas in the order of `keys`. */
export function readParts<Key extends string>(
	given: unknown,
	keys: readonly Key[],
): Readonly<Partial<Record<Key, unknown>>> {
	const found: Partial<Record<Key, unknown>> = {};
	if (typeof given === 'object') return Object.assign(found, given);
	const parts = typeof given === 'string' ? given.split(',') : [];
	keys.forEach((key, at) => (found[key] = unescapePart(parts[at])));
	return found;
}

export function writeParts(parts: readonly (string | number)[]): string {
	return parts.map((part) => encodeURIComponent(String(part).toWellFormed())).join(',');
}

function unescapePart(part: string | undefined): string | undefined {
	try {
		return part === undefined ? undefined : decodeURIComponent(part);
	} catch {
		return undefined;
	}
}

export function isName(value: unknown): value is string {
	return (
		typeof value === 'string' &&
		value.length > 0 &&
		value.length <= MAX_NAME_LENGTH &&
		value.isWellFormed() &&
		!/[\p{Cc}\p{Bidi_Control}]/u.test(value)
	);
}

function readInteger(given: unknown): number | undefined {
	if (typeof given === 'number' && Number.isInteger(given) && given >= 0) return given;
	return typeof given === 'string' && /^\d{1,300}$/.test(given) ? Number(given) : undefined;
}

export function readDecimal(given: unknown): number | undefined {
	const isNumber =
		typeof given === 'number' ||
		(typeof given === 'string' && /^-?\d{1,20}(?:\.\d{1,30})?(?:e[+-]?\d{1,3})?$/i.test(given));
	const value = isNumber ? Number(given) : NaN;
	return Number.isFinite(value) ? value : undefined;
}
