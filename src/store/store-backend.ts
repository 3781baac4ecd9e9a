/** Where shard bytes lie: the origin private file system, or Blobs in IndexedDB. */
export type StoreBackend = 'opfs' | 'indexeddb';

/** How fast a backend gave back what was just written to it. */
export interface BackendSpeed {
	readonly backend: StoreBackend;
	readonly readBytesPerSecond: number;
	readonly writeBytesPerSecond: number;
}
