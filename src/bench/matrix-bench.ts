import { linear } from '../gpu/kernels/linear.ts';
import {
	MATRIX_FEATURES,
	matrixLinear,
	matrixProbeWgsl,
	matrixScratch,
	type MatrixSyntax,
} from '../gpu/kernels/matrix-linear.ts';
import type { KernelBenchSettings } from './kernel-bench-options.ts';
import type { KernelTimer } from './kernel-timer.ts';
import { layerArguments, layerName, layerShapes } from './linear-bench.ts';

/**
 * Linear layers on subgroup matrices, beside the same layers in f32 arithmetic, which they are compared with.
 *
 * @param timer opened with MATRIX_FEATURES
 */
export async function timeMatrixLinears(
	timer: KernelTimer,
	settings: KernelBenchSettings,
): Promise<void> {
	const missing = MATRIX_FEATURES.filter((name) => !timer.context.device.features.has(name));
	if (missing.length > 0) {
		const error = `the device lacks ${missing.join(', ')}`;
		timer.report({ kernel: 'linear', what: 'matrix', milliseconds: 0, teraflops: 0, error });
		return;
	}
	const syntax = await matrixSyntax(timer.context.device);
	for (const tokens of settings.tokens) {
		for (const layer of layerShapes(settings, tokens)) {
			const { rows, depth, columns } = layer;
			const [x, scaled, scales, output] = [
				rows * depth,
				matrixScratch(rows, depth, 2) / 4,
				rows,
				rows * columns,
			].map((elements) => timer.activation(elements));
			const args = layerArguments(layer, x, output, timer);
			const candidates = [
				{ name: 'chosen', dispatches: linear(args, timer.target) },
				...([2, 1] as const).map((terms) => ({
					name: `matrix ${terms} terms`,
					dispatches: matrixLinear({ ...args, scaled, scales, terms, syntax }, timer.target),
				})),
			];
			await timer.timeAll({ ...layerName(layer), output }, candidates);
			for (const buffer of [x, scaled, scales, output]) buffer.destroy();
		}
	}
}

/** Which of the two spellings this browser's compiler knows. */
async function matrixSyntax(device: GPUDevice): Promise<MatrixSyntax> {
	const code = matrixProbeWgsl('template');
	device.pushErrorScope('validation');
	const module = device.createShaderModule({ code });
	await device.popErrorScope();
	const { messages } = await module.getCompilationInfo();
	return messages.some(({ type }) => type === 'error') ? 'argument' : 'template';
}
