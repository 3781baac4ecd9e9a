import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Turn } from '../../../src/families/parts/turn.ts';
import { ScratchLimitError } from '../../../src/gpu/errors.ts';
import { turnPeaks } from '../../../src/pipeline/turn-peaks.ts';
import { DryRun } from '../../../src/pipeline/runner/dry-run.ts';
import { fullSizeModel } from '../../fixtures/full-size-model.ts';

const { installed, graphs } = fullSizeModel();

function decodeTurn(height: number, width: number): Turn<unknown> {
	return installed.model.decode(new Float32Array(16 * height * width), { height, width });
}

const peaksOf = (width: number, height: number) =>
	turnPeaks(decodeTurn(height / 8, width / 8), graphs);

/** Undefined where even the smallest cutting takes more. */
async function peakWithin(
	memoryBytes: number,
	height: number,
	width: number,
): Promise<number | undefined> {
	const run = new DryRun(graphs);
	try {
		await decodeTurn(height, width).run(run, memoryBytes);
	} catch (error) {
		if (error instanceof ScratchLimitError) return undefined;
		throw error;
	}
	return run.peakBytes;
}

describe('the memory that a decode at full size takes', () => {
	it.each([
		{ width: 1024, height: 1024, fastBytes: 2.5e9, leastBytes: 0.9e9 },
		{ width: 1536, height: 1024, fastBytes: 3.7e9, leastBytes: 1.35e9 },
		{ width: 2048, height: 2048, fastBytes: 9.7e9, leastBytes: 3.55e9 },
	])(
		'$width x $height: $fastBytes bytes at most, $leastBytes at least',
		async ({ width, height, fastBytes, leastBytes }) => {
			const peaks = await peaksOf(width, height);
			expect(peaks[0]).toBeLessThan(fastBytes);
			expect(peaks.at(-1)).toBeLessThan(leastBytes);
			expect([...peaks].sort((a, b) => b - a)).toEqual(peaks);
		},
	);

	it('decodes 1024 x 1024 within 1.5 GB without computing anything twice', async () => {
		// The cuttings before the first that computes the upsampler twice: slabs of ever fewer channels.
		const [, , , , slabs = Infinity] = await peaksOf(1024, 1024);
		expect(slabs).toBeLessThan(1.45e9);
	});

	it('is never more than allowed, and more where more is allowed', async () => {
		const extent = fc.integer({ min: 8, max: 64 });
		const memory = fc.integer({ min: 1e6, max: 3e9 });
		await fc.assert(
			fc.asyncProperty(memory, memory, extent, extent, async (one, other, height, width) => {
				const less = await peakWithin(Math.min(one, other), height, width);
				const more = await peakWithin(Math.max(one, other), height, width);
				expect(less ?? 0).toBeLessThanOrEqual(Math.min(one, other));
				expect(more ?? 0).toBeGreaterThanOrEqual(less ?? 0);
			}),
			{ seed: 4, numRuns: 12 },
		);
	});
});
