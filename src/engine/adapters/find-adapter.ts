import type { AdapterRecord } from '../../install/adapters/adapter-record.ts';
import type { AdapterUse } from '../../recipe/recipe-settings.ts';

/** How an adapter of a recipe was found: another file may have the same name. */
export interface FoundAdapter {
	readonly record: AdapterRecord;
	readonly by: 'hash' | 'name';
}

const ALIAS_DIGITS = 12;

/** The installed adapter that a recipe means: by its hash, whole or begun, else by its name. */
export function findAdapter(
	records: readonly AdapterRecord[],
	{ hash, name }: Pick<AdapterUse, 'hash' | 'name'>,
): FoundAdapter | undefined {
	if (hash !== undefined) {
		const record =
			records.find((candidate) => candidate.hash.startsWith(hash)) ??
			records.find(({ alias }) => alias === hash.slice(0, ALIAS_DIGITS));
		if (record !== undefined) return { record, by: 'hash' };
	}
	const wanted = name.toLowerCase();
	const record = records.find((candidate) => candidate.name.toLowerCase() === wanted);
	return record === undefined ? undefined : { record, by: 'name' };
}
