import { expect, it } from 'vitest';
import { parseZImageConfig } from '../../src/families/z-image/config.ts';
import { ZImageTransformer } from '../../src/families/z-image/transformer.ts';
import { FusedBlockEngine } from '../../src/gpu/fused/fused-block-engine.ts';
import { findMatrixUnits } from '../../src/gpu/fused/probe/find-matrix-units.ts';
import { matrixAttentionChecks } from '../../src/gpu/kernels/matrix/matrix-attention-checks.ts';
import { matrixLinearChecks } from '../../src/gpu/kernels/matrix/matrix-linear-checks.ts';
import { selfTest } from '../../src/gpu/fused/self-test/self-test.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import type { KernelTarget, MatrixUnits } from '../../src/gpu/kernels/dispatch/kernel-dispatch.ts';
import { relativeL2 } from '../fixtures/relative-l2.ts';
import { emulateMatricesOn } from './kernels/emulate-matrices.ts';
import { runBlock } from './run-block.ts';

/** FP16 factors in every linear layer and in attention. */
const TOLERANCE = 1e-3;
const TOKENS = 70;

const EMULATED: MatrixUnits = { syntax: 'template' };

/** Linear layers of attention are of whole tiles, those of the feed-forward network are not. */
const transformer = new ZImageTransformer(
	parseZImageConfig({
		...{ dim: 256, n_heads: 2, axes_dims: [32, 48, 48], axes_lens: [1536, 512, 512] },
		...{ n_layers: 1, n_refiner_layers: 1, cap_feat_dim: 40 },
	}),
);
const block = transformer.blocks.find(({ id }) => id === 'layers.0');

/** Tests what matrix kernels compute, and no others. */
const testMatrices: typeof selfTest = (context, pipelines, target) =>
	selfTest(context, pipelines, smallTarget(target), (tensors, of) => [
		...matrixLinearChecks(tensors, of),
		...matrixAttentionChecks(tensors, of),
	]);

/** Tiles of 32 KB of workgroup memory. */
function smallTarget(target: KernelTarget): KernelTarget {
	const { limits } = target;
	return {
		...target,
		limits: {
			maxComputeWorkgroupStorageSize: 32 * 1024,
			maxComputeInvocationsPerWorkgroup: 256,
			maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
			maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
		},
	};
}

it('a block on matrix units equals the same block in f32 arithmetic', async () => {
	using context = await GpuContext.open();
	if (block === undefined) throw new Error('no block');
	emulateMatricesOn(context.device);
	const open = (options: Parameters<typeof FusedBlockEngine.open>[1]) =>
		FusedBlockEngine.open(context, { findRefused: () => Promise.resolve(new Map()), ...options });
	const f32 = await open({});
	const matrix = await open({ findMatrices: () => Promise.resolve(EMULATED) });
	expect(f32.matrixUse).toBeUndefined();
	expect(matrix.matrixUse).toEqual({ type: 'used' });
	const expected = await runBlock(context, f32, transformer, block, TOKENS);
	const actual = await runBlock(context, matrix, transformer, block, TOKENS);
	const error = relativeL2(actual, expected);
	expect(error).toBeLessThan(TOLERANCE);
	expect(error, 'matrix units were not used').toBeGreaterThan(1e-6);
});

it('finds matrix kernels right', async () => {
	using context = await GpuContext.open();
	emulateMatricesOn(context.device);
	const engine = await FusedBlockEngine.open(context, {
		findRefused: testMatrices,
		findMatrices: () => Promise.resolve(EMULATED),
	});
	expect(engine.matrixUse).toEqual({ type: 'used' });
});

it('computes without matrix units that are wrong, and says so', async () => {
	using context = await GpuContext.open();
	if (block === undefined) throw new Error('no block');
	emulateMatricesOn(context.device, (wgsl) =>
		wgsl.replaceAll('sums.own[i] += elementOf', 'sums.own[i] += 0.97 * elementOf'),
	);
	const engine = await FusedBlockEngine.open(context, {
		findRefused: testMatrices,
		findMatrices: () => Promise.resolve(EMULATED),
	});
	expect(engine.matrixUse).toMatchObject({
		type: 'refused',
		reason: expect.stringMatching(/the matrix-\w+ kernel has a relative error of \d/) as string,
	});
	const f32 = await FusedBlockEngine.open(context, {
		findRefused: () => Promise.resolve(new Map()),
	});
	const expected = await runBlock(context, f32, transformer, block, TOKENS);
	expect(await runBlock(context, engine, transformer, block, TOKENS)).toEqual(expected);
});

it('finds no matrix units on a device that was not asked for them', async () => {
	using context = await GpuContext.open();
	expect(await findMatrixUnits(context)).toBeUndefined();
});
