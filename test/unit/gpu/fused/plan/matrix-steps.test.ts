import { expect, it } from 'vitest';
import { syntheticAdapter } from '../../../../../lab/bench/synthetic-adapter.ts';
import { findComponent } from '../../../../../lab/find-component.ts';
import type { Component } from '../../../../../src/families/parts/block.ts';
import { evaluateExtent } from '../../../../../src/graph/extent.ts';
import { matrixSteps } from '../../../../../src/gpu/fused/plan/matrix-steps.ts';
import { planGraph } from '../../../../../src/gpu/fused/plan/plan-graph.ts';
import { type PlanStep, stepInputs } from '../../../../../src/gpu/fused/plan/plan-step.ts';
import { programScratch } from '../../../../../src/gpu/fused/run/program-scratch.ts';
import type { KernelTarget } from '../../../../../src/gpu/kernels/dispatch/kernel-dispatch.ts';
import { halvesBytes } from '../../../../../src/gpu/kernels/matrix/row-halves.ts';
import { pictureAdapters } from '../../../../../src/pipeline/adapters/adapter-set.ts';
import { fullSizeModel, H100 } from '../../../../fixtures/full-size-model.ts';

const MATRICES: KernelTarget = { ...H100, matrices: { syntax: 'template' } };

const { model } = fullSizeModel().installed;
const transformer = findComponent(model, 'transformer');
const textEncoder = findComponent(model, 'text_encoder');

function stepsOf(
	component: Component,
	blockId: string,
	tokens: number,
	target: KernelTarget,
): readonly PlanStep[] {
	const block = component.blocks.find(({ id }) => id === blockId);
	if (block === undefined) throw new Error(`no block ${blockId}`);
	const graph = component.graph(block.kind, { taps: false });
	const steps = planGraph(
		graph,
		graph.outputs.map(({ name }) => name),
	);
	return matrixSteps(steps, new Map(extentsOf(steps, tokens)), target);
}

/** Every open extent of these steps is the number of tokens. */
function extentsOf(steps: readonly PlanStep[], tokens: number): readonly [string, number][] {
	const symbols = steps.flatMap(({ rows, columns }) => [...rows.symbols, ...columns.symbols]);
	return symbols.map((symbol) => [symbol, tokens]);
}

function typesOf(steps: readonly PlanStep[]): readonly string[] {
	return steps.map(({ type }) => type);
}

it('leaves a plan alone where there are no matrix units', () => {
	const types = typesOf(stepsOf(transformer, 'layers.0', 4224, H100));
	expect(types.filter((type) => type === 'linear')).not.toHaveLength(0);
	expect(types.filter((type) => /matrix|halves/.test(type))).toEqual([]);
});

it('puts all layers and the attention of a denoising block on matrix units, and makes halves once', () => {
	const steps = stepsOf(transformer, 'layers.0', 4224, MATRICES);
	const types = typesOf(steps);
	const before = typesOf(stepsOf(transformer, 'layers.0', 4224, H100));
	const count = (all: readonly string[], type: string): number =>
		all.filter((each) => each === type).length;
	// One row of the timestep's embedding stays on f32 kernels.
	expect(count(types, 'linear')).toBe(1);
	expect(count(types, 'matrix-linear')).toBe(count(before, 'linear') - 1);
	expect(count(types, 'matrix-attention')).toBe(1);
	// Of what q, k and v are layers of; of q, of k, of v; of attention's result; of both inputs of the network.
	expect(count(types, 'row-halves')).toBe(7);
});

it('leaves the products of adapters in f32, and adds the second as an operand', () => {
	const block = transformer.blocks.find(({ id }) => id === 'layers.0');
	if (block === undefined) throw new Error('no block layers.0');
	const adapters = pictureAdapters([syntheticAdapter(transformer, { rank: 8, seed: 0 })]);
	const graph = transformer.graph(block.kind, { taps: false });
	const side = adapters?.set.sideOf(block, graph);
	const steps = planGraph(side?.graph ?? graph, ['y']);
	const halved = matrixSteps(steps, new Map(extentsOf(steps, 4224)), MATRICES);
	// adaLN, four products of what layers read, and one for each of the seven layers.
	expect(typesOf(halved).filter((type) => type === 'linear')).toHaveLength(12);
	const onMatrices = halved.filter((step) => step.type === 'matrix-linear');
	expect(onMatrices.map(({ weights, operands }) => operands.length - weights.length)).toEqual(
		Array.from({ length: 6 }, () => 0),
	);
});

it('makes every value before it is read', () => {
	const steps = stepsOf(transformer, 'layers.0', 4224, MATRICES);
	const inputs = new Set(['x', 'c', 'cos', 'sin']);
	const made = new Set<string>(inputs);
	for (const step of steps) {
		for (const value of stepInputs(step)) expect(made).toContain(value);
		made.add(step.output);
		if (step.type === 'row-halves') made.add(step.scales);
	}
});

it('keeps causal attention, and layers of a few tokens, on f32 kernels', () => {
	const long = typesOf(stepsOf(textEncoder, 'layers.0', 200, MATRICES));
	expect(long).toContain('attention');
	expect(long).toContain('matrix-linear');
	const short = typesOf(stepsOf(textEncoder, 'layers.0', 20, MATRICES));
	expect(short.filter((type) => /matrix|halves/.test(type))).toEqual([]);
});

it('keeps what a binding cannot hold as halves on f32 kernels', () => {
	const limits = { ...H100.limits, maxStorageBufferBindingSize: halvesBytes(4224, 3840) };
	const types = typesOf(stepsOf(transformer, 'layers.0', 4224, { ...MATRICES, limits }));
	// The network's second layer reads 10240 numbers a row.
	expect(types.filter((type) => type === 'linear')).toHaveLength(2);
});

it('finds room for halves and their scales', () => {
	const steps = stepsOf(transformer, 'layers.0', 4224, MATRICES);
	const extents = new Map(extentsOf(steps, 4224));
	const { slotBytes, slotOf } = programScratch({ steps, extents, outputs: new Set(['y']) });
	const roomFor = (value: string): number => slotBytes[slotOf.get(value) ?? -1] ?? 0;
	for (const step of steps) {
		if (step.type !== 'row-halves') continue;
		const rows = evaluateExtent(step.rows, extents);
		const columns = evaluateExtent(step.columns, extents);
		expect(roomFor(step.output)).toBeGreaterThanOrEqual(halvesBytes(rows, columns));
		expect(roomFor(step.scales)).toBeGreaterThanOrEqual(rows * step.parts * 4);
		expect(slotOf.get(step.output)).not.toBe(slotOf.get(step.scales));
	}
});
