import { expect, it } from 'vitest';

/** A read takes milliseconds; one that takes this long never ends. */
const STUCK_MS = 20_000;

// Chromium 156 collects the pending read of a Blob's byte stream (`getReader({ mode: 'byob' })`) in a
// worker when memory is short: it never settles. The reader that used one hung here after 29 reads.
it('a Blob is read to the end while the garbage collector works', async () => {
	const worker = new Worker(new URL('./blob-reader.worker.ts', import.meta.url), {
		type: 'module',
	});
	const outcome = await new Promise<string>((resolve) => {
		const stuckAfter = (read: number) =>
			setTimeout(() => resolve(`stuck after ${read} reads`), STUCK_MS);
		let timer = stuckAfter(0);
		worker.onmessage = ({
			data,
		}: MessageEvent<{ read: number; intact: boolean; finished: boolean }>) => {
			clearTimeout(timer);
			if (!data.intact) resolve(`wrong bytes in read ${data.read}`);
			else if (data.finished) resolve('finished');
			else timer = stuckAfter(data.read);
		};
	});
	worker.terminate();
	expect(outcome).toBe('finished');
});
