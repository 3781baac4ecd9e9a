import { DownloadError } from '../../errors.ts';
import { BrokenConnection } from './broken-connection.ts';
import { requestFrom } from './http-answer.ts';
import { Retries, type RetryOptions } from './retries.ts';
import { RETRY_POLICY } from './retry-policy.ts';

/** A manifest of the real model has 60 KB, a tokenizer's config 10 KB. */
const LARGEST_BYTES = 2 ** 22;

/**
 * A file of some kilobytes whose size nobody published, whole: it ends where its body ends. A connection that
 * breaks begins anew.
 *
 * @throws DownloadError, AbortError
 */
export async function fetchSmallFile(
	url: string,
	name: string,
	options: RetryOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
	const { policy = RETRY_POLICY, signal, onRetry } = options;
	let reason = 'it has not come whole';
	const late = new AbortController();
	const timer = setTimeout(() => {
		const seconds = Math.round(policy.smallFileMilliseconds / 1000);
		late.abort(new DownloadError(url, `${reason}, for ${seconds} s`));
	}, policy.smallFileMilliseconds);
	const stop = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
	const retries = new Retries(url, name, {
		policy,
		onRetry: (retry) => {
			({ reason } = retry);
			onRetry?.(retry);
		},
	});
	try {
		for (;;) {
			try {
				return await fetchWhole(url, policy.stallMilliseconds, stop);
			} catch (error) {
				await retries.waitAfter(error, stop);
			}
		}
	} finally {
		clearTimeout(timer);
	}
}

async function fetchWhole(
	url: string,
	stallMilliseconds: number,
	signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
	using answer = await requestFrom(url, 0, stallMilliseconds, signal);
	const { firstByte = 0, totalBytes, bodyBytes, pieces } = answer;
	if (firstByte !== 0) throw new BrokenConnection(`byte ${firstByte} came instead of the first`);
	refuseLarge(url, Math.max(totalBytes ?? 0, bodyBytes ?? 0));
	const received: Uint8Array<ArrayBuffer>[] = [];
	let byteLength = 0;
	for await (const piece of pieces) {
		received.push(piece);
		byteLength += piece.byteLength;
		refuseLarge(url, byteLength);
	}
	if (totalBytes !== undefined && totalBytes !== byteLength) {
		throw new BrokenConnection(`it ended at byte ${byteLength} of ${totalBytes}`);
	}
	return new Uint8Array(await new Blob(received).arrayBuffer());
}

/** By what is announced, before it comes, and by what comes. @throws DownloadError */
function refuseLarge(url: string, byteLength: number): void {
	if (byteLength <= LARGEST_BYTES) return;
	throw new DownloadError(url, `it has more than ${LARGEST_BYTES / 2 ** 20} MiB`);
}
