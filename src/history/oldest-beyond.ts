export interface KeptSizes {
	/** Newest first. */
	readonly ids: readonly number[];
	/** Bytes of each. */
	readonly sizes: ReadonlyMap<number, number>;
	/** Those that stay whatever they take. */
	readonly isProtected: (id: number) => boolean;
}

/** The oldest pictures that have to go for the rest to stay within a limit. */
export function oldestBeyond(
	limitBytes: number,
	{ ids, sizes, isProtected }: KeptSizes,
): readonly number[] {
	let excess = ids.reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0) - limitBytes;
	const goes: number[] = [];
	for (const id of ids.toReversed()) {
		if (excess <= 0) break;
		if (isProtected(id)) continue;
		goes.push(id);
		excess -= sizes.get(id) ?? 0;
	}
	return goes;
}
