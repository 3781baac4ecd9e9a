import { StorageFullError } from '../../store/errors.ts';

/**
 * Runs a part of an install. A store that is full knows only of the bytes that it was given last; what is
 * of use to a person is what the whole install still needs.
 *
 * @throws StorageFullError with those bytes
 */
export async function sayNeededBytes<Result>(
	neededBytes: () => number,
	work: () => Promise<Result>,
): Promise<Result> {
	try {
		return await work();
	} catch (error) {
		throw error instanceof StorageFullError ? new StorageFullError(neededBytes()) : error;
	}
}
