import { createHash } from 'node:crypto';
import events from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
	type HttpSourceOptions,
	httpStreamSource,
} from '../../../../../src/install/sources/http/http-stream-source.ts';
import type { Retry } from '../../../../../src/install/sources/http/retries.ts';
import type { RetryPolicy } from '../../../../../src/install/sources/http/retry-policy.ts';
import type { StreamSource } from '../../../../../src/install/stream-source.ts';
import { HostileServer } from '../../../../fixtures/hostile-server.ts';
import { HubServer } from '../../../../fixtures/hub-server.ts';
import { type Mischief, seededRandom } from '../../../../fixtures/mischief.ts';
import { pinnedFile } from '../../../../fixtures/pinned-file.ts';

const random = seededRandom(1);
const FILE = Uint8Array.from({ length: 300_000 }, () => Math.floor(random() * 256));
const SMALL = FILE.slice(0, 3_000);
const FILES = new Map([
	['weights.bin', FILE],
	['small.bin', SMALL],
]);

const POLICY: RetryPolicy = {
	attempts: 4,
	firstWaitMilliseconds: 1,
	longestWaitMilliseconds: 2,
	stallMilliseconds: 20_000,
	smallFileMilliseconds: 20_000,
	random: () => 0.5,
	wait: async (_milliseconds, signal) => signal?.throwIfAborted(),
};

function openFile(url: string, name = 'weights.bin', options: HttpSourceOptions = {}) {
	const { path, ...pins } = pinnedFile(name, FILES.get(name) ?? new Uint8Array());
	const address = `${url}/owner/name/resolve/commit/${name}`;
	return httpStreamSource(address, { name: path, ...pins }, { policy: POLICY, ...options });
}

/** @returns the hash of the file from a byte to its end: comparing arrays takes a second */
async function read(source: StreamSource, from = 0): Promise<string> {
	const pieces: Uint8Array[] = [];
	for await (const piece of source.open(from)) pieces.push(piece);
	return hashOf(Buffer.concat(pieces));
}

function hashOf(bytes: Uint8Array): string {
	return createHash('sha256').update(bytes).digest('hex');
}

/** The first answer has the mischief, the others have none. */
function once(mischief: Mischief): () => Mischief | undefined {
	let isFirst = true;
	return () => {
		const now = isFirst ? mischief : undefined;
		isFirst = false;
		return now;
	};
}

describe('a file on a hub that sends bytes only', () => {
	let hub: HubServer;
	let url: string;
	let retries: Retry[];
	const onRetry = (retry: Retry) => void retries.push(retry);

	beforeEach(async () => {
		hub = new HubServer((name) => FILES.get(name), { tells: false });
		hub.random = seededRandom(2);
		url = await hub.start();
		retries = [];
	});
	afterEach(() => hub.stop());

	it('is read whole and from the middle, with a range each time', async () => {
		const source = openFile(url, 'weights.bin', { onRetry });
		expect(await read(source)).toBe(hashOf(FILE));
		expect(await read(source, 123_457)).toBe(hashOf(FILE.subarray(123_457)));
		expect(hub.ranges).toEqual(['bytes=0-', 'bytes=123457-']);
		expect(retries).toEqual([]);
	});

	it('is not asked for before its bytes are wanted', () => {
		expect(openFile(url).byteLength).toBe(FILE.byteLength);
		expect(hub.ranges).toEqual([]);
	});

	it('comes whole where it is small, and what was not asked for is passed over', async () => {
		const source = openFile(url, 'small.bin');
		expect(await read(source, 1_000)).toBe(hashOf(SMALL.subarray(1_000)));
	});

	it('goes on with a new address when one expires on the way', async () => {
		hub.bytesPerAddress = 70_000;
		expect(await read(openFile(url, 'weights.bin', { onRetry }))).toBe(hashOf(FILE));
		expect(hub.ranges.length).toBe(Math.ceil(FILE.byteLength / 81_920));
		expect(hub.expired).toBe(0);
		expect(retries.map(({ attempt }) => attempt)).toEqual(retries.map(() => 1));
	});

	it('asks again where the address had expired when it was given', async () => {
		hub.bytesPerAddress = 70_000;
		hub.staleEvery = 2;
		expect(await read(openFile(url, 'weights.bin', { onRetry }))).toBe(hashOf(FILE));
		expect(hub.expired).toBeGreaterThan(1);
		expect(retries.some(({ reason }) => reason.includes('led to answered 403'))).toBe(true);
	});

	it('is given up when every address is refused, with no word of a login', async () => {
		hub.staleEvery = 1;
		const reading = read(openFile(url, 'weights.bin', { onRetry }));
		await expect(reading).rejects.toMatchObject({
			code: 'download',
			message: expect.stringMatching(/led to answered 403, 3 times/) as string,
		});
		expect(hub.expired).toBe(3);
	});

	it('is not given up for one refusal after failures of another kind', async () => {
		const mischiefs: Mischief[] = ['reset', 'reset', '416'];
		hub.mischief = () => mischiefs.shift();
		expect(await read(openFile(url))).toBe(hashOf(FILE));
		expect(mischiefs).toEqual([]);
	});

	it.each(['mute', 'stall'] as const)('does not wait for ever when it is %s', async (mischief) => {
		hub.mischief = once(mischief);
		const policy = { ...POLICY, stallMilliseconds: 60 };
		const source = openFile(url, 'weights.bin', { policy, onRetry });
		expect(await read(source)).toBe(hashOf(FILE));
		expect(retries[0]?.reason).toBe('nothing came for 0 s');
	});

	it.each(['overlong', 'ignore-range', 'cut', 'short-length'] as const)(
		'ends where it should when the first answer is %s',
		async (mischief) => {
			hub.mischief = once(mischief);
			expect(await read(openFile(url), 100_000)).toBe(hashOf(FILE.subarray(100_000)));
		},
	);

	it('stops when it is told to', async () => {
		hub.pauseMilliseconds = 5;
		const stop = new AbortController();
		const reading = async () => {
			for await (const piece of openFile(url).open(0, stop.signal)) {
				expect(piece.byteLength).toBeGreaterThan(0);
				stop.abort();
			}
		};
		await expect(reading()).rejects.toMatchObject({ name: 'AbortError' });
	});
});

describe('a file on a server that says what it sends', () => {
	let server: HostileServer;
	let url: string;

	beforeEach(async () => {
		server = new HostileServer(FILES);
		server.random = seededRandom(3);
		url = await server.start();
	});
	afterEach(() => server.stop());

	it('is cut to size where an answer begins before the byte that was asked for', async () => {
		server.mischief = () => 'wrong-offset';
		expect(await read(openFile(url), 100_000)).toBe(hashOf(FILE.subarray(100_000)));
	});

	it('may have any ETag', async () => {
		const mischiefs: (Mischief | undefined)[] = ['cut', 'wrong-etag'];
		server.mischief = () => mischiefs.shift();
		expect(await read(openFile(url))).toBe(hashOf(FILE));
		expect(mischiefs).toEqual([]);
	});

	it('is refused when it is longer than the published one, after a few tries', async () => {
		server.mischief = () => 'other-total';
		await expect(read(openFile(url))).rejects.toMatchObject({
			code: 'download',
			message: expect.stringMatching(
				/has 300001 bytes, the published one 300000, 3 times/,
			) as string,
		});
	});

	it('tells once for each answer that a server begins from the start', async () => {
		const told: string[] = [];
		server.mischief = once('ignore-range');
		const source = openFile(url, 'weights.bin', { onRangeIgnored: (name) => told.push(name) });
		expect(await read(source, 100_000)).toBe(hashOf(FILE.subarray(100_000)));
		expect(told).toEqual(['weights.bin']);
	});

	it('is not asked for again where there is none', async () => {
		const retries: Retry[] = [];
		const options = { policy: POLICY, onRetry: (retry: Retry) => void retries.push(retry) };
		const absent = { name: 'absent.bin', byteLength: 1, sha256: '' };
		const reading = read(httpStreamSource(`${url}/absent.bin`, absent, options));
		await expect(reading).rejects.toThrow('the server answered 404');
		expect(retries).toEqual([]);
	});
});

describe('a server that wants a login', () => {
	it.each([401, 403])('is not asked again after %i, and the error says so', async (status) => {
		const requests: (string | undefined)[] = [];
		const server = createServer(({ url }, response) => {
			requests.push(url);
			response.writeHead(status).end();
		});
		server.listen(0, '127.0.0.1');
		await events.once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		const reading = read(openFile(`http://127.0.0.1:${port}`));
		await expect(reading).rejects.toThrow(`the server answered ${status}: it wants a login`);
		expect(requests.length).toBe(1);
		server.close();
	});
});
