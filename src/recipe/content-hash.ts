/** The SHA-256 of some bytes: 64 lower-case hexadecimal digits, or only the first 12 where a link or a file told it. */
export type ContentHash = string & { readonly __brand: 'ContentHash' };

const SHORT_DIGITS = 12;

/** @returns undefined for what is no hash of at least 12 digits */
export function contentHash(value: unknown): ContentHash | undefined {
	const digits = typeof value === 'string' ? value.toLowerCase() : '';
	return /^[\da-f]{12,64}$/.test(digits) ? (digits as ContentHash) : undefined;
}

/** As links and files tell it: 48 bits are enough to find one of the user's own files. */
export function shortHash(hash: ContentHash): string {
	return hash.slice(0, SHORT_DIGITS);
}
