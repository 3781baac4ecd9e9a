import { afterEach, expect, it, vi } from 'vitest';
import { holdPage } from '../../../src/engine/hold-page.ts';

afterEach(() => vi.unstubAllGlobals());

it.each(['ends', 'fails'])(
	'holds a lock that other tabs may share until the work %s',
	async (end) => {
		const held = new Set<unknown>();
		const request = async (
			name: string,
			options: unknown,
			callback: () => Promise<unknown>,
		): Promise<void> => {
			expect(options).toEqual({ mode: 'shared' });
			held.add(name);
			await callback();
			held.delete(name);
		};
		vi.stubGlobal('navigator', { locks: { request } });
		let settle: () => void = () => undefined;
		const work = new Promise((resolve, reject) => {
			settle = () => (end === 'ends' ? resolve(1) : reject(new Error('failed')));
		});
		const outcome = holdPage(work).catch(() => 'failed');
		expect(held.size).toBe(1);
		settle();
		expect(await outcome).toBe(end === 'ends' ? 1 : 'failed');
		await vi.waitFor(() => expect(held.size).toBe(0));
	},
);
