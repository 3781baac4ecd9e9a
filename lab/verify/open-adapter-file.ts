import type { AdapterInUse } from '../../src/adapters/adapter.ts';
import type { ByteReader } from '../../src/adapters/factor.ts';
import { readAdapter } from '../../src/adapters/read-adapter.ts';
import { targetTable } from '../../src/adapters/target-table.ts';
import type { Component } from '../../src/families/parts/block.ts';
import { readHeader } from '../../src/install/checkpoint/read-header.ts';
import { fileStreamSource } from '../../src/install/sources/file-stream-source.ts';

/** @param hash stands for the file's: its name will do */
export async function openAdapterFile(
	file: File,
	component: Component,
	hash: string,
	strength: number,
): Promise<AdapterInUse> {
	const reader: ByteReader = {
		async read(byteOffset, into) {
			const bytes = file.slice(byteOffset, byteOffset + into.byteLength);
			into.set(new Uint8Array(await bytes.arrayBuffer()));
		},
	};
	const header = await readHeader(fileStreamSource(file.name, file));
	const adapter = await readAdapter(header, targetTable(component), reader);
	return { hash, adapter, reader, strength };
}
