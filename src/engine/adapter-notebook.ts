import { get, set, type UseStore } from 'idb-keyval';
import { openTable } from '../store/open-table.ts';
import { type AdapterNotebook, type AdapterNotes, NO_NOTES } from '../gpu/adapter-notes.ts';

/** Notes in IndexedDB; where there is none, every session begins anew. */
export class IndexedDbNotebook implements AdapterNotebook {
	#store: UseStore | undefined;

	async read(adapter: string): Promise<AdapterNotes> {
		try {
			return { ...NO_NOTES, ...(await get<AdapterNotes>(adapter, this.#open())) };
		} catch {
			return NO_NOTES;
		}
	}

	write(adapter: string, notes: AdapterNotes): Promise<void> {
		return set(adapter, notes, this.#open());
	}

	#open(): UseStore {
		return (this.#store ??= openTable('shardlight-adapters', 'notes'));
	}
}
