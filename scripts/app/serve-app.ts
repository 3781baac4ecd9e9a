import { createServer } from 'node:http';
import sirv from 'sirv';
import { DIST } from './build-if-stale.ts';

export interface ServeOptions {
	/** 0 takes any free port. */
	readonly port: number;
	/** Further folders to serve: their path on the server (such as `/files/`) and on disk. */
	readonly folders?: Readonly<Record<string, string>>;
}

export interface AppServer {
	/** For example `http://127.0.0.1:5178/`. */
	readonly url: string;
	close(): Promise<void>;
}

/** Serves the built app, to this machine only. @throws an error with code EADDRINUSE if the port is taken */
export async function serveApp({ port, folders = {} }: ServeOptions): Promise<AppServer> {
	const app = sirv(DIST, {
		etag: true,
		setHeaders(response, path) {
			// What Vite puts there carries its hash in its name; all else may change with the next build.
			const immutable = path.startsWith('/assets/');
			response.setHeader('Cache-Control', immutable ? 'max-age=31536000, immutable' : 'no-cache');
		},
	});
	const mounts = Object.entries(folders).map(
		([path, folder]) => [path, sirv(folder, { dev: true, dotfiles: true })] as const,
	);
	const server = createServer((request, response) => {
		const notFound = (): void => {
			response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Not found\n');
		};
		const mount = mounts.find(([path]) => request.url?.startsWith(path));
		if (mount === undefined) {
			app(request, response, notFound);
		} else {
			request.url = request.url?.slice(mount[0].length - 1);
			mount[1](request, response, notFound);
		}
	});
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
