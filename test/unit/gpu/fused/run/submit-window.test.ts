import { expect, it } from 'vitest';
import { SubmitWindow } from '../../../../../src/gpu/fused/run/submit-window.ts';

it('lets three submits be on their way, and the next when the first of them is done', async () => {
	const window = new SubmitWindow();
	const finish: (() => void)[] = [];
	let submitted = 0;
	const all = (async () => {
		for (; submitted < 6; submitted++) {
			await window.room();
			window.add(new Promise((resolve) => finish.push(resolve)));
		}
	})();
	const settle = async (): Promise<void> => {
		for (let turn = 0; turn < 10; turn++) await Promise.resolve();
	};
	await settle();
	expect(submitted).toBe(3);
	finish[0]?.();
	await settle();
	expect(submitted).toBe(4);
	for (const each of finish) each();
	await settle();
	for (const each of finish) each();
	await all;
	expect(submitted).toBe(6);
});
