const KILO = 1000;
const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const REVISION_LENGTH = 12;

const TENTH_OF_GIGABYTE = 1e8;

/** Bytes that are needed: what is shown must suffice. */
export function upToTenth(bytes: number): number {
	return Math.ceil(bytes / TENTH_OF_GIGABYTE) * TENTH_OF_GIGABYTE;
}

/** Bytes that there are: no more must be shown. */
export function downToTenth(bytes: number): number {
	return Math.floor(bytes / TENTH_OF_GIGABYTE) * TENTH_OF_GIGABYTE;
}

/** Numbers, sizes and times as people of one locale read them. */
export class Formats {
	readonly #locale: string;

	constructor(locale: string) {
		this.#locale = locale;
	}

	integer(value: number): string {
		return this.#number(value, { maximumFractionDigits: 0 });
	}

	decimal(value: number): string {
		return this.#number(value, { maximumFractionDigits: 3 });
	}

	percent(fraction: number): string {
		// Rounded down: "100 %" means done.
		return this.#number(Math.floor(fraction * 100) / 100, { style: 'percent' });
	}

	/** Decimal units, as disks and browsers count: 25.6 MB. */
	bytes(value: number): string {
		let amount = value;
		let unit = 0;
		while (amount >= KILO && unit < BYTE_UNITS.length - 1) {
			amount /= KILO;
			unit += 1;
		}
		return this.#number(amount, {
			style: 'unit',
			unit: BYTE_UNITS[unit],
			unitDisplay: unit === 0 ? 'long' : 'short',
			maximumFractionDigits: unit < 2 || amount >= 100 ? 0 : 1,
		});
	}

	/** A time that has been measured: 4.2s, 38s, 2m 5s. */
	duration(milliseconds: number): string {
		if (milliseconds < 10 * SECOND) return this.#unit(milliseconds / SECOND, 'second', 1);
		const seconds = Math.round(milliseconds / SECOND);
		const minutes = Math.floor((seconds * SECOND) / MINUTE);
		if (minutes === 0) return this.#unit(seconds, 'second');
		const rest = seconds - (minutes * MINUTE) / SECOND;
		return new Intl.ListFormat(this.#locale, { type: 'unit', style: 'narrow' }).format([
			this.#unit(minutes, 'minute'),
			this.#unit(rest, 'second'),
		]);
	}

	/** A time that has been guessed: whole seconds below a minute, whole minutes above. */
	roughDuration(milliseconds: number): string {
		const seconds = Math.max(1, Math.ceil(milliseconds / SECOND));
		if (seconds * SECOND < MINUTE) return this.#unit(seconds, 'second');
		return this.#unit(Math.round((seconds * SECOND) / MINUTE), 'minute');
	}

	/** A time to expect for a while of work: 40s, 1m 10s, 12m. */
	roughTime(milliseconds: number): string {
		const seconds = Math.max(1, Math.round(milliseconds / SECOND));
		if (seconds < 60) return this.#unit(seconds, 'second');
		return seconds < 600
			? this.duration(10 * SECOND * Math.round(seconds / 10))
			: this.roughDuration(milliseconds);
	}

	/** A time to expect, for comparing: tenths below two seconds, then whole seconds. */
	roughSeconds(milliseconds: number): string {
		return this.#number(Math.max(0.1, milliseconds / SECOND), {
			style: 'unit',
			unit: 'second',
			unitDisplay: 'narrow',
			maximumFractionDigits: milliseconds < 2 * SECOND ? 1 : 0,
		});
	}

	/** A day and a time of day: 23 Nov, 4:05 PM. */
	dateTime(time: number): string {
		return new Intl.DateTimeFormat(this.#locale, {
			dateStyle: 'medium',
			timeStyle: 'short',
		}).format(time);
	}

	/** Things named one after the other: the text encoder and the transformer. */
	list(names: readonly string[]): string {
		return new Intl.ListFormat(this.#locale).format(names);
	}

	/** A model's revision: commits are told apart by their first digits. */
	revision(name: string): string {
		return name.length > REVISION_LENGTH ? `${name.slice(0, REVISION_LENGTH)}…` : name;
	}

	#unit(value: number, unit: 'second' | 'minute', digits = 0): string {
		return this.#number(value, {
			style: 'unit',
			unit,
			unitDisplay: 'narrow',
			minimumFractionDigits: digits,
			maximumFractionDigits: digits,
		});
	}

	#number(value: number, options: Intl.NumberFormatOptions): string {
		return new Intl.NumberFormat(this.#locale, options).format(value);
	}
}
