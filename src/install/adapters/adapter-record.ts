import type { AdapterDetails } from '../../adapters/adapter-details.ts';
import type { AdapterNote } from '../../adapters/adapter-notes.ts';
import type { AdapterReport } from '../../adapters/adapter-report.ts';
import type { ArchitectureKey } from '../../adapters/architecture.ts';

/** Where adapters lie in a store: as the objects of a model of this name. */
export const ADAPTERS_FOLDER = 'adapters';

/** How much of a report is kept: counts, and a few names of each list. */
export interface AdapterSummary extends Pick<
	AdapterReport,
	'used' | 'modules' | 'kinds' | 'ranks' | 'rounded'
> {
	readonly textEncoder: number;
	readonly unused: NamedCount;
	readonly duplicates: NamedCount;
	readonly wrongSizes: NamedCount;
}

export interface NamedCount {
	readonly count: number;
	/** The first of them. */
	readonly names: readonly string[];
}

/** An installed adapter: all that a list shows and a picture needs, but its bytes and its thumbnail. */
export interface AdapterRecord extends Omit<AdapterDetails, 'thumbnail'> {
	/** Of this structure. */
	readonly version: 1;
	/** SHA-256 of the tensors' bytes, 64 digits. */
	readonly hash: string;
	/** Its file's, without the ending: what pictures and other programs call it. */
	readonly name: string;
	/** Name of the object in the store. */
	readonly object: string;
	readonly byteLength: number;
	readonly hasThumbnail: boolean;
	/** Milliseconds since 1970. */
	readonly addedAt: number;
	/** By what it fits. */
	readonly reports: Readonly<Record<ArchitectureKey, AdapterSummary>>;
	readonly notes: readonly AdapterNote[];
}

const NAMES_KEPT = 3;

export function summarize(report: AdapterReport): AdapterSummary {
	const { used, modules, kinds, ranks, rounded } = report;
	const few = (names: readonly string[]): NamedCount => ({
		count: names.length,
		names: names.slice(0, NAMES_KEPT).map((name) => name.slice(0, 200)),
	});
	return {
		...{ used, modules, kinds, rounded },
		...(ranks === undefined ? {} : { ranks }),
		textEncoder: report.textEncoder.length,
		unused: few(report.unused),
		duplicates: few(report.duplicates),
		wrongSizes: few(report.wrongSizes),
	};
}
