import { StorageFullError } from './errors.ts';

/** What a failed write should be reported as: a full disk as StorageFullError, all else as it is. */
export async function writeFailure(error: unknown, neededBytes: number): Promise<unknown> {
	if (!(error instanceof DOMException) || error.name !== 'QuotaExceededError') return error;
	const { quota, usage } = await navigator.storage.estimate();
	const known = quota !== undefined && usage !== undefined;
	return new StorageFullError(neededBytes, known ? Math.max(0, quota - usage) : undefined);
}
