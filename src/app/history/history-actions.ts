/** What the page does about the history, messages and downloads included. */
export interface HistoryActions {
	/** Runs what may fail; a failure becomes a message. */
	attempt(act: () => Promise<unknown>): Promise<void>;
	open(id: number): Promise<void>;
	/** Can be undone for a while. */
	remove(ids: readonly number[]): Promise<void>;
	/** Brings back what was deleted last. */
	undo(): Promise<void>;
	/** Pictures as one zip among the downloads. */
	export(ids: readonly number[]): Promise<void>;
	/** Brings in the pictures of files: PNGs, and zips of them. */
	bring(files: readonly File[]): Promise<void>;
}
