/** What pools need of a buffer: a GPUBuffer, or one that only counts. */
export interface SizedBuffer {
	/** Bytes. */
	readonly size: number;
	destroy(): void;
}

/** Makes a buffer of so many bytes. */
export type CreateBuffer<Buffer extends SizedBuffer> = (bytes: number) => Buffer;
