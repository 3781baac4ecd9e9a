import type { Remote } from 'comlink';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WorkerCrashedError, type WorkerEnd } from '../../../src/bridge/errors.ts';
import { OpenWorker } from '../../../src/bridge/open-worker.ts';
import { WorkerBridge } from '../../../src/bridge/worker-bridge.ts';
import { FakeLocks, FakeWorker } from './fake-worker.ts';

/** What a worker does in these tests. */
class Host {
	readonly name: string;
	constructor(name: string) {
		this.name = name;
	}

	greet(): string {
		return `I am ${this.name}`;
	}

	lose(): never {
		throw new RangeError('the GPU is gone');
	}

	/** Ends with the signal. */
	obey(signal: AbortSignal): Promise<never> {
		begun();
		return new Promise((_resolve, reject) => {
			signal.addEventListener('abort', () => reject(new DOMException('Stopped', 'AbortError')));
		});
	}

	/** Ends never. */
	hang(_signal?: AbortSignal): Promise<never> {
		begun();
		return new Promise(() => undefined);
	}
}

let begun: () => void;
let locks: FakeLocks;
let workers: FakeWorker[];
/** For the next workers, in order; `Host` after that. */
let scripts: ((options: unknown) => object)[];
let isUsable: boolean;
let bridge: WorkerBridge<Host>;

const greet = (host: Remote<Host>): Promise<string> => host.greet();
const crashed = (end: WorkerEnd): object => ({ code: 'worker-crashed', data: { end } });

/** Begins a call and waits until the host has it. */
async function begin(
	run: (host: Remote<Host>) => Promise<never>,
	signal?: AbortSignal,
): Promise<{ readonly call: Promise<never> }> {
	const hasBegun = new Promise<void>((resolve) => (begun = resolve));
	const call = bridge.call(run, signal);
	call.catch(() => undefined);
	await hasBegun;
	return { call };
}

beforeEach(() => {
	locks = new FakeLocks();
	vi.stubGlobal('navigator', { locks });
	vi.stubGlobal('isSecureContext', true);
	vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
	workers = [];
	scripts = [];
	isUsable = true;
	bridge = new WorkerBridge({
		open() {
			const name = `worker ${workers.length + 1}`;
			const worker = new FakeWorker(
				locks,
				scripts.shift() ?? ((options) => new Host(String(options))),
			);
			workers.push(worker);
			return new OpenWorker<Host>('engine', worker as unknown as Worker, name);
		},
		isUsableAfter: () => isUsable,
	});
});

afterEach(() => {
	bridge.close();
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

test('a worker is started with the first call and kept for the next', async () => {
	expect(workers).toHaveLength(0);
	expect(await bridge.call(greet)).toBe('I am worker 1');
	expect(await bridge.call(greet)).toBe('I am worker 1');
});

test('without Web Locks, which only secure pages have, a worker works all the same', async () => {
	vi.stubGlobal('isSecureContext', false);
	vi.stubGlobal('navigator', {});
	expect(await bridge.call(greet)).toBe('I am worker 1');
});

test('a script that cannot be loaded fails the call; the next one tries anew', async () => {
	const loads = vi.spyOn(FakeWorker.prototype, 'postMessage').mockImplementation(function (
		this: FakeWorker,
	) {
		this.fail('404');
	});
	await expect(bridge.call(greet)).rejects.toMatchObject(crashed('failed'));
	await expect(bridge.call(greet)).rejects.toThrow(/404/);
	loads.mockRestore();
	expect(await bridge.call(greet)).toMatch(/^I am worker/);
});

test('a host that throws at its start fails the call with its error', async () => {
	const broken = (): never => {
		throw new TypeError('no storage');
	};
	scripts = [broken, broken];
	await expect(bridge.call(greet)).rejects.toThrow('no storage');
	expect(await bridge.call(greet)).toBe('I am worker 3');
});

test.each([
	['is killed', 'killed', () => locks.killOldest()],
	['throws', 'failed', () => workers[0]?.fail('out of memory')],
	[
		'sends what cannot be read',
		'failed',
		() => workers[0]?.dispatchEvent(new Event('messageerror')),
	],
] as const)('a worker that %s fails what it was busy with', async (_what, end, strike) => {
	const { call } = await begin((host) => host.hang());
	strike();
	await expect(call).rejects.toMatchObject(crashed(end));
	expect(workers[0]?.terminated).toBe(true);
	expect(await bridge.call(greet)).toBe('I am worker 2');
});

test('a worker that was killed while nothing ran is replaced without a word', async () => {
	await bridge.call(greet);
	locks.killOldest();
	expect(await bridge.call(greet)).toBe('I am worker 2');
});

test('a worker that is killed before it says anything is replaced once, then told of', async () => {
	const messages = vi
		.spyOn(FakeWorker.prototype, 'postMessage')
		.mockImplementation(() => undefined);
	const call = bridge.call(greet);
	const end = expect(call).rejects.toMatchObject(crashed('unstarted'));
	vi.advanceTimersByTime(59_999);
	expect(workers[0]?.terminated).toBe(false);
	await vi.advanceTimersByTimeAsync(1);
	expect(workers.map(({ terminated }) => terminated)).toEqual([true, false]);
	await vi.advanceTimersByTimeAsync(60_000);
	await end;
	messages.mockRestore();
	expect(await bridge.call(greet)).toBe('I am worker 3');
});

test('an error replaces the worker only where it may have left that in disorder', async () => {
	await expect(bridge.call((host) => host.lose())).rejects.toThrow('the GPU is gone');
	expect(await bridge.call(greet)).toBe('I am worker 1');
	isUsable = false;
	await expect(bridge.call((host) => host.lose())).rejects.toThrow('the GPU is gone');
	expect(workers[0]?.terminated).toBe(true);
	expect(await bridge.call(greet)).toBe('I am worker 2');
});

test('a cancel crosses to the host, and one that heeds it stays', async () => {
	const cancel = new AbortController();
	const { call } = await begin((host) => host.obey(cancel.signal), cancel.signal);
	cancel.abort();
	await expect(call).rejects.toMatchObject({ name: 'AbortError' });
	vi.advanceTimersByTime(60_000);
	expect(await bridge.call(greet)).toBe('I am worker 1');
});

test('a worker that does not heed a cancel within 5 s is ended and replaced', async () => {
	const cancel = new AbortController();
	const { call } = await begin((host) => host.hang(cancel.signal), cancel.signal);
	const { call: other } = await begin((host) => host.hang());
	cancel.abort();
	vi.advanceTimersByTime(4_999);
	expect(workers[0]?.terminated).toBe(false);
	vi.advanceTimersByTime(1);
	expect(workers[0]?.terminated).toBe(true);
	await expect(call).rejects.toMatchObject({ name: 'AbortError' });
	await expect(other).rejects.toMatchObject(crashed('silent'));
	expect(await bridge.call(greet)).toBe('I am worker 2');
});

test('what was cancelled before it began asks no worker', async () => {
	const call = bridge.call(greet, AbortSignal.abort());
	await expect(call).rejects.toMatchObject({ name: 'AbortError' });
});

test('a worker that is to be replaced ends what it does first', async () => {
	const cancel = new AbortController();
	const { call } = await begin((host) => host.obey(cancel.signal), cancel.signal);
	bridge.replace();
	expect(await bridge.call(greet)).toBe('I am worker 2');
	expect(workers[0]?.terminated).toBe(false);
	cancel.abort();
	await expect(call).rejects.toMatchObject({ name: 'AbortError' });
	expect(workers[0]?.terminated).toBe(true);
});

test('closing answers whoever waits, and starts no other worker for them', async () => {
	const { call } = await begin((host) => host.hang());
	const asking = bridge.call(greet);
	bridge.close();
	await expect(call).rejects.toBeInstanceOf(WorkerCrashedError);
	await expect(asking).rejects.toMatchObject(crashed('closed'));
	expect(workers).toHaveLength(1);
});
