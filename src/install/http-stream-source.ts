import { DownloadError, SourceChangedError } from './errors.ts';
import { RETRY_POLICY, type RetryPolicy, waitBefore } from './retry-policy.ts';
import type { StreamSource } from './stream-source.ts';

export interface HttpSourceOptions {
	/** Path that names the file in messages and in the journal; the end of the URL where absent. */
	readonly name?: string;
	/** Published size: a file of another size is refused before it is read. */
	readonly byteLength?: number;
	readonly policy?: RetryPolicy;
	readonly signal?: AbortSignal;
	readonly onRetry?: (retry: Retry) => void;
	/** The server sends files from their start only: going on costs reading again what was there. */
	readonly onRangeIgnored?: (name: string) => void;
}

export interface Retry {
	readonly file: string;
	readonly attempt: number;
	readonly waitMilliseconds: number;
	readonly reason: string;
}

/** What an answer says of the file behind it. */
interface Described {
	readonly byteLength: number | undefined;
	/** ETag or date of change; empty where the server, or CORS, hides both. */
	readonly version: string;
}

/** Worth another attempt, unlike a DownloadError. */
class BrokenConnection extends Error {
	readonly waitMilliseconds: number | undefined;

	constructor(reason: string, waitMilliseconds?: number) {
		super(reason);
		this.waitMilliseconds = waitMilliseconds;
	}
}

/**
 * A file behind a URL. Its stream survives broken, stalled and cut connections: it asks for the rest again,
 * with growing waits.
 *
 * The URL is asked for again each time: it may lead to a signed address that is good for minutes only.
 *
 * @throws DownloadError, SourceChangedError, AbortError
 */
export async function openHttpStream(
	url: string,
	options: HttpSourceOptions = {},
): Promise<StreamSource> {
	const name = options.name ?? decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? url);
	const file = new HttpFile(url, name, options);
	const { byteLength, version } = await file.describe(options.signal);
	if (byteLength === undefined) {
		throw new DownloadError(url, 'the server does not say how long the file is');
	}
	if (options.byteLength !== undefined && options.byteLength !== byteLength) {
		const detail = `the file has ${byteLength} bytes, the published one ${options.byteLength}`;
		throw new DownloadError(url, detail);
	}
	return {
		name,
		byteLength,
		identity: `${byteLength} ${version}`.trim(),
		open: (byteOffset, signal) => file.read(byteOffset, byteLength, version, signal),
	};
}

class HttpFile {
	readonly #url: string;
	readonly #name: string;
	readonly #options: HttpSourceOptions;
	readonly #policy: RetryPolicy;

	constructor(url: string, name: string, options: HttpSourceOptions) {
		this.#url = url;
		this.#name = name;
		this.#options = options;
		this.#policy = options.policy ?? RETRY_POLICY;
	}

	/** Asks for one byte, because answers to HEAD lack the length where a proxy compresses. */
	async describe(signal: AbortSignal | undefined): Promise<Described> {
		for (let attempt = 1; ; attempt++) {
			try {
				const response = await this.#request(0, 0, signal);
				await response.body?.cancel();
				return describe(response);
			} catch (error) {
				await this.#waitOrGiveUp(error, attempt, signal);
			}
		}
	}

	/** @throws DownloadError, SourceChangedError, AbortError */
	async *read(
		byteOffset: number,
		byteLength: number,
		version: string,
		signal: AbortSignal | undefined,
	): AsyncGenerator<Uint8Array<ArrayBuffer>> {
		let position = byteOffset;
		let attempt = 0;
		while (position < byteLength) {
			const before = position;
			const connection = new AbortController();
			const stop = () => connection.abort(signal?.reason);
			signal?.addEventListener('abort', stop, { once: true });
			try {
				signal?.throwIfAborted();
				attempt++;
				const response = await this.#withinStall(
					connection,
					this.#request(position, undefined, connection.signal),
				);
				let skip = this.#bytesToSkip(response, position, byteLength, version);
				const reader = response.body?.getReader();
				if (reader === undefined) throw new BrokenConnection('the answer is empty');
				for (;;) {
					const { value, done } = await this.#withinStall(connection, reader.read());
					if (done) break;
					const piece = value.subarray(Math.min(skip, value.byteLength));
					skip -= value.byteLength - piece.byteLength;
					// More than there is: a server that lies about its length.
					const rest = piece.subarray(0, byteLength - position);
					if (rest.byteLength === 0) continue;
					position += rest.byteLength;
					yield rest;
					if (position === byteLength) return;
				}
				throw new BrokenConnection(`it ended at byte ${position} of ${byteLength}`);
			} catch (error) {
				signal?.throwIfAborted();
				if (position > before) attempt = 0;
				await this.#waitOrGiveUp(error, Math.max(1, attempt), signal);
			} finally {
				signal?.removeEventListener('abort', stop);
				connection.abort();
			}
		}
	}

	async #request(
		from: number,
		to: number | undefined,
		signal: AbortSignal | undefined,
	): Promise<Response> {
		let response: Response;
		try {
			response = await fetch(this.#url, {
				headers: { Range: `bytes=${from}-${to ?? ''}` },
				signal: signal ?? null,
				// A cache of 20 GB of parts helps nobody, and may mix versions.
				cache: 'no-store',
			});
		} catch (error) {
			signal?.throwIfAborted();
			throw new BrokenConnection(error instanceof Error ? error.message : String(error));
		}
		const { status, headers } = response;
		const refuse = async (error: Error) => {
			await response.body?.cancel();
			throw error;
		};
		if (status === 408 || status === 425 || status === 429 || status >= 500) {
			const seconds = Number(headers.get('retry-after'));
			const wait = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
			await refuse(new BrokenConnection(`the server answered ${status}`, wait));
		}
		if (status === 416) {
			await refuse(new SourceChangedError(this.#name, `it no longer reaches byte ${from}`));
		}
		if (status !== 200 && status !== 206) {
			const hint = status === 401 || status === 403 ? ': it wants a login' : '';
			await refuse(new DownloadError(this.#url, `the server answered ${status}${hint}`));
		}
		if (/\btext\/html\b/i.test(headers.get('content-type') ?? '')) {
			await refuse(new DownloadError(this.#url, 'the server sent a web page instead of the file'));
		}
		return response;
	}

	/** How many bytes of the answer lie before the wanted ones. @throws SourceChangedError */
	#bytesToSkip(response: Response, position: number, byteLength: number, version: string): number {
		const described = describe(response);
		if (described.version !== '' && version !== '' && described.version !== version) {
			throw new SourceChangedError(this.#name, 'the server has another version');
		}
		if (described.byteLength !== undefined && described.byteLength !== byteLength) {
			const detail = `${described.byteLength} bytes instead of ${byteLength}`;
			throw new SourceChangedError(this.#name, detail);
		}
		if (response.status === 206) {
			const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
			if (start !== undefined && Number(start) !== position) {
				throw new BrokenConnection(`byte ${start} came instead of byte ${position}`);
			}
			return 0;
		}
		if (position > 0) this.#options.onRangeIgnored?.(this.#name);
		return position;
	}

	/** Breaks the connection if nothing comes for too long. */
	async #withinStall<Result>(connection: AbortController, work: Promise<Result>): Promise<Result> {
		const { stallMilliseconds } = this.#policy;
		const seconds = Math.round(stallMilliseconds / 1000);
		const timer = setTimeout(
			() => connection.abort(new BrokenConnection(`nothing came for ${seconds} s`)),
			stallMilliseconds,
		);
		try {
			return await work;
		} finally {
			clearTimeout(timer);
		}
	}

	/** @throws the error if it is final, as DownloadError where it is the connection's */
	async #waitOrGiveUp(
		error: unknown,
		attempt: number,
		signal: AbortSignal | undefined,
	): Promise<void> {
		signal?.throwIfAborted();
		if (error instanceof DownloadError || error instanceof SourceChangedError) throw error;
		const reason = error instanceof Error ? error.message : String(error);
		if (attempt >= this.#policy.attempts) {
			throw new DownloadError(this.#url, `${reason}, ${attempt} times`);
		}
		const asked = error instanceof BrokenConnection ? error.waitMilliseconds : undefined;
		const waitMilliseconds = Math.min(
			asked ?? waitBefore(attempt, this.#policy),
			this.#policy.longestWaitMilliseconds,
		);
		this.#options.onRetry?.({ file: this.#name, attempt, waitMilliseconds, reason });
		await this.#policy.wait(waitMilliseconds, signal);
	}
}

function describe({ status, headers }: Response): Described {
	const length =
		status === 206
			? /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1]
			: // A compressed body is as long as it is by accident.
				headers.get('content-encoding') === null
				? (headers.get('content-length') ?? undefined)
				: undefined;
	const byteLength = length === undefined ? undefined : Number(length);
	const tag = headers.get('x-linked-etag') ?? headers.get('etag') ?? headers.get('last-modified');
	return {
		byteLength: Number.isSafeInteger(byteLength) ? byteLength : undefined,
		version: (tag ?? '').replace(/^W\//, ''),
	};
}
