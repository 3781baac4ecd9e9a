import { DownloadError } from '../../errors.ts';
import { BrokenConnection } from './broken-connection.ts';

/** After so many refusals that asking again may mend, but seldom does. */
const REFUSED_ATTEMPTS = 3;

/**
 * One answer to a request for a file from some byte on.
 *
 * A page reads little of what another origin answers: `Content-Range` and `ETag` only where the server exposes
 * them, and few do. So everything here but the bytes may be unknown.
 */
export interface HttpAnswer extends Disposable {
	/** Of the file, where the body begins. */
	readonly firstByte: number | undefined;
	/** Of the whole file. */
	readonly totalBytes: number | undefined;
	/** Of this body. A compressed one, which a page cannot tell from another, has fewer than come out of it. */
	readonly bodyBytes: number | undefined;
	/** Ends where the body ends, which may be before or behind the end of the file. */
	readonly pieces: AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/**
 * Asks for a file from a byte on, once.
 *
 * Always with `Range`, though from the start it changes nothing: some servers refuse to send very large files
 * otherwise. And with no other header: this form of `Range` needs no permission by CORS, and servers behind a
 * redirect often refuse to give one.
 *
 * @param stallMilliseconds after which silence counts as a broken connection, from the request on
 * @throws BrokenConnection, DownloadError, AbortError
 */
export async function requestFrom(
	url: string,
	byteOffset: number,
	stallMilliseconds: number,
	signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
	signal?.throwIfAborted();
	const connection = new AbortController();
	const stop = () => connection.abort(signal?.reason);
	signal?.addEventListener('abort', stop, { once: true });
	const close = () => {
		signal?.removeEventListener('abort', stop);
		connection.abort();
	};
	const heard = async <Result>(work: Promise<Result>): Promise<Result> => {
		try {
			return await withinStall(work, stallMilliseconds);
		} catch (error) {
			signal?.throwIfAborted();
			if (error instanceof BrokenConnection) throw error;
			throw new BrokenConnection(error instanceof Error ? error.message : String(error));
		}
	};
	try {
		const response = await heard(
			fetch(url, {
				headers: { Range: `bytes=${byteOffset}-` },
				signal: connection.signal,
				// A cache of 20 GB of parts helps nobody, and may mix versions.
				cache: 'no-store',
			}),
		);
		refuseUnusable(url, response);
		const { body } = response;
		if (body === null) throw new BrokenConnection('the answer is empty');
		return { ...placeOf(response), pieces: piecesOf(body, heard), [Symbol.dispose]: close };
	} catch (error) {
		close();
		throw error;
	}
}

/** @throws BrokenConnection, DownloadError */
function refuseUnusable(url: string, { status, redirected, headers }: Response): void {
	if (status === 408 || status === 425 || status === 429 || status >= 500) {
		const seconds = Number(headers.get('retry-after'));
		const wait =
			Number.isFinite(seconds) && seconds > 0 ? { waitMilliseconds: seconds * 1000 } : {};
		throw new BrokenConnection(`the server answered ${status}`, wait);
	}
	if (status >= 400 && redirected) {
		// A signed address that has run out, not a login that is missing: the next request gets another one.
		const reason = `the address that the server led to answered ${status}`;
		throw new BrokenConnection(reason, { attempts: REFUSED_ATTEMPTS });
	}
	if (status === 416) {
		throw new BrokenConnection('its file ends before that byte', { attempts: REFUSED_ATTEMPTS });
	}
	if (status !== 200 && status !== 206) {
		const hint = status === 401 || status === 403 ? ': it wants a login' : '';
		throw new DownloadError(url, `the server answered ${status}${hint}`);
	}
	if (/\btext\/html\b/i.test(headers.get('content-type') ?? '')) {
		throw new DownloadError(url, 'the server sent a web page instead of the file');
	}
}

function placeOf({
	status,
	headers,
}: Response): Pick<HttpAnswer, 'firstByte' | 'totalBytes' | 'bodyBytes'> {
	const range = status === 206 ? headers.get('content-range') : null;
	const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range ?? '') ?? [];
	return {
		firstByte: status === 200 ? 0 : wholeNumber(first),
		totalBytes: wholeNumber(total),
		bodyBytes: wholeNumber(headers.get('content-length') ?? undefined),
	};
}

function wholeNumber(text: string | undefined): number | undefined {
	const value = Number(text);
	return text !== undefined && Number.isSafeInteger(value) ? value : undefined;
}

async function* piecesOf(
	body: ReadableStream<Uint8Array<ArrayBuffer>>,
	heard: <Result>(work: Promise<Result>) => Promise<Result>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
	const reader = body.getReader();
	for (;;) {
		const { value, done } = await heard(reader.read());
		if (done) return;
		yield value;
	}
}

/** @throws BrokenConnection if the work takes longer; what it comes to then is dropped */
async function withinStall<Result>(work: Promise<Result>, milliseconds: number): Promise<Result> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const stalled = new Promise<never>((_resolve, reject) => {
		timer = setTimeout(() => {
			reject(new BrokenConnection(`nothing came for ${Math.round(milliseconds / 1000)} s`));
		}, milliseconds);
	});
	try {
		return await Promise.race([work, stalled]);
	} finally {
		clearTimeout(timer);
	}
}
