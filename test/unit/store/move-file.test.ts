import { expect, it } from 'vitest';
import { moveFile } from '../../../src/store/move-file.ts';

/** Fails so many times before it moves. */
function fileHeld(
	times: number,
	error: Error = new DOMException('held', 'NoModificationAllowedError'),
) {
	const file = {
		name: 'shard.part',
		tries: 0,
		async move(name: string): Promise<void> {
			file.tries++;
			if (file.tries <= times) throw error;
			file.name = name;
		},
	};
	return file;
}

it('tries again while a virus scanner holds a file that was just written', async () => {
	const file = fileHeld(2);
	const waited: number[] = [];
	await moveFile(file, 'shard', async (milliseconds) => waited.push(milliseconds));
	expect(file.name).toBe('shard');
	expect(waited).toHaveLength(2);
});

it('gives up after three seconds, with what the browser said', async () => {
	const file = fileHeld(Infinity);
	let waited = 0;
	const moved = moveFile(file, 'shard', async (milliseconds) => (waited += milliseconds));
	await expect(moved).rejects.toMatchObject({ name: 'NoModificationAllowedError' });
	expect(waited).toBe(3000);
});

it('does not try again where that cannot help', async () => {
	const file = fileHeld(1, new DOMException('full', 'QuotaExceededError'));
	await expect(moveFile(file, 'shard')).rejects.toMatchObject({ name: 'QuotaExceededError' });
	expect(file.tries).toBe(1);
});
