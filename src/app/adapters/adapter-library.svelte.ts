import type {
	AdapterPort,
	AdapterRecord,
	AdapterSource,
} from '../../engine/adapters/adapter-client.ts';
import { isAbort } from '../../errors/app-error.ts';
import { describeFailure, type Failure } from '../studio/failure.ts';

/** The file that is being added. */
export interface AdapterWork {
	readonly file: string;
	/** From 1. */
	readonly index: number;
	readonly count: number;
	/** Of all files, 0 to 1. */
	readonly fraction: number;
}

export interface FailedFile {
	readonly file: string;
	readonly failure: Failure;
}

/** The adapters that are installed, and what is done to them. */
export class AdapterLibrary {
	readonly #port: AdapterPort;
	readonly #persist: () => Promise<boolean>;
	readonly #thumbnails: Record<string, Promise<string | undefined> | undefined> = {};
	#stop: AbortController | undefined;

	/** The newest first. */
	records: readonly AdapterRecord[] = $state.raw([]);
	work: AdapterWork | undefined = $state.raw();
	/** Of the last files that were added. */
	failed: readonly FailedFile[] = $state.raw([]);
	/** How many of them are installed now, if any. */
	added: number | undefined = $state();
	failure: Failure | undefined = $state.raw();
	query = $state('');
	readonly found = $derived(this.records.filter((record) => matches(record, this.query)));

	/** @param persist asks the browser to keep what is stored */
	constructor(port: AdapterPort, persist: () => Promise<boolean>) {
		this.#port = port;
		this.#persist = persist;
	}

	async refresh(): Promise<void> {
		try {
			this.records = await this.#port.records();
		} catch (error) {
			this.failure = describeFailure(error);
		}
	}

	/** One after another; a file that cannot be used does not keep the others out. */
	async add(sources: readonly AdapterSource[]): Promise<void> {
		if (this.work !== undefined || sources.length === 0) return;
		const stop = new AbortController();
		this.#stop = stop;
		this.failed = [];
		this.failure = undefined;
		let added = 0;
		try {
			await this.#persist().catch(() => false);
			for (const [index, source] of sources.entries()) {
				if (stop.signal.aborted) break;
				const file = nameOf(source);
				const show = (fraction: number): void => {
					const overall = (index + fraction) / sources.length;
					this.work = { file, index: index + 1, count: sources.length, fraction: overall };
				};
				show(0);
				try {
					await this.#port.install(
						source,
						({ bytesDone, bytesTotal }) => show(bytesDone / bytesTotal),
						stop.signal,
					);
					added++;
				} catch (error) {
					if (isAbort(error)) break;
					this.failed = [...this.failed, { file, failure: describeFailure(error) }];
				}
			}
		} finally {
			this.work = undefined;
			this.added = added > 0 ? added : undefined;
		}
		await this.refresh();
	}

	stop(): void {
		this.#stop?.abort();
	}

	async rename(hash: string, title: string): Promise<void> {
		const name = title.trim();
		if (name !== '') await this.#change(() => this.#port.rename(hash, name));
	}

	async remove(hash: string): Promise<void> {
		await this.#change(() => this.#port.delete(hash));
	}

	/** `data:` address of a picture; read once. */
	thumbnail({ hash, hasThumbnail }: AdapterRecord): Promise<string | undefined> | undefined {
		if (!hasThumbnail) return undefined;
		return (this.#thumbnails[hash] ??= this.#port.thumbnail(hash).catch(() => undefined));
	}

	/** For what the page itself could not do. */
	report(error: unknown): void {
		this.failure = describeFailure(error);
	}

	async #change(act: () => Promise<void>): Promise<void> {
		this.failure = undefined;
		try {
			await act();
		} catch (error) {
			this.failure = describeFailure(error);
		}
		await this.refresh();
	}
}

/** What an adapter is called where it is shown. */
export function titleOf({ title, name }: Pick<AdapterRecord, 'title' | 'name'>): string {
	return title ?? name;
}

function nameOf(source: AdapterSource): string {
	return (source.type === 'url' ? source.url : source.path).split(/[/\\]/).at(-1) ?? '';
}

/** Every word of the query stands somewhere in what is shown of the adapter. */
function matches(record: AdapterRecord, query: string): boolean {
	const { name, title = '', baseModel = '', triggerWords } = record;
	const text = [name, title, baseModel, ...triggerWords].join('\n').toLowerCase();
	return query
		.toLowerCase()
		.split(/\s+/)
		.every((word) => text.includes(word));
}
