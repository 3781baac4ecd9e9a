/** An extent of a tensor: a number times named extents that are known only at run time. */
export interface Extent {
	readonly factor: number;
	/** Sorted. */
	readonly symbols: readonly string[];
}

export type ExtentValues = ReadonlyMap<string, number>;

export function extent(dimension: number | string): Extent {
	return typeof dimension === 'number'
		? { factor: dimension, symbols: [] }
		: { factor: 1, symbols: [dimension] };
}

export function extentProduct(extents: readonly Extent[]): Extent {
	return {
		factor: extents.reduce((product, { factor }) => product * factor, 1),
		symbols: extents.flatMap(({ symbols }) => symbols).sort(),
	};
}

export function extentsEqual(a: Extent, b: Extent): boolean {
	return a.factor === b.factor && a.symbols.join() === b.symbols.join();
}

export function isOne({ factor, symbols }: Extent): boolean {
	return factor === 1 && symbols.length === 0;
}

/** @throws RangeError for a name without a value */
export function evaluateExtent({ factor, symbols }: Extent, values: ExtentValues): number {
	return symbols.reduce((product, symbol) => {
		const value = values.get(symbol);
		if (value === undefined) throw new RangeError(`The extent "${symbol}" is not known`);
		return product * value;
	}, factor);
}

/** @throws RangeError for an extent that is known only at run time */
export function fixedExtent(of: Extent): number {
	return evaluateExtent(of, new Map());
}
