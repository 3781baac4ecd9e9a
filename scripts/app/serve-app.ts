import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { securityHeaders } from '../../src/hosting/security-headers.ts';
import { DIST } from './build-if-stale.ts';
import { isLocalHost } from './is-local-host.ts';
import { type FileToSend, sendError, sendFile } from './send-file.ts';

export interface ServeOptions {
	/** 0 takes any free port. */
	readonly port: number;
	/** Where the built app lies. */
	readonly app?: string;
	/** Further folders to serve: their path on the server (such as `/files/`) and on disk. */
	readonly folders?: Readonly<Record<string, string>>;
}

export interface AppServer {
	/** For example `http://127.0.0.1:5178/`. */
	readonly url: string;
	close(): Promise<void>;
}

/** Files that are read as data: were one of them opened as a page, it could do nothing. */
const DATA_HEADERS = {
	...securityHeaders('data'),
	'Content-Security-Policy': "default-src 'none'; sandbox",
	'Cache-Control': 'no-cache',
};

/** Serves the built app, to this machine only. @throws an error with code EADDRINUSE if the port is taken */
export async function serveApp({
	port,
	app = DIST,
	folders = {},
}: ServeOptions): Promise<AppServer> {
	const server = createServer((request, response) => answer(request, response, app, folders));
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, '127.0.0.1', resolve);
	});
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('the server has no port');
	return {
		url: `http://127.0.0.1:${address.port}/`,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

function answer(
	request: IncomingMessage,
	response: ServerResponse,
	app: string,
	folders: Readonly<Record<string, string>>,
): void {
	const [path = ''] = (request.url ?? '').split('?', 1);
	if (!isLocalHost(request.headers.host)) {
		sendError(response, 421);
	} else if (request.method !== 'GET' && request.method !== 'HEAD') {
		sendError(response, 405, { Allow: 'GET, HEAD' });
	} else if (!path.startsWith('/')) {
		sendError(response, 400);
	} else {
		sendFile(request, response, fileAt(path, app, folders));
	}
}

function fileAt(path: string, app: string, folders: Readonly<Record<string, string>>): FileToSend {
	for (const [mount, folder] of Object.entries(folders)) {
		if (!path.startsWith(mount)) continue;
		return { folder, path: path.slice(mount.length - 1), headers: () => DATA_HEADERS };
	}
	return { folder: app, path, headers: appHeaders };
}

function appHeaders(name: string): Readonly<Record<string, string>> {
	// What Vite puts there carries its hash in its name; all else may change with the next build.
	const immutable = name.startsWith('assets/');
	return {
		...securityHeaders(name),
		'Cache-Control': immutable ? 'max-age=31536000, immutable' : 'no-cache',
	};
}
