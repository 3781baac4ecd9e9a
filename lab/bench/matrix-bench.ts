import { findMatrixUnits } from '../../src/gpu/fused/probe/find-matrix-units.ts';
import { attention } from '../../src/gpu/kernels/attention/attention.ts';
import { linear } from '../../src/gpu/kernels/linear/linear.ts';
import { matrixAttention } from '../../src/gpu/kernels/matrix/matrix-attention.ts';
import { matrixLinear } from '../../src/gpu/kernels/matrix/matrix-linear.ts';
import type { MatrixSyntax } from '../../src/gpu/kernels/dispatch/kernel-dispatch.ts';
import { halvesBytes, rowHalves } from '../../src/gpu/kernels/matrix/row-halves.ts';
import { selfAttention } from './attention-bench.ts';
import { timeBlocks } from './block-bench.ts';
import { candidatesOf } from './candidates.ts';
import type { KernelBenchSettings } from './kernel-bench-options.ts';
import type { KernelTimer } from './kernel-timer.ts';
import { layerArguments, layerName, layerShapes } from './linear-bench.ts';
import { MATRIX_ATTENTION_SWEEP, MATRIX_LINEAR_SWEEP } from './matrix-sweep.ts';

/**
 * Blocks, and linear layers and attention on subgroup matrices beside the same in f32 arithmetic, which they are
 * compared with. Making halves of x counts.
 *
 * @param timer opened with MATRIX_FEATURES
 */
export async function timeMatrices(
	timer: KernelTimer,
	settings: KernelBenchSettings,
): Promise<void> {
	const matrices = await findMatrixUnits(timer.context);
	if (matrices === undefined) {
		const error = 'the browser exposes no matrix units that these kernels can use';
		timer.report({ kernel: 'matrix-linear', what: '', milliseconds: 0, teraflops: 0, error });
		return;
	}
	const { syntax } = matrices;
	await timeBlocks(timer, settings, 'matrix');
	for (const tokens of settings.tokens) {
		await timeMatrixAttention(timer, settings, tokens, syntax);
		await timeMatrixLinears(timer, settings, tokens, syntax);
	}
}

async function timeMatrixLinears(
	timer: KernelTimer,
	settings: KernelBenchSettings,
	tokens: number,
	syntax: MatrixSyntax,
): Promise<void> {
	const { target } = timer;
	for (const layer of layerShapes(settings, tokens)) {
		const { rows, depth, columns } = layer;
		const tiles = settings.sweep ? MATRIX_LINEAR_SWEEP : [];
		const [x, halves, scales, output] = [
			rows * depth,
			halvesBytes(rows, depth) / 4,
			rows,
			rows * columns,
		].map((elements) => timer.activation(elements));
		const args = layerArguments(layer, x, output, timer);
		const made = rowHalves.dispatches(
			{ label: 'halves', x, halves, scales, rows, parts: 1, depth },
			target,
		);
		const ofHalves = { ...args, x: halves, scales, syntax };
		const { kernel, shape } = layerName(layer);
		await timer.timeAll({ kernel: `matrix-${kernel}`, shape, output, elements: rows * columns }, [
			{ name: 'f32', dispatches: linear.dispatches(args, target) },
			...candidatesOf(matrixLinear, layer, tiles, target, (cut) => [
				...made,
				...matrixLinear.dispatches({ ...ofHalves, ...cut }, target),
			]),
		]);
		for (const buffer of [x, halves, scales, output]) buffer.destroy();
	}
}

async function timeMatrixAttention(
	timer: KernelTimer,
	settings: KernelBenchSettings,
	tokens: number,
	syntax: MatrixSyntax,
): Promise<void> {
	const { target } = timer;
	const { dim, heads, sweep } = settings;
	const [q, k, v, output] = [0, 1, 2, 3].map(() => timer.activation(tokens * dim));
	const args = selfAttention(settings, tokens, output);
	const { headDim } = args;
	const tiles = sweep ? MATRIX_ATTENTION_SWEEP : [];
	const made = [q, k, v].map((x) => {
		const halves = timer.activation(halvesBytes(tokens, dim) / 4);
		const scales = timer.activation(tokens * heads);
		const all = { label: 'halves', x, halves, scales, rows: tokens, parts: heads, depth: headDim };
		return { halves, scales, dispatches: rowHalves.dispatches(all, target) };
	});
	const [qHalves, kHalves, vHalves] = made;
	const ofHalves = { ...args, q: qHalves, k: kHalves, v: vHalves, syntax };
	const before = made.flatMap(({ dispatches }) => dispatches);
	const shape = `S=${tokens}`;
	await timer.timeAll({ kernel: 'matrix-attention', shape, output, elements: tokens * heads }, [
		{ name: 'f32', dispatches: attention.dispatches({ ...args, q, k, v }, target) },
		...candidatesOf(matrixAttention, args, tiles, target, (cut) => [
			...before,
			...matrixAttention.dispatches({ ...ofHalves, ...cut }, target),
		]),
	]);
	for (const buffer of [q, k, v, output]) buffer.destroy();
	for (const { halves, scales } of made) {
		halves.destroy();
		scales.destroy();
	}
}
