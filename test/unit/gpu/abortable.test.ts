import { expect, it } from 'vitest';
import { abortable } from '../../../src/gpu/abortable.ts';

it('is the work where nobody aborts', async () => {
	const { signal } = new AbortController();
	expect(await abortable(Promise.resolve(7), signal)).toBe(7);
	await expect(abortable(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
	expect(await abortable(Promise.resolve(7), undefined)).toBe(7);
});

it('rejects at once when the signal fires, whatever becomes of the work', async () => {
	const controller = new AbortController();
	let fail = (_: Error): void => undefined;
	const work = new Promise<number>((_, reject) => {
		fail = reject;
	});
	const waiting = abortable(work, controller.signal);
	controller.abort();
	await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
	fail(new Error('too late to matter'));
});

it('rejects where the signal fired before', async () => {
	const never = new Promise<number>(() => undefined);
	await expect(abortable(never, AbortSignal.abort())).rejects.toMatchObject({
		name: 'AbortError',
	});
});
