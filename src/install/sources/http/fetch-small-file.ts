import { DownloadError } from '../../errors.ts';
import { BrokenConnection } from './broken-connection.ts';
import { requestFrom } from './http-answer.ts';
import { Retries, type RetryOptions } from './retries.ts';
import { RETRY_POLICY } from './retry-policy.ts';

/** A manifest of the real model has 60 KB, a tokenizer's config 10 KB. */
const LARGEST_BYTES = 2 ** 24;

/**
 * A file of a few megabytes whose size nobody published, whole: it ends where its body ends. A connection that
 * breaks begins anew.
 *
 * @throws DownloadError, AbortError
 */
export async function fetchSmallFile(
	url: string,
	name: string,
	options: RetryOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
	const { policy = RETRY_POLICY, signal } = options;
	const retries = new Retries(url, name, options);
	for (;;) {
		try {
			return await fetchWhole(url, policy.stallMilliseconds, signal);
		} catch (error) {
			await retries.waitAfter(error, signal);
		}
	}
}

async function fetchWhole(
	url: string,
	stallMilliseconds: number,
	signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
	using answer = await requestFrom(url, 0, stallMilliseconds, signal);
	const { firstByte = 0, totalBytes, pieces } = answer;
	if (firstByte !== 0) throw new BrokenConnection(`byte ${firstByte} came instead of the first`);
	const received: Uint8Array<ArrayBuffer>[] = [];
	let byteLength = 0;
	for await (const piece of pieces) {
		received.push(piece);
		byteLength += piece.byteLength;
		if (byteLength > LARGEST_BYTES) {
			throw new DownloadError(url, `it has more than ${LARGEST_BYTES / 2 ** 20} MiB`);
		}
	}
	if (totalBytes !== undefined && totalBytes !== byteLength) {
		throw new BrokenConnection(`it ended at byte ${byteLength} of ${totalBytes}`);
	}
	return new Uint8Array(await new Blob(received).arrayBuffer());
}
