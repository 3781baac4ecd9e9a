import { expect, it } from 'vitest';
import { CheckTensors } from '../../../src/gpu/fused/self-test/check-tensors.ts';
import { kernelChecks } from '../../../src/gpu/fused/self-test/kernel-checks.ts';
import {
	attentionTileName,
	attentionTilesInUse,
} from '../../../src/gpu/kernels/attention-tiles.ts';
import { convTileName, convTilesInUse } from '../../../src/gpu/kernels/conv-tiles.ts';
import { linearTileName, linearTilesInUse } from '../../../src/gpu/kernels/linear-tiles.ts';
import {
	chooseMatrixLinearTile,
	matrixLinearTileName,
} from '../../../src/gpu/kernels/matrix-linear-tiles.ts';
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

it.each([
	['48 KB', H100, 8],
	['32 KB', withStorage(32 * 1024), 4],
])(
	'tests every tile of matrices on an adapter with %s of workgroup memory',
	(_, target, subgroups) => {
		const checks = kernelChecks(tensors(), { ...target, matrices: { syntax: 'template' } });
		const tilesOf = (wanted: string): readonly (string | undefined)[] =>
			checks.filter(({ kernel }) => kernel === wanted).map(({ tile }) => tile);
		const linear = tilesOf('matrix-linear');
		for (const [columns, weights] of [
			[3840, 1],
			[10240, 2],
		] as const) {
			for (const rows of [64, 1056, 4224, 16640]) {
				const tile = chooseMatrixLinearTile({ depth: 3840, columns, weights }, rows, target);
				expect(linear).toContain(tile && matrixLinearTileName(tile));
			}
		}
		expect(tilesOf('matrix-attention')).toEqual(Array(2).fill(`${subgroups * 16}x32`));
	},
);

function withStorage(maxComputeWorkgroupStorageSize: number): typeof H100 {
	return { ...H100, limits: { ...H100.limits, maxComputeWorkgroupStorageSize } };
}
