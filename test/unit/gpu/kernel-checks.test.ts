import { expect, it } from 'vitest';
import { CheckTensors } from '../../../src/gpu/fused/self-test/check-tensors.ts';
import { kernelChecks } from '../../../src/gpu/fused/self-test/kernel-checks.ts';
import {
	attentionTileName,
	attentionTilesInUse,
} from '../../../src/gpu/kernels/attention-tiles.ts';
import { convTileName, convTilesInUse } from '../../../src/gpu/kernels/conv-tiles.ts';
import { linearTileName, linearTilesInUse } from '../../../src/gpu/kernels/linear-tiles.ts';
import { H100 } from '../../fixtures/full-size-model.ts';

const SMALLEST_ADAPTER = {
	...H100,
	limits: {
		...H100.limits,
		maxComputeWorkgroupStorageSize: 16 * 1024,
		maxComputeInvocationsPerWorkgroup: 256,
	},
};

function tensors(): CheckTensors<number> {
	let buffers = 0;
	return new CheckTensors(() => buffers++);
}

it.each([
	['48 KB', H100],
	['16 KB', SMALLEST_ADAPTER],
])('tests every tile that an adapter with %s of workgroup memory could be given', (_, target) => {
	const checks = kernelChecks(tensors(), target);
	const tilesOf = (wanted: string): readonly (string | undefined)[] =>
		checks.filter(({ kernel }) => kernel === wanted).map(({ tile }) => tile);
	expect(tilesOf('linear')).toEqual(
		[true, false].flatMap((isDual) => linearTilesInUse(isDual, target).map(linearTileName)),
	);
	expect(tilesOf('attention')).toEqual(
		[128, 64].flatMap((headDim) => attentionTilesInUse(headDim, target).map(attentionTileName)),
	);
	expect(tilesOf('conv')).toEqual(
		([3, 1] as const).flatMap((kernel) => convTilesInUse(kernel, target).map(convTileName)),
	);
});

it('tests one tile of each kernel on an adapter that compiles for seconds', () => {
	const checks = kernelChecks(tensors(), { ...H100, compilesSlowly: true });
	expect(checks.map(({ kernel }) => kernel)).toEqual([
		'linear',
		'row-norm',
		'head-norm-rotary',
		'group-norm',
		'attention',
		'conv',
	]);
});
