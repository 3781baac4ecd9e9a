import { expect, it } from 'vitest';
import { syntheticTensor } from '../../../lab/bench/synthetic-tensor.ts';
import type { BlockTensor } from '../../../src/families/parts/block.ts';
import { GpuContext } from '../../../src/gpu/gpu-context.ts';
import { SyntheticWeights } from '../../../lab/bench/synthetic-weights.ts';
import { f16ToF32 } from '../../../src/numbers/half-float.ts';
import { syntheticWeight } from '../../fixtures/synthetic-weights.ts';

const SEED = 'synthetic';

it.each<BlockTensor>([
	{ name: 'a', sourceName: 'norm.weight', sourceShape: [96], transposed: false },
	{ name: 'b', sourceName: 'linear.bias', sourceShape: [33], transposed: false },
	{ name: 'c', sourceName: 'table.weight', sourceShape: [40, 24], transposed: false },
	{ name: 'd', sourceName: 'linear.weight', sourceShape: [48, 200], transposed: true },
])('makes $sourceName on the GPU as the formula says', async (tensor) => {
	using context = await GpuContext.open();
	using weights = new SyntheticWeights(context);
	const { sourceName, sourceShape, transposed } = tensor;
	const expected = syntheticWeight(SEED, sourceName, sourceShape);
	const [rows = 0, columns = 0] = sourceShape;
	const stored = transposed
		? Float32Array.from(
				expected,
				(_, at) => expected[(at % rows) * columns + Math.floor(at / rows)],
			)
		: expected;
	const first = 2 * Math.floor(stored.length / 8);
	await weights.make(syntheticTensor(tensor), first, stored.length - first, async (bytes) => {
		const halves = new Uint16Array(bytes.slice().buffer);
		expect(f16ToF32(halves)).toEqual(stored.slice(first));
	});
});
