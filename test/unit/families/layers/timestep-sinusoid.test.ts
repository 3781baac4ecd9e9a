import { describe, expect, it } from 'vitest';
import { timestepSinusoid } from '../../../../src/families/layers/timestep-sinusoid.ts';
import { goldenTensors } from '../../../fixtures/golden-files.ts';
import { floats } from '../../../fixtures/read-safetensors.ts';
import { maxUlpDistance } from '../../../fixtures/ulp-distance.ts';

describe('timestepSinusoid', () => {
	it.each(['dit-tiny.golden.safetensors', 'dit-tiny.golden2.safetensors'])('equals %s', (file) => {
		const golden = goldenTensors(file);
		const [t = NaN] = floats(golden, 't');
		const ulps = maxUlpDistance(timestepSinusoid(t), floats(golden, 't_sinusoid'));
		expect(ulps).toBeLessThanOrEqual(1);
	});

	it('is 128 ones and 128 zeros for pure noise', () => {
		const values = timestepSinusoid(0);
		expect([...values.subarray(0, 128)]).toEqual(Array(128).fill(1));
		expect([...values.subarray(128)]).toEqual(Array(128).fill(0));
	});
});
