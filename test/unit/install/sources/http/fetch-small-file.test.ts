import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchSmallFile } from '../../../../../src/install/sources/http/fetch-small-file.ts';
import type { RetryPolicy } from '../../../../../src/install/sources/http/retry-policy.ts';
import { HostileServer } from '../../../../fixtures/hostile-server.ts';
import { HubServer } from '../../../../fixtures/hub-server.ts';
import { type Mischief, seededRandom } from '../../../../fixtures/mischief.ts';

const VOCABULARY = JSON.stringify({ text: 'y'.repeat(100_000) });
const FILES = new Map([
	['config.json', Buffer.from(JSON.stringify({ text: 'x'.repeat(1_000) }))],
	['vocabulary.json', Buffer.from(VOCABULARY)],
	['weights.bin', Buffer.alloc(2 ** 24 + 1)],
]);

const policy: RetryPolicy = {
	attempts: 3,
	firstWaitMilliseconds: 1,
	longestWaitMilliseconds: 2,
	stallMilliseconds: 20_000,
	smallFileMilliseconds: 20_000,
	random: () => 0.5,
	wait: async (_milliseconds, signal) => signal?.throwIfAborted(),
};

describe.each([
	['a hub that sends bytes only', () => new HubServer((name) => FILES.get(name), { tells: false })],
	['a server that says what it sends', () => new HostileServer(FILES)],
])('a small file of unknown size on %s', (_what, open) => {
	let server: HubServer | HostileServer;
	let folder: string;
	const fetchNamed = async (name: string) =>
		Buffer.from(await fetchSmallFile(`${folder}${name}`, name, { policy })).toString();

	beforeEach(async () => {
		server = open();
		server.random = seededRandom(1);
		folder = `${await server.start()}/owner/name/resolve/commit/`;
	});
	afterEach(() => server.stop());

	it.each(['config.json', 'vocabulary.json'])('ends where its body ends: %s', async (name) => {
		expect(await fetchNamed(name)).toBe(FILES.get(name)?.toString());
	});

	it.each(['cut', 'reset', '503', 'long-length'] as const)('comes again after %s', async (bad) => {
		const mischiefs: (Mischief | undefined)[] = [bad, bad];
		server.mischief = () => mischiefs.shift();
		expect(await fetchNamed('vocabulary.json')).toBe(VOCABULARY);
		expect(mischiefs).toEqual([]);
	});

	it('is refused where it is none of that kind', async () => {
		await expect(fetchNamed('weights.bin')).rejects.toThrow('it has more than 4 MiB');
	});

	it('is given up after some tries', async () => {
		server.mischief = () => 'reset';
		await expect(fetchNamed('config.json')).rejects.toThrow(/, 3 times/);
	});
});

it('a file that ends before the end that its server names is fetched again', async () => {
	const server = new HostileServer(FILES);
	const mischiefs: (Mischief | undefined)[] = ['short-length'];
	server.mischief = () => mischiefs.shift();
	const url = await server.start();
	const bytes = await fetchSmallFile(
		`${url}/owner/name/resolve/commit/config.json`,
		'config.json',
		{ policy },
	);
	expect(Buffer.from(bytes)).toEqual(FILES.get('config.json'));
	await server.stop();
});
