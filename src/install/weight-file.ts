import type { StreamSource } from './stream-source.ts';

/** A file to convert, and what is known of it beforehand. */
export interface WeightFile {
	readonly source: StreamSource;
	/** Lower-case hexadecimal; absent if nobody published it. */
	readonly sha256?: string;
}
