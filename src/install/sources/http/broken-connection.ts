/** An attempt that failed and is worth another, unlike a DownloadError. */
export class BrokenConnection extends Error {
	/** What the server asked for. */
	readonly waitMilliseconds: number | undefined;
	/** So many refusals like this one end it, where that is sooner than the policy does. */
	readonly attempts: number;

	constructor(
		reason: string,
		options: { readonly waitMilliseconds?: number; readonly attempts?: number } = {},
	) {
		super(reason);
		this.waitMilliseconds = options.waitMilliseconds;
		this.attempts = options.attempts ?? Infinity;
	}
}
