import { beforeEach, expect, it } from 'vitest';
import { ScratchPool } from '../../../../../src/gpu/fused/run/scratch-pool.ts';

const MIB = 2 ** 20;

interface FakeBuffer {
	readonly size: number;
	readonly destroy: () => void;
}

let live: FakeBuffer[];
let pool: ScratchPool<FakeBuffer>;

beforeEach(() => {
	live = [];
	const createBuffer = (size: number): FakeBuffer => {
		const buffer = {
			size,
			destroy: () => {
				live = live.filter((each) => each !== buffer);
			},
		};
		live.push(buffer);
		return buffer;
	};
	pool = new ScratchPool(createBuffer);
});

it('gives the same buffers again, none twice', () => {
	const first = pool.acquire([64 * MIB, MIB, 64 * MIB]);
	expect(new Set(first).size).toBe(3);
	expect(new Set(pool.acquire([64 * MIB, MIB, 64 * MIB]))).toEqual(new Set(first));
	expect(live).toHaveLength(3);
});

it('keeps the large ones beside a plan of small ones', () => {
	const first = pool.acquire([64 * MIB, 60000]);
	pool.acquire([64 * MIB, 15000, 1000]);
	expect(pool.acquire([64 * MIB, 60000])).toEqual(first);
	expect(live).toHaveLength(4);
});

it('frees what a larger plan does not use before it makes more', () => {
	pool.acquire([64 * MIB, 64 * MIB]);
	pool.acquire([200 * MIB, 60 * MIB]);
	expect(live.map(({ size }) => size / MIB).sort((a, b) => a - b)).toEqual([64, 200]);
	pool.release();
	expect(live).toEqual([]);
});

it('gives back what it made before one that could not be made', () => {
	const failing = new ScratchPool((size) => {
		if (size === MIB) throw new Error('no memory');
		const buffer = { size, destroy: () => void (live = live.filter((each) => each !== buffer)) };
		live.push(buffer);
		return buffer;
	});
	expect(() => failing.acquire([64 * MIB, 32 * MIB, MIB])).toThrow('no memory');
	expect(live).toHaveLength(2);
	failing.release();
	expect(live).toEqual([]);
});
