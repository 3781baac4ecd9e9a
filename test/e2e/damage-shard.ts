import type { Page } from '@playwright/test';

/** What happens to a stored shard. */
export type Damage = 'delete' | 'truncate';

/**
 * Damages one shard of the installed model behind the app's back: the largest Blob in IndexedDB or,
 * where the store keeps its bytes in OPFS, the largest file there. Returns what it damaged.
 */
export async function damageShard(page: Page, damage: Damage): Promise<string> {
	return page.evaluate(async (how) => {
		interface Stored {
			readonly name: string;
			readonly size: number;
			readonly remove: () => Promise<void>;
			readonly truncate: () => Promise<void>;
		}
		const done = <Value>(request: IDBRequest<Value>): Promise<Value> =>
			new Promise((resolve, reject) => {
				request.onsuccess = () => resolve(request.result);
				request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
			});
		const bytesOf = (value: unknown): Blob | undefined => {
			if (value instanceof Blob) return value;
			if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
				return new Blob([value as BlobPart]);
			}
			return undefined;
		};
		const found: Stored[] = [];
		for (const { name } of await indexedDB.databases()) {
			if (name === undefined) continue;
			const database = await done(indexedDB.open(name));
			for (const storeName of database.objectStoreNames) {
				const store = (mode: IDBTransactionMode): IDBObjectStore =>
					database.transaction(storeName, mode).objectStore(storeName);
				for (const key of await done(store('readonly').getAllKeys())) {
					const value: unknown = await done(store('readonly').get(key));
					const bytes = bytesOf(value);
					if (bytes === undefined) continue;
					const shorter = bytes.slice(0, bytes.size - 1000);
					found.push({
						name: `${name}/${storeName}/${JSON.stringify(key)}`,
						size: bytes.size,
						remove: async () => void (await done(store('readwrite').delete(key))),
						truncate: async () => {
							const replacement = value instanceof Blob ? shorter : await shorter.arrayBuffer();
							await done(store('readwrite').put(replacement, key));
						},
					});
				}
			}
		}
		const visit = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
			for await (const [name, handle] of folder.entries()) {
				if (handle.kind === 'directory') {
					await visit(handle, `${path}/${name}`);
					continue;
				}
				const file = handle;
				const { size } = await file.getFile();
				found.push({
					name: `${path}/${name}`,
					size,
					remove: () => folder.removeEntry(name),
					truncate: async () => {
						const writable = await file.createWritable({ keepExistingData: true });
						await writable.truncate(size - 1000);
						await writable.close();
					},
				});
			}
		};
		await visit(await navigator.storage.getDirectory(), 'opfs');
		const largest = found.toSorted((a, b) => b.size - a.size)[0];
		if (largest === undefined) throw new Error('The store holds no bytes.');
		await (how === 'delete' ? largest.remove() : largest.truncate());
		return largest.name;
	}, damage);
}
