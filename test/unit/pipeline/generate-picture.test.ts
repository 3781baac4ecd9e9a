import { expect, it } from 'vitest';
import type { GpuContext } from '../../../src/gpu/gpu-context.ts';
import { generatePicture } from '../../../src/pipeline/generate-picture.ts';
import { measurePicture } from '../../../src/pipeline/measure-picture.ts';
import { fullSizeModel } from '../../fixtures/full-size-model.ts';
import { MemoryShardStore } from '../../fixtures/memory-shard-store.ts';

/** No GPU, so that any work on one would fail. */
const NO_GPU = {} as GpuContext;

async function draw(side: number, budgetBytes: number, exact: boolean): Promise<unknown> {
	const model = exact ? fullSizeModel() : fullSizeModel(() => undefined);
	const settings = { prompt: 'a fox', seed: 1, width: side, height: side, steps: 1 };
	const needs = await measurePicture(model, settings);
	expect(needs.isExact).toBe(exact);
	const store = new MemoryShardStore();
	const onEvent = () => undefined;
	return generatePicture(settings, { context: NO_GPU, store, model, needs, budgetBytes, onEvent });
}

it.each([
	['that is planned exactly', 4096, 2e9, true],
	['that ONNX Runtime has a part in', 8192, 2e9, false],
	['whose budget is not a number', 64, NaN, true],
] as const)(
	'a picture %s is refused before any work on the GPU',
	async (_what, side, budget, exact) => {
		await expect(draw(side, budget, exact)).rejects.toMatchObject({
			code: 'budget-too-small',
			data: { leastBytes: expect.any(Number) as number, budgetBytes: budget || 0 },
		});
	},
);
