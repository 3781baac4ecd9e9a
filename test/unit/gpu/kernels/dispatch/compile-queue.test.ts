import { expect, it } from 'vitest';
import { CheckTensors } from '../../../../../src/gpu/kernels/checks/check-tensors.ts';
import {
	CompileQueue,
	CompileTimeout,
} from '../../../../../src/gpu/kernels/dispatch/compile-queue.ts';
import { TileRules } from '../../../../../src/gpu/kernels/dispatch/tile-rules.ts';
import { kernelChecks } from '../../../../../src/gpu/kernels/kernel-checks.ts';
import { H100 } from '../../../../fixtures/full-size-model.ts';

/** Time that passes only when everybody waits for it. */
class SimulatedTime {
	now = 0;
	readonly #calls = new Set<{ readonly at: number; readonly call: () => void }>();
	readonly clock = (): number => this.now;

	readonly after = (milliseconds: number, call: () => void): (() => void) => {
		const entry = { at: this.now + milliseconds, call };
		this.#calls.add(entry);
		return () => void this.#calls.delete(entry);
	};

	async pass(): Promise<void> {
		for (;;) {
			for (let turn = 0; turn < 50; turn++) await Promise.resolve();
			const [next] = [...this.#calls].sort((a, b) => a.at - b.at);
			if (next === undefined) return;
			this.#calls.delete(next);
			this.now = next.at;
			next.call();
		}
	}
}

function queueIn(time: SimulatedTime, limitMilliseconds = 20_000): CompileQueue {
	return new CompileQueue({ limitMilliseconds, clock: time.clock, after: time.after });
}

it('compiles four at a time, in the order in which they are asked for', async () => {
	const time = new SimulatedTime();
	const queue = queueIn(time);
	let running = 0;
	let most = 0;
	const done: number[] = [];
	for (let index = 0; index < 10; index++) {
		const compile = (): Promise<void> => {
			most = Math.max(most, ++running);
			return new Promise((resolve) => void time.after(1000, () => resolve(void running--)));
		};
		void queue.run(compile).then(() => done.push(index));
	}
	await time.pass();
	expect(most).toBe(4);
	expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
	expect(time.now).toBe(3000);
	expect(queue.slowestMilliseconds).toBe(1000);
});

it('gives up a compile that never comes back, and goes on with the others', async () => {
	const time = new SimulatedTime();
	const queue = queueIn(time);
	const ends: unknown[] = [];
	for (let index = 0; index < 5; index++) {
		queue.run(() => new Promise(() => undefined)).catch((error: unknown) => ends.push(error));
	}
	void queue.run(() => Promise.resolve('compiled')).then((end) => ends.push(end));
	await time.pass();
	expect(ends.filter((end) => end instanceof CompileTimeout)).toHaveLength(5);
	expect(ends).toContain('compiled');
});

it('opens within 30 s on safe tiles where each shader takes 3 s', async () => {
	const time = new SimulatedTime();
	const queue = queueIn(time);
	const target = { ...H100, tiles: new TileRules('safe') };
	const checks = kernelChecks(new CheckTensors(() => 0), target);
	const shaders = new Set(checks.flatMap(({ dispatches }) => dispatches.map(({ wgsl }) => wgsl)));
	for (let shader = 0; shader < shaders.size; shader++) {
		void queue.run(() => new Promise<void>((resolve) => void time.after(3000, resolve)));
	}
	await time.pass();
	expect(shaders.size).toBeGreaterThan(8);
	expect(time.now).toBeLessThanOrEqual(30_000);
});
