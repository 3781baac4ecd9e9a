import type { IncomingMessage, ServerResponse } from 'node:http';
import { relative, sep } from 'node:path';
import send from 'send';
import { singleByteRange } from './single-byte-range.ts';

export interface FileToSend {
	/** The folder that is served. */
	readonly folder: string;
	/** Path below it, percent-encoded, with a slash in front. A slash at the end stands for `index.html`. */
	readonly path: string;
	/** Further headers for the file that is sent; `name` is its place below the folder, such as `assets/app.js`. */
	readonly headers: (name: string) => Readonly<Record<string, string>>;
}

/**
 * Answers with a file: whole, one range of it, or that it has not changed. Files whose names begin with a dot are not
 * to be had. A file that cannot be read, or goes away meanwhile, ends in an error answer or a broken connection.
 */
export function sendFile(
	request: IncomingMessage,
	response: ServerResponse,
	{ folder, path, headers }: FileToSend,
): void {
	send(request, path, { root: folder, cacheControl: false })
		.on('file', (_path: string, { size }: { readonly size: number }) => {
			// Ranges are defined for GET alone; `send` would take those of HEAD, and hex numbers and the like.
			const range =
				request.method === 'GET' ? singleByteRange(request.headers.range, size) : undefined;
			if (range === undefined) delete request.headers.range;
			else request.headers.range = range;
		})
		.on('headers', (_response: ServerResponse, file: string) => {
			const name = relative(folder, file).split(sep).join('/');
			for (const [header, value] of Object.entries(headers(name))) {
				response.setHeader(header, value);
			}
		})
		.on('directory', () => sendError(response, 404))
		.on('error', ({ status, headers: required }: SendError) =>
			sendError(response, status, required),
		)
		.pipe(response);
}

/** As `send` reports them. */
interface SendError {
	readonly status: number;
	/** Those that the status calls for. */
	readonly headers?: Readonly<Record<string, string>>;
}

const REASONS: Readonly<Record<number, string>> = {
	400: 'The path cannot be read',
	403: 'Not allowed',
	404: 'Not found',
	405: 'Only GET and HEAD are answered',
	412: 'The file has changed',
	416: 'The file is shorter than that',
	421: 'This server answers to 127.0.0.1 and localhost only',
};

/** Answers with an error; if an answer is under way, breaks it off, so that it does not pass for whole. */
export function sendError(
	response: ServerResponse,
	status: number,
	headers: Readonly<Record<string, string>> = {},
): void {
	if (response.headersSent) {
		response.destroy();
		return;
	}
	for (const name of response.getHeaderNames()) response.removeHeader(name);
	response
		.writeHead(status, {
			...headers,
			'Content-Type': 'text/plain; charset=utf-8',
			'Content-Security-Policy': "default-src 'none'",
			'X-Content-Type-Options': 'nosniff',
			'Cache-Control': 'no-store',
		})
		.end(`${REASONS[status] ?? 'The file cannot be read'}\n`);
}
