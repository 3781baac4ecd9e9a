import { DownloadError } from '../../errors.ts';
import type { StreamSource } from '../../stream-source.ts';
import { httpStreamSource } from './http-stream-source.ts';
import { requestFrom } from './http-answer.ts';
import { RETRY_POLICY } from './retry-policy.ts';

/**
 * A file of which nothing is known but where it is: its server says how long it is.
 *
 * @throws DownloadError, AbortError
 */
export async function openUrl(url: string, signal: AbortSignal): Promise<StreamSource> {
	let name: string;
	try {
		name = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '');
	} catch {
		throw new DownloadError(url, 'it is no address of a file');
	}
	let byteLength: number | undefined;
	try {
		using answer = await requestFrom(url, 0, RETRY_POLICY.stallMilliseconds, signal);
		byteLength = answer.totalBytes ?? answer.bodyBytes;
	} catch (error) {
		signal.throwIfAborted();
		throw new DownloadError(url, error instanceof Error ? error.message : String(error));
	}
	if (byteLength === undefined) {
		throw new DownloadError(url, 'the server does not say how long the file is');
	}
	return httpStreamSource(url, { name, byteLength, sha256: '' });
}
