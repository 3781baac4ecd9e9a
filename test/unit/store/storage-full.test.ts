import { describe, expect, it } from 'vitest';
import { StorageFullError } from '../../../src/store/errors.ts';
import { writeFailure } from '../../../src/store/storage-full.ts';

describe('a write that failed', () => {
	// Chromium 156 on an ext4 disk of 400 MB that was filled up while it wrote.
	it.each([
		[
			'QuotaExceededError',
			"Failed to execute 'write' on 'FileSystemSyncAccessHandle': No space available for this operation",
		],
		['QuotaExceededError', 'Encountered full disk while opening backing store for indexedDB.open.'],
		['DataError', 'Failed to write blobs (IOError)'],
		[
			'UnknownError',
			'Connection is closing because of: IO error: .../http_127.0.0.1_45839.indexeddb.leveldb/000003.log: ' +
				'FILE_ERROR_NO_SPACE (ChromeMethodBFE: 3::WritableFileAppend::8)',
		],
	])('for want of room is told by what is needed: %s, %s', (name, message) => {
		const failure = writeFailure(new DOMException(message, name), 20.3e9);
		expect(failure).toBeInstanceOf(StorageFullError);
		expect(failure, 'how much is free, nobody knows').toHaveProperty('data', {
			neededBytes: 20.3e9,
		});
	});

	it.each([
		['UnknownError', 'Internal error.'],
		['DataError', 'The parameter is not a valid key.'],
		['NoModificationAllowedError', 'Access Handles cannot be created.'],
	])('for another reason stays what it is: %s, %s', (name, message) => {
		const error = new DOMException(message, name);
		expect(writeFailure(error, 1)).toBe(error);
	});
});
