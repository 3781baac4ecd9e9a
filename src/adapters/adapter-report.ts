/** What an adapter's module is, for people: `dora` is any other kind with a magnitude. */
export type AdapterKind = 'lora' | 'loha' | 'lokr' | 'dora' | 'difference';

/** What of an adapter's file is used, and why the rest is not. Plain data. */
export interface AdapterReport {
	/** Modules that are applied. */
	readonly used: number;
	/** Modules of the file, those of text encoders left out. */
	readonly modules: number;
	/** Official names of the weights that are changed, sorted; a module of which only the bias changes by its weight. */
	readonly targets: readonly string[];
	/** Keys that belong to nothing here, by name, sorted. */
	readonly unused: readonly string[];
	/** Keys of text encoders, which are not adapted. */
	readonly textEncoder: readonly string[];
	/** Keys of modules that the file says a second time, fused or apart. */
	readonly duplicates: readonly string[];
	/** Modules whose shapes do not fit. */
	readonly wrongSizes: readonly string[];
	readonly kinds: readonly AdapterKind[];
	/** Smallest and largest rank; absent if no module has one. */
	readonly ranks?: { readonly least: number; readonly most: number };
	/** Modules that change a matrix densely, so that it is rounded to FP16. */
	readonly rounded: number;
}
