import { pictureFiles } from '../../history/picture-files.ts';
import { UNDO_MILLISECONDS } from '../../history/picture-history.ts';
import type { Say } from '../i18n/messages.ts';
import { describeFailure } from '../studio/failure.ts';
import type { Toasts } from '../ui/toasts.svelte.ts';
import type { HistoryActions } from './history-actions.ts';
import type { History } from './history.svelte.ts';

const DELETED = 'history-deleted';
const BROUGHT = 'history-brought';
/** How long an answer that asks for nothing stays. */
const GLANCE_MILLISECONDS = 8000;

/** Acts on the history and says what came of it. */
export class HistoryDesk implements HistoryActions {
	readonly #history: History;
	readonly #toasts: Pick<Toasts, 'info' | 'error' | 'clear'>;
	readonly #download: (zip: Blob) => void;

	constructor(
		history: History,
		toasts: Pick<Toasts, 'info' | 'error' | 'clear'>,
		download: (zip: Blob) => void,
	) {
		this.#history = history;
		this.#toasts = toasts;
		this.#download = download;
	}

	async attempt(act: () => Promise<unknown>): Promise<void> {
		try {
			await act();
		} catch (error) {
			this.#toasts.error(describeFailure(error));
		}
	}

	async open(id: number): Promise<void> {
		await this.attempt(() => this.#history.open(id));
	}

	async remove(ids: readonly number[]): Promise<void> {
		await this.attempt(async () => {
			await this.#history.remove(ids);
			this.#offerUndo(({ history }) => history.removed(ids.length));
		});
	}

	async undo(): Promise<void> {
		await this.attempt(async () => {
			this.#toasts.clear(DELETED);
			await this.#history.undo();
			const [next] = this.#history.deletions;
			if (next !== undefined) this.#offerUndo(({ history }) => history.removed(next.ids.length));
		});
	}

	async export(ids: readonly number[]): Promise<void> {
		await this.attempt(async () => this.#download(await this.#history.exportZip(ids)));
	}

	async bring(files: readonly File[]): Promise<void> {
		await this.attempt(async () => {
			const report = await this.#history.bring(pictureFiles(files));
			if (report === undefined) return;
			const { added, duplicates, refused } = report;
			const undo = {
				say: ({ history }: Parameters<Say>[0]) => history.undo,
				run: () => void this.remove(added),
			};
			this.#toasts.info(({ history }) => history.brought(added.length, duplicates, refused), {
				key: BROUGHT,
				...(added.length > 0 ? { action: undo } : {}),
				...(refused.length > 0 ? {} : { milliseconds: GLANCE_MILLISECONDS }),
			});
		});
	}

	/** After a picture was drawn: the limit, if there is one. */
	async keepWithinLimit(): Promise<void> {
		const { limit } = this.#history;
		if (limit.bytes === undefined) return;
		const count = await this.#history.keepWithin(limit.bytes);
		if (count > 0) this.#offerUndo(({ history }) => history.madeRoom(count));
	}

	#offerUndo(say: Say): void {
		// What cannot be read is gone at once.
		const action =
			this.#history.deletions.length === 0
				? {}
				: {
						action: {
							say: ({ history }: Parameters<Say>[0]) => history.undo,
							run: () => void this.undo(),
						},
					};
		this.#toasts.info(say, { key: DELETED, milliseconds: UNDO_MILLISECONDS, ...action });
	}
}
