import { expect, it } from 'vitest';
import { ATTENTION_TILES } from '../../../../src/gpu/kernels/attention/attention-tiles.ts';
import { CheckTensors } from '../../../../src/gpu/kernels/checks/check-tensors.ts';
import type { KernelTarget } from '../../../../src/gpu/kernels/dispatch/kernel-dispatch.ts';
import { CONV_TILES } from '../../../../src/gpu/kernels/image/conv-tiles.ts';
import { kernelChecks } from '../../../../src/gpu/kernels/kernel-checks.ts';
import { LINEAR_TILES } from '../../../../src/gpu/kernels/linear/linear-tiles.ts';
import { MATRIX_ATTENTION_TILES } from '../../../../src/gpu/kernels/matrix/matrix-attention-tiles.ts';
import { MATRIX_LINEAR_TILES } from '../../../../src/gpu/kernels/matrix/matrix-linear-tiles.ts';
import { H100 } from '../../../fixtures/full-size-model.ts';

const WITH_ARITHMETIC = [
	'linear',
	'row-norm',
	'head-norm-rotary',
	'elementwise',
	'transpose',
	'group-norm',
	'attention',
	'conv',
];

function targetWith(kilobytes: number, threads: number): KernelTarget {
	const limits = {
		...H100.limits,
		maxComputeWorkgroupStorageSize: kilobytes * 1024,
		maxComputeInvocationsPerWorkgroup: threads,
	};
	return { ...H100, limits, matrices: { syntax: 'template' } };
}

const ADAPTERS = [
	['48 KB', targetWith(48, 1024)],
	['32 KB', targetWith(32, 256)],
	['16 KB', targetWith(16, 256)],
] as const;

/** Of pictures of 256² to 2048², prompts, and the pieces that slow GPUs make of them. */
const ROWS = [1, 16, 17, 64, 65, 128, 200, 320, 1056, 4224, 16640];

function checksOf(target: KernelTarget) {
	let buffers = 0;
	return kernelChecks(new CheckTensors(() => buffers++), target);
}

function tilesOf(kernel: string, target: KernelTarget): readonly (string | undefined)[] {
	return checksOf(target)
		.filter((check) => check.kernel === kernel)
		.map(({ tile }) => tile);
}

it.each(ADAPTERS)(
	'with %s of workgroup memory, every tile of a linear layer is tested',
	(_, target) => {
		const tested = tilesOf('linear', target);
		for (const isDual of [false, true]) {
			for (const columns of [3840, 10240, 2560, 64]) {
				for (const rows of ROWS) {
					const tile = LINEAR_TILES.choose({ isDual }, { elements: rows * columns, rows }, target);
					expect(tested).toContain(LINEAR_TILES.name(tile));
				}
			}
		}
	},
);

it.each(ADAPTERS)('with %s of workgroup memory, every tile of attention is tested', (_, target) => {
	const tested = tilesOf('attention', target);
	for (const headDim of [64, 128]) {
		for (const rows of ROWS) {
			const tile = ATTENTION_TILES.choose({ headDim }, { elements: rows * 30 }, target);
			expect(tested).toContain(ATTENTION_TILES.name(tile));
		}
	}
});

it.each(ADAPTERS)(
	'with %s of workgroup memory, every tile of convolutions is tested',
	(_, target) => {
		const tested = tilesOf('conv', target);
		for (const kernel of [1, 3] as const) {
			for (const channels of [3, 16, 32, 64, 128, 512]) {
				for (const pixels of [2 ** 10, 2 ** 14, 2 ** 18, 2 ** 22]) {
					const size = { elements: channels * pixels, channels };
					const tile = CONV_TILES.choose({ kernel }, size, target);
					expect(tested).toContain(CONV_TILES.name(tile));
				}
			}
		}
	},
);

it.each(ADAPTERS)('with %s of workgroup memory, every tile of matrices is tested', (_, target) => {
	const linear = tilesOf('matrix-linear', target);
	const attention = tilesOf('matrix-attention', target);
	for (const rows of ROWS) {
		for (const layer of [
			{ depth: 3840, columns: 3840, weights: 1 },
			{ depth: 3840, columns: 10240, weights: 2 },
		]) {
			const tile = MATRIX_LINEAR_TILES.choose(layer, { elements: rows * layer.columns }, target);
			if (tile !== undefined) expect(linear).toContain(MATRIX_LINEAR_TILES.name(tile));
		}
		const size = { elements: rows * 30 };
		const tile = MATRIX_ATTENTION_TILES.choose({ headDim: 128 }, size, target);
		if (tile !== undefined) expect(attention).toContain(MATRIX_ATTENTION_TILES.name(tile));
	}
});

it('every kernel with arithmetic of its own is tested', () => {
	const checks = checksOf(targetWith(48, 1024));
	expect(new Set(checks.map(({ kernel }) => kernel))).toEqual(
		new Set([...WITH_ARITHMETIC, 'matrix-linear', 'matrix-attention']),
	);
});

it('the shaders of whole slices are tested, which layers use, and those of a depth that is none', () => {
	const linear = checksOf(H100).filter(({ kernel }) => kernel === 'linear');
	const texts = linear.map(({ dispatches: [{ wgsl }] }) => wgsl);
	const isPartial = texts.map((text) => text.includes('if (depth >= job.depth)'));
	expect(new Set(isPartial)).toEqual(new Set([false, true]));
});

it('masks, an operand of each layout and values far from zero are among the tests', () => {
	const texts = checksOf(H100).flatMap(({ dispatches }) => dispatches.map(({ wgsl }) => wgsl));
	for (const part of ['fn maskAt', 'fn operand2At', 'tanh(clamp(', 'fn widen2']) {
		expect(texts.some((text) => text.includes(part))).toBe(true);
	}
});

it('an adapter without matrix units, which compiles for seconds, tests one tile of each kernel', () => {
	const checks = checksOf({ ...H100, compilesSlowly: true });
	expect(checks.map(({ kernel }) => kernel)).toEqual(WITH_ARITHMETIC);
});
