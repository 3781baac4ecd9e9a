import type { AdapterHeader, HeaderTensor } from './adapter-header.ts';
import { type KeyRole, readKey } from './key-role.ts';

/** All that a file says under one name. */
export interface AdapterStem {
	/** As the file names it. */
	readonly name: string;
	/** Without what trainers put before it. */
	readonly path: string;
	readonly roles: ReadonlyMap<KeyRole, HeaderTensor>;
	/** Of every tensor, those that are not applied included. */
	readonly keys: readonly string[];
}

/** The keys of a file, sorted out. */
export interface AdapterStems {
	/** In the order of the file. */
	readonly stems: readonly AdapterStem[];
	readonly textEncoder: readonly string[];
	/** No part of any adapter. */
	readonly unknown: readonly string[];
}

interface OpenStem {
	readonly path: string;
	readonly roles: Map<KeyRole, HeaderTensor>;
	readonly keys: string[];
}

export function adapterStems({ tensors }: AdapterHeader): AdapterStems {
	const stems = new Map<string, OpenStem>();
	const textEncoder: string[] = [];
	const unknown: string[] = [];
	for (const [key, tensor] of tensors) {
		const read = readKey(key);
		if (read.kind === 'text encoder') textEncoder.push(key);
		else if (read.kind === 'unknown') unknown.push(key);
		else {
			const stem: OpenStem = stems.get(read.stem) ?? {
				path: read.path,
				roles: new Map(),
				keys: [],
			};
			stems.set(read.stem, stem);
			stem.keys.push(key);
			// Of two spellings of one role the first counts.
			if (!stem.roles.has(read.role)) stem.roles.set(read.role, tensor);
		}
	}
	const found = Array.from(stems, ([name, stem]): AdapterStem => ({ name, ...stem }));
	return { stems: found, textEncoder, unknown };
}
