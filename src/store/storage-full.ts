import { StorageFullError } from './errors.ts';

/** What Chromium says when bytes find no room, by the error's name: seen with a small quota and on a full disk. */
const FULL: ReadonlyMap<string, RegExp> = new Map([
	// A quota that is used up; a file of the origin private file system, or a new database, on a full disk.
	['QuotaExceededError', /^/],
	// A Blob in IndexedDB on a full disk: "Failed to write blobs (IOError)".
	['DataError', /write blobs/],
	// Any other value there: "Connection is closing because of: IO error: … FILE_ERROR_NO_SPACE …".
	['UnknownError', /NO_SPACE/],
]);

/** What a failed write should be reported as: want of room as StorageFullError, all else as it is. */
export function writeFailure(error: unknown, neededBytes: number): unknown {
	const isFull =
		error instanceof DOMException && FULL.get(error.name)?.test(error.message) === true;
	return isFull ? new StorageFullError(neededBytes) : error;
}
