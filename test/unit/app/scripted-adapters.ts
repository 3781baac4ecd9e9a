import type {
	AdapterPort,
	AdapterProgress,
	AdapterRecord,
	AdapterSource,
} from '../../../src/engine/adapters/adapter-client.ts';

/** A row as an install makes it, of no architecture in particular. */
export function adapterRecord(changes: Partial<AdapterRecord> = {}): AdapterRecord {
	return {
		...{ version: 1, hash: 'ab'.repeat(32), name: 'boats', object: 'x.safetensors' },
		...{ byteLength: 17e7, hasThumbnail: false, addedAt: 0, triggerWords: [], notes: [] },
		reports: {},
		...changes,
	};
}

/** Adapters in memory; installs end as the test says. */
export class ScriptedAdapters implements AdapterPort {
	rows: readonly AdapterRecord[] = [];
	/** What an install of a source comes to. */
	outcome: (source: AdapterSource) => AdapterRecord | Promise<AdapterRecord> = () =>
		adapterRecord();
	onProgress: (progress: AdapterProgress) => void = () => undefined;
	readonly installed: AdapterSource[] = [];

	async records(): Promise<readonly AdapterRecord[]> {
		return this.rows;
	}

	async thumbnail(): Promise<string | undefined> {
		return undefined;
	}

	async install(
		source: AdapterSource,
		onProgress: (progress: AdapterProgress) => void,
		signal: AbortSignal,
	): Promise<AdapterRecord> {
		signal.throwIfAborted();
		this.installed.push(source);
		this.onProgress = onProgress;
		const record = await this.outcome(source);
		signal.throwIfAborted();
		this.rows = [record, ...this.rows.filter(({ hash }) => hash !== record.hash)];
		return record;
	}

	async rename(hash: string, title: string): Promise<void> {
		this.rows = this.rows.map((row) => (row.hash === hash ? { ...row, title } : row));
	}

	async delete(hash: string): Promise<void> {
		this.rows = this.rows.filter((row) => row.hash !== hash);
	}
}
