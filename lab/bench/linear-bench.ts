import { SUM } from '../../src/gpu/kernels/wgsl/expression.ts';
import { linear, type LinearArguments } from '../../src/gpu/kernels/linear/linear.ts';
import { candidatesOf } from './candidates.ts';
import type { KernelBenchSettings } from './kernel-bench-options.ts';
import { LINEAR_SWEEP } from './kernel-sweep.ts';
import type { KernelTimer } from './kernel-timer.ts';

/** y[rows, columns] = x[rows, depth]·W, or SiLU(x·W0) · (x·W1). */
export interface LayerShape {
	readonly rows: number;
	readonly depth: number;
	readonly columns: number;
	readonly weights: 1 | 2;
}

/** The linear layers of a block. */
export function layerShapes(
	{ dim, ffnHidden }: Pick<KernelBenchSettings, 'dim' | 'ffnHidden'>,
	rows: number,
): readonly LayerShape[] {
	return [
		{ rows, depth: dim, columns: ffnHidden, weights: 1 },
		{ rows, depth: dim, columns: ffnHidden, weights: 2 },
		{ rows, depth: dim, columns: dim, weights: 1 },
		{ rows, depth: ffnHidden, columns: dim, weights: 1 },
	];
}

/** How timings call a layer. */
export function layerName({ rows, depth, columns, weights }: LayerShape): {
	readonly kernel: 'linear' | 'swiglu';
	readonly shape: string;
} {
	return { kernel: weights === 2 ? 'swiglu' : 'linear', shape: `${rows}x${depth}x${columns}` };
}

/** @param x and output: f32 [rows, depth] and [rows, columns] */
export function layerArguments(
	{ rows, depth, columns, weights }: LayerShape,
	x: GPUBuffer,
	output: GPUBuffer,
	timer: KernelTimer,
): Omit<LinearArguments<GPUBuffer>, 'tile'> {
	const byteLength = 2 * depth * columns;
	const up = { type: 'sum', index: 1 } as const;
	const gate = { type: 'silu', of: SUM } as const;
	return {
		label: 'linear',
		x,
		weights: Array.from({ length: weights }, (_, index) => ({
			ref: timer.weights,
			byteOffset: index * Math.ceil(byteLength / 256) * 256,
			byteLength,
		})),
		output,
		rows,
		depth,
		columns,
		expression: weights === 2 ? { type: 'multiply', left: gate, right: up } : SUM,
		operands: [],
	};
}

/** The chosen tile and those of the sweep, for every linear layer of a block. */
export async function timeLinears(
	timer: KernelTimer,
	settings: KernelBenchSettings,
	tokens: number,
): Promise<void> {
	const tiles = settings.sweep ? LINEAR_SWEEP : [];
	for (const layer of layerShapes(settings, tokens)) {
		const { rows, depth, columns } = layer;
		const x = timer.activation(rows * depth);
		const output = timer.activation(rows * columns);
		const args = layerArguments(layer, x, output, timer);
		const kind = { isDual: layer.weights === 2 };
		const candidates = candidatesOf(linear, kind, tiles, timer.target, (cut) =>
			linear.dispatches({ ...args, ...cut }, timer.target),
		);
		await timer.timeAll({ ...layerName(layer), output, elements: rows * columns }, candidates);
		x.destroy();
		output.destroy();
	}
}

/** Keeps the GPU busy with the smallest layer of a block. */
export async function warmUp(timer: KernelTimer, settings: KernelBenchSettings): Promise<void> {
	const { dim, tokens, warmUpMilliseconds } = settings;
	const rows = Math.min(...tokens);
	const x = timer.activation(rows * dim);
	const output = timer.activation(rows * dim);
	const layer = { rows, depth: dim, columns: dim, weights: 1 } as const;
	const dispatches = linear.dispatches(layerArguments(layer, x, output, timer), timer.target);
	await timer.warmUp(dispatches, warmUpMilliseconds);
	x.destroy();
	output.destroy();
}
