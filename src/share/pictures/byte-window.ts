/** Read from the file at a time: a picture's parts are looked up one after the other. */
const WINDOW_BYTES = 2 ** 18;

/** A file that is looked into here and there: however large it is, no more than a piece of it is held. */
export class ByteWindow {
	readonly #file: Blob;
	#start = 0;
	#bytes: Uint8Array<ArrayBuffer> = new Uint8Array();

	constructor(file: Blob) {
		this.#file = file;
	}

	get byteLength(): number {
		return this.#file.size;
	}

	/**
	 * Bytes from `start` on, fewer where the file ends.
	 *
	 * @throws DOMException if the file is gone, or has changed since it was chosen
	 */
	async read(start: number, byteLength: number): Promise<Uint8Array<ArrayBuffer>> {
		const end = Math.min(start + byteLength, this.byteLength);
		if (start < this.#start || end > this.#start + this.#bytes.byteLength) {
			const piece = this.#file.slice(start, Math.max(end, start + WINDOW_BYTES));
			this.#bytes = new Uint8Array(await piece.arrayBuffer());
			this.#start = start;
		}
		return this.#bytes.subarray(start - this.#start, Math.max(0, end - this.#start));
	}
}
