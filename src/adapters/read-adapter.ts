import type { Adapter } from './adapter.ts';
import { type AdapterHeader, factorOf } from './adapter-header.ts';
import type { Alphas } from './adapter-scale.ts';
import { type ByteReader, readFactor } from './factor.ts';
import { flatten, readKey } from './key-role.ts';
import { matchAdapter } from './match-adapter.ts';
import type { TargetTable } from './target-table.ts';

/**
 * Reads an adapter's file against a model: of the values only those that scale modules, a few bytes each.
 *
 * @throws AdapterError, and whatever the reader throws
 */
export async function readAdapter(
	header: AdapterHeader,
	table: TargetTable,
	reader: ByteReader,
): Promise<Adapter> {
	return matchAdapter(header, table, await readAlphas(header, table, reader));
}

/** Of modules of this model only: a file may hold any number of others. */
async function readAlphas(
	{ tensors }: AdapterHeader,
	table: TargetTable,
	reader: ByteReader,
): Promise<Alphas> {
	const alphas = new Map<string, number>();
	for (const tensor of tensors.values()) {
		const key = readKey(tensor.name);
		const isNeeded = key.kind === 'module' && key.role === 'alpha' && table.has(flatten(key.path));
		if (!isNeeded || tensor.shape.some((extent) => extent !== 1)) continue;
		const [value] = await readFactor(reader, factorOf(tensor, []));
		alphas.set(tensor.name, value);
	}
	return alphas;
}
