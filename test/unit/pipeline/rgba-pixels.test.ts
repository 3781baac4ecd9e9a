import { expect, it } from 'vitest';
import { rgbaPixels } from '../../../src/pipeline/rgba-pixels.ts';

it('maps -1..1 to 0..255, clamps the rest and interleaves the channels', () => {
	const image = Float32Array.from([-1, 0, 1, 5, -5, 0.5]);
	expect([...rgbaPixels(image)]).toEqual([0, 255, 0, 255, 128, 255, 191, 255]);
});
