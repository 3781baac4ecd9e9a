import { once } from 'node:events';
import {
	createReadStream,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readlinkSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { get, type IncomingMessage, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AppServer, serveApp } from '../../../../scripts/app/serve-app.ts';

const ICON = '<svg>0123456789</svg>';
const LARGE_BYTES = 2 ** 22;

let root: string;
let server: AppServer;

beforeEach(async () => {
	root = mkdtempSync(join(tmpdir(), 'shardlight-serve-'));
	const app = join(root, 'app');
	mkdirSync(join(app, 'assets'), { recursive: true });
	mkdirSync(join(root, 'weights'));
	writeFileSync(join(app, 'index.html'), '<!doctype html>');
	writeFileSync(join(app, 'icon.svg'), ICON);
	writeFileSync(join(app, '.secret'), 'hidden');
	writeFileSync(join(app, 'assets/engine.worker-1.js'), 'postMessage(1)');
	writeFileSync(join(app, 'assets/install.worker-1.js'), 'postMessage(1)');
	writeFileSync(join(app, 'assets/ort-1.wasm'), Buffer.alloc(LARGE_BYTES, 7));
	writeFileSync(join(root, 'weights/a.safetensors'), 'weights');
	writeFileSync(join(root, 'weights/.token'), 'hidden');
	server = await serveApp({ port: 0, app, folders: { '/files/': join(root, 'weights') } });
});

afterEach(async () => {
	await server.close();
	rmSync(root, { recursive: true });
});

interface Answer {
	readonly status: number | undefined;
	readonly headers: IncomingMessage['headers'];
	readonly body: string;
}

interface Ask {
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string>>;
}

async function ask(path: string, { method = 'GET', headers = {} }: Ask = {}): Promise<Answer> {
	const { hostname, port } = new URL(server.url);
	const asking = httpRequest({ hostname, port, path, method, headers }).end();
	const [response] = (await once(asking, 'response')) as [IncomingMessage];
	return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

describe('the app’s server', () => {
	it('serves the page, and files with their types', async () => {
		expect(await ask('/')).toMatchObject({ status: 200, body: '<!doctype html>' });
		const { headers } = await ask('/assets/ort-1.wasm', { method: 'HEAD' });
		expect(headers['content-type']).toBe('application/wasm');
		expect(headers['content-length']).toBe(`${LARGE_BYTES}`);
	});

	it('answers that a file has not changed', async () => {
		const { headers } = await ask('/icon.svg');
		const again = await ask('/icon.svg', { headers: { 'If-None-Match': headers.etag ?? '' } });
		expect(again).toMatchObject({ status: 304, body: '' });
	});

	it('keeps what has a hash in its name for a year, and has all else looked at again', async () => {
		expect((await ask('/assets/engine.worker-1.js')).headers['cache-control']).toMatch('immutable');
		expect((await ask('/')).headers['cache-control']).toBe('no-cache');
	});

	it.each([
		['bytes=0-0', 206, ICON.slice(0, 1)],
		['bytes=0-1', 206, ICON.slice(0, 2)],
		['bytes=-1', 206, ICON.slice(-1)],
		['bytes=-99999999999', 206, ICON],
		['bytes=5-', 206, ICON.slice(5)],
		['bytes=0-9007199254740993', 206, ICON],
		['bytes=0-99999999999999999999', 206, ICON],
		['bytes=9-3', 200, ICON],
		['bytes=0-1,5-6', 200, ICON],
		['items=0-5', 200, ICON],
		['bytes=a-b', 200, ICON],
		['bytes=0x1-0x9', 200, ICON],
	])('answers Range: %s with %i', async (range, status, body) => {
		const answer = await ask('/icon.svg', { headers: { Range: range } });
		expect(answer).toMatchObject({ status, body });
	});

	it.each(['bytes=21-', 'bytes=99999999999999999999-', 'bytes=-0'])(
		'answers Range: %s, which is past the end, with 416 and the size',
		async (range) => {
			const { status, headers } = await ask('/icon.svg', { headers: { Range: range } });
			expect(status).toBe(416);
			expect(headers['content-range']).toBe(`bytes */${ICON.length}`);
		},
	);

	it('ignores the range of a HEAD, and one of a file that has changed since', async () => {
		const head = await ask('/icon.svg', { method: 'HEAD', headers: { Range: 'bytes=0-0' } });
		expect(head.status).toBe(200);
		const headers = { Range: 'bytes=0-0', 'If-Range': '"another"' };
		expect(await ask('/icon.svg', { headers })).toMatchObject({ status: 200, body: ICON });
	});

	it('answers every Range header with a part of the file or all of it, and goes on', async () => {
		const header = fc.oneof(
			fc.stringMatching(/^bytes=[-0-9, a-fxe.]{0,30}$/),
			fc.stringMatching(/^bytes=\d{0,25}-\d{0,25}$/),
			fc.stringMatching(/^[ -~]{0,40}$/),
		);
		await fc.assert(
			fc.asyncProperty(header, async (range) => {
				const { status, headers, body } = await ask('/icon.svg', { headers: { Range: range } });
				expect([200, 206, 416]).toContain(status);
				if (status === 200) expect(body).toBe(ICON);
				if (status !== 206) return;
				const [, first, last, size] =
					/^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
				expect(Number(size)).toBe(ICON.length);
				expect(body).toBe(ICON.slice(Number(first), Number(last) + 1));
				expect(headers['content-length']).toBe(`${body.length}`);
			}),
		);
	});

	it('answers 404 for a file that went away, and goes on', async () => {
		expect((await ask('/icon.svg')).status).toBe(200);
		rmSync(join(root, 'app/icon.svg'));
		expect((await ask('/icon.svg')).status).toBe(404);
		expect((await ask('/')).status).toBe(200);
	});

	it('answers 404 for a folder, and for a folder that went away', async () => {
		expect((await ask('/assets')).status).toBe(404);
		rmSync(join(root, 'app'), { recursive: true });
		expect((await ask('/')).status).toBe(404);
	});

	it.runIf(process.platform === 'linux')(
		'closes the file of a download that was broken off',
		async () => {
			const openFiles = (): number =>
				readdirSync('/proc/self/fd').filter((fd) => {
					try {
						return readlinkSync(`/proc/self/fd/${fd}`).startsWith(root);
					} catch {
						return false; // the descriptor that lists the folder
					}
				}).length;
			const held = createReadStream(join(root, 'app/assets/ort-1.wasm'));
			await once(held, 'open');
			expect(openFiles(), 'an open file is counted').toBe(1);
			held.destroy();
			await once(held, 'close');

			for (let broken = 0; broken < 20; broken++) {
				const download = get(new URL('/assets/ort-1.wasm', server.url));
				const [response] = (await once(download, 'response')) as [IncomingMessage];
				await once(response, 'readable');
				download.destroy();
			}
			await expect.poll(openFiles).toBe(0);
			expect((await ask('/')).status).toBe(200);
		},
	);

	it.each(['evil.example', 'evil.example:5177', '127.0.0.1.evil.example'])(
		'answers nothing to a page at %s, whose name was made to mean this machine',
		async (host) => {
			const { status, body } = await ask('/', { headers: { Host: host } });
			expect(status).toBe(421);
			expect(body).not.toContain('doctype');
		},
	);

	it('answers to localhost too, and through a tunnel', async () => {
		expect((await ask('/', { headers: { Host: 'localhost:8080' } })).status).toBe(200);
	});

	it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])('answers %s with 405', async (method) => {
		const { status, headers } = await ask('/', { method });
		expect(status).toBe(405);
		expect(headers.allow).toBe('GET, HEAD');
	});

	it.each([
		'/../app/index.html',
		'/%2e%2e/weights/a.safetensors',
		'/..%2f..%2fetc/passwd',
		'/%',
		'/%00',
	])('answers %s with an error and stays in its folder', async (path) => {
		const { status } = await ask(path);
		expect([400, 403, 404]).toContain(status);
	});

	it('answers what is no path, and goes on', async () => {
		const { port } = new URL(server.url);
		const socket = connect(Number(port), '127.0.0.1');
		socket.end('GET nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
		expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
		expect((await ask('/')).status).toBe(200);
	});

	it('gives out a further folder as data that can do nothing, but none of its hidden files', async () => {
		const { status, headers, body } = await ask('/files/a.safetensors');
		expect({ status, body }).toEqual({ status: 200, body: 'weights' });
		expect(headers['content-security-policy']).toContain('sandbox');
		expect((await ask('/files/.token')).status).toBe(404);
		expect((await ask('/.secret')).status).toBe(404);
	});

	it.each(['/', '/index.html', '/x%2f../'])('sends the policy of a page with %s', async (path) => {
		const { headers } = await ask(path);
		expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
		expect(headers['cross-origin-opener-policy']).toBe('same-origin');
	});

	it('sends workers policies of their own: only the one that downloads reaches other servers', async () => {
		const policy = async (path: string): Promise<string> =>
			String((await ask(path)).headers['content-security-policy']);
		expect(await policy('/assets/engine.worker-1.js')).toContain("connect-src 'self'");
		expect(await policy('/assets/engine.worker-1.js')).not.toContain('https:');
		expect(await policy('/assets/install.worker-1.js')).toContain("connect-src 'self' https:");
	});

	it('lets no other site embed anything, errors included', async () => {
		for (const path of ['/', '/icon.svg', '/assets/ort-1.wasm', '/files/a.safetensors']) {
			const { headers } = await ask(path);
			expect(headers['cross-origin-resource-policy'], path).toBe('same-origin');
			expect(headers['x-content-type-options'], path).toBe('nosniff');
		}
		expect((await ask('/missing')).headers['x-content-type-options']).toBe('nosniff');
	});
});
