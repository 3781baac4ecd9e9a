import { describe, expect, it } from 'vitest';
import { muteAfterSettled } from '../../../src/bridge/mute-after-settled.ts';

describe('muteAfterSettled', () => {
	it('passes events on until the result is there, and none after it', async () => {
		const heard: string[] = [];
		let send: ((event: string) => void) | undefined;
		const result = await muteAfterSettled<string, number>(
			(event) => heard.push(event),
			async (listener) => {
				send = listener;
				listener('half');
				await Promise.resolve();
				listener('all');
				return 7;
			},
		);
		send?.('late');
		expect(result).toBe(7);
		expect(heard).toEqual(['half', 'all']);
	});

	it('does the same for a call that fails', async () => {
		const heard: string[] = [];
		let send: ((event: string) => void) | undefined;
		const call = muteAfterSettled<string, never>(
			(event) => heard.push(event),
			(listener) => {
				send = listener;
				return Promise.reject(new Error('no'));
			},
		);
		await expect(call).rejects.toThrow('no');
		send?.('late');
		expect(heard).toEqual([]);
	});
});
