import { describe, expect, it } from 'vitest';
import { planFusedRun } from '../../../src/gpu/fused/run/plan-fused-run.ts';
import { PlannedGraph } from '../../../src/gpu/fused/plan/planned-graph.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { InvalidRecipeError } from '../../../src/pipeline/errors.ts';
import { measurePicture } from '../../../src/pipeline/measure-picture.ts';
import {
	type PicturePlan,
	planPicture,
	type TurnPlan,
} from '../../../src/pipeline/picture-plan.ts';
import { fullSizeModel, H100 } from '../../fixtures/full-size-model.ts';

const BLOCK_BYTES = 361_820_672;

function turnOf({ turns }: PicturePlan, name: string): TurnPlan {
	const turn = turns.find((candidate) => candidate.name === name);
	if (turn === undefined) throw new Error(`no turn ${name}`);
	return turn;
}

describe('the plan for Z-Image-Turbo at full size', () => {
	const model = fullSizeModel();

	it('samples 1024 x 1024 within 2 GB, two blocks at a time', async () => {
		const needs = await measurePicture(model, { width: 1024, height: 1024, steps: 8 });
		const { activationBytes, residency } = turnOf(planPicture(needs, 2e9), 'sample');
		expect(activationBytes + residency.bytes).toBeLessThan(2e9);
		expect(residency.slotBytes).toBe(BLOCK_BYTES);
		expect(residency.stagingBytes).toBe(residency.slotBytes);
		// The embedder and the final layer, 3 MB together, stay whatever the budget.
		expect([...residency.pinned].sort()).toEqual([
			'transformer/final_layer',
			'transformer/x_embedder',
		]);
	});

	it('keeps every block with 16 GB', async () => {
		const needs = await measurePicture(model, { width: 1024, height: 1024, steps: 8 });
		const { residency } = turnOf(planPicture(needs, 16e9), 'sample');
		expect(residency.slotCount).toBe(0);
		expect(residency.pinned.size).toBe(35);
	});

	it('samples 2048 x 2048 within 4 GB', async () => {
		const needs = await measurePicture(model, { width: 2048, height: 2048, steps: 8 });
		const { activationBytes, residency } = turnOf(planPicture(needs, 4e9), 'sample');
		expect(activationBytes + residency.bytes).toBeLessThan(4e9);
	});

	it('reads a prompt within 1 GB', async () => {
		const needs = await measurePicture(model, { width: 1024, height: 1024, steps: 8 });
		const { activationBytes, residency } = turnOf(planPicture(needs, 1e9), 'text_encoder');
		expect(activationBytes + residency.bytes).toBeLessThan(1e9);
	});

	it.each([
		{ width: 1024, height: 1024, budgetBytes: 1.5e9 },
		{ width: 1536, height: 1024, budgetBytes: 2e9 },
		{ width: 2048, height: 2048, budgetBytes: 4e9 },
	])('decodes $width x $height within $budgetBytes bytes', async ({ budgetBytes, ...size }) => {
		const needs = await measurePicture(model, { ...size, steps: 8 });
		const { activationBytes, residency, isCut } = turnOf(planPicture(needs, budgetBytes), 'decode');
		expect(isCut).toBe(true);
		expect(activationBytes + residency.bytes).toBeLessThan(budgetBytes);
	});

	it('decodes 2048 x 2048 in buffers that the device can make, whatever the budget', async () => {
		const needs = await measurePicture(model, { width: 2048, height: 2048, steps: 8 });
		// Uncut, one value alone has 4.3 GB.
		expect(turnOf(planPicture(needs, 24e9), 'decode').activationBytes).toBeLessThan(9e9);
	});

	it('refuses a size that the model has no positions for', async () => {
		const size = { width: 16 * 513, height: 1024, steps: 8 };
		await expect(measurePicture(model, size)).rejects.toBeInstanceOf(InvalidRecipeError);
	});

	it('names the parts that ONNX Runtime takes over, each once', async () => {
		const isTakenOver = ({ name }: Graph): boolean => /layer|conv/.test(name);
		const partly = fullSizeModel(
			(graph, run) =>
				isTakenOver(graph)
					? undefined
					: planFusedRun(new PlannedGraph(graph), run, H100).scratchBytes,
			({ name }) => `${name}: no such kernel`,
		);
		const { fallbacks, isExact } = await measurePicture(partly, {
			width: 1024,
			height: 1024,
			steps: 8,
		});
		expect(isExact).toBe(false);
		expect(fallbacks.map(({ component }) => component)).toEqual([
			'text_encoder',
			'transformer',
			'vae',
		]);
		expect(fallbacks[0]?.reason).toBe('qwen3.layer: no such kernel');
		expect(
			(await measurePicture(model, { width: 1024, height: 1024, steps: 8 })).fallbacks,
		).toEqual([]);
	});
});
