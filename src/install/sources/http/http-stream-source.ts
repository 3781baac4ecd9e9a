import type { StreamSource } from '../../stream-source.ts';
import { BrokenConnection } from './broken-connection.ts';
import { type HttpAnswer, requestFrom } from './http-answer.ts';
import { Retries, type RetryOptions } from './retries.ts';
import { RETRY_POLICY } from './retry-policy.ts';

/** A server that has another file under this name is believed after so many answers. */
const OTHER_FILE_ATTEMPTS = 3;

/** What is known of a file before a server is asked. */
export interface KnownFile {
	/** Names the file in messages and in the journal. */
	readonly name: string;
	readonly byteLength: number;
	/** Lower-case hexadecimal. For the reader to compare: this source does not. */
	readonly sha256: string;
}

export interface HttpSourceOptions extends RetryOptions {
	/** The server sends files from their start only: going on costs reading again what was there. */
	readonly onRangeIgnored?: (name: string) => void;
}

/**
 * A file of known size and hash behind a URL. Of the server it needs bytes and nothing else: where an answer
 * does not say what part of the file it is, it counts as the part that was asked for, and the hash judges.
 *
 * Its stream survives broken, stalled and cut connections: it asks for the rest again, with growing waits, and
 * for the URL itself each time, which may lead to a signed address that is good for minutes only.
 */
export function httpStreamSource(
	url: string,
	file: KnownFile,
	options: HttpSourceOptions = {},
): StreamSource {
	const { name, byteLength, sha256 } = file;
	return {
		name,
		byteLength,
		// The same hash is the same file, whichever server has it and whatever its ETag: a mirror may go on
		// where the hub stopped.
		identity: `${byteLength} sha256:${sha256}`,
		open: (byteOffset, signal) => readFrom(url, file, byteOffset, options, signal),
	};
}

/** @throws DownloadError, AbortError */
async function* readFrom(
	url: string,
	{ name, byteLength }: KnownFile,
	byteOffset: number,
	options: HttpSourceOptions,
	signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
	const { stallMilliseconds } = options.policy ?? RETRY_POLICY;
	const retries = new Retries(url, name, options);
	let position = byteOffset;
	while (position < byteLength) {
		try {
			using answer = await requestFrom(url, position, stallMilliseconds, signal);
			let skip = position - beginOf(answer, position, byteLength);
			if (skip === position && position > 0) options.onRangeIgnored?.(name);
			for await (const received of answer.pieces) {
				const piece = received.subarray(Math.min(skip, received.byteLength));
				skip -= received.byteLength - piece.byteLength;
				// More than there is: a server that lies about its length.
				const rest = piece.subarray(0, byteLength - position);
				if (rest.byteLength === 0) continue;
				position += rest.byteLength;
				retries.reset();
				yield rest;
				if (position === byteLength) return;
			}
			throw new BrokenConnection(`it ended at byte ${position} of ${byteLength}`);
		} catch (error) {
			await retries.waitAfter(error, signal);
		}
	}
}

/** The byte of the file with which an answer begins. @throws BrokenConnection */
function beginOf(
	{ firstByte, totalBytes, bodyBytes }: HttpAnswer,
	position: number,
	byteLength: number,
): number {
	if (totalBytes !== undefined && totalBytes !== byteLength) {
		throw new BrokenConnection(
			`the server's file has ${totalBytes} bytes, the published one ${byteLength}`,
			{ attempts: OTHER_FILE_ATTEMPTS },
		);
	}
	// A body as long as the whole file is the whole file, whatever its status says.
	const begin = firstByte ?? (bodyBytes === byteLength ? 0 : position);
	if (begin > position)
		throw new BrokenConnection(`byte ${begin} came instead of byte ${position}`);
	return begin;
}
