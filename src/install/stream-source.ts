/** A file that is read once, from front to back, wherever it is. */
export interface StreamSource {
	/** Shown in messages, and names the file in the journal: `transformer/model.safetensors`. */
	readonly name: string;
	readonly byteLength: number;
	/** Another text means that the bytes may be others: size with ETag, or size with modification time. */
	readonly identity: string;
	/**
	 * The bytes from an offset to the end, in pieces of any size. A piece belongs to the caller.
	 *
	 * @throws DownloadError, SourceChangedError
	 */
	open(byteOffset: number, signal?: AbortSignal): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** The first bytes of a file, fewer if it is shorter. */
export async function readStart(
	source: StreamSource,
	byteLength: number,
	signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
	const start = new Uint8Array(Math.min(byteLength, source.byteLength));
	let filled = 0;
	if (start.byteLength === 0) return start;
	for await (const piece of source.open(0, signal)) {
		const taken = piece.subarray(0, start.byteLength - filled);
		start.set(taken, filled);
		filled += taken.byteLength;
		if (filled === start.byteLength) break;
	}
	return start.subarray(0, filled);
}
