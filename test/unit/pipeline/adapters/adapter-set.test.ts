import { describe, expect, it } from 'vitest';
import { syntheticAdapter } from '../../../../lab/bench/synthetic-adapter.ts';
import type { AdapterInUse } from '../../../../src/adapters/adapter.ts';
import type { Block } from '../../../../src/families/parts/block.ts';
import { parseZImageConfig } from '../../../../src/families/z-image/config.ts';
import { ZImageTransformer } from '../../../../src/families/z-image/transformer.ts';
import { planGraph } from '../../../../src/gpu/fused/plan/plan-graph.ts';
import {
	type PictureAdapters,
	pictureAdapters,
	strengthsIn,
} from '../../../../src/pipeline/adapters/adapter-set.ts';
import type { BlockSide } from '../../../../src/pipeline/adapters/adapt-block.ts';
import { printSteps } from '../../gpu/fused/plan/print-steps.ts';

const TRANSFORMER = new ZImageTransformer(
	parseZImageConfig({
		...{ dim: 128, n_heads: 1, n_layers: 3, n_refiner_layers: 1, cap_feat_dim: 64 },
		...{ axes_dims: [32, 48, 48], axes_lens: [1536, 512, 512] },
	}),
);

function block(id: string): Block {
	const found = TRANSFORMER.blocks.find((each) => each.id === id);
	if (found === undefined) throw new Error(`no block ${id}`);
	return found;
}

const LAYER = block('layers.0');

function adapted(uses: readonly AdapterInUse[]): PictureAdapters {
	const adapters = pictureAdapters(uses);
	if (adapters === undefined) throw new Error('nothing is adapted');
	return adapters;
}

function sideOf({ set }: PictureAdapters, of: Block = LAYER): BlockSide {
	const side = set.sideOf(of, TRANSFORMER.graph(of.kind, { taps: false }));
	if (side === undefined) throw new Error(`${of.id} is not adapted`);
	return side;
}

const one = (rank: number, seed = 0): AdapterInUse => syntheticAdapter(TRANSFORMER, { rank, seed });

it('adds one product for all layers that read the same, and one more term to each of their sums', () => {
	const { graph } = sideOf(adapted([one(4), one(8, 1)]));
	const text = printSteps(planGraph(graph, ['y']), ['y']);
	const linears = text.split('\n').filter((line) => line.includes('= linear'));
	const downs = linears.filter((line) => line.includes(' down"'));
	// adaLN and the seven layers, w1 and w3 in one step; q, k and v, out, w1 and w3, w2 read four things.
	expect([linears.length - downs.length, downs.length]).toEqual([7, 4]);
	expect(downs[0]).toContain('[tokens, 48]');
	expect(linears.filter((line) => line.includes('side={'))).toHaveLength(6);
});

it('has one graph for blocks that are adapted alike, and none for those that are not', () => {
	const adapters = adapted([one(4)]);
	expect(sideOf(adapters, block('layers.1')).graph).toBe(sideOf(adapters).graph);
	const embedder = block('x_embedder');
	const graph = TRANSFORMER.graph(embedder.kind, { taps: false });
	expect(adapters.set.sideOf(embedder, graph)).toBeUndefined();
});

it('stores a factor in the type of its file, once, at offsets that can be bound', async () => {
	const rank = 8;
	const adapters = adapted([one(rank)]);
	const side = sideOf(adapters);
	const [dim, hidden] = [128, TRANSFORMER.config.ffnHidden];
	const values = rank * (4 * 2 * dim + 3 * (dim + hidden));
	const bytes = [...side.factors.tensors.values()].reduce(
		(sum, range) => sum + range.byteLength,
		0,
	);
	expect(bytes).toBe(2 * values);
	for (const { byteOffset } of side.factors.tensors.values()) expect(byteOffset % 256).toBe(0);
	const read = await side.readFactors(adapters.readers);
	expect(read.byteLength).toBe(side.factors.byteLength);
});

describe('strengths', () => {
	it('change gains and no factor, graph or byte of them', async () => {
		let reads = 0;
		const counted = (strength: number): AdapterInUse => {
			const use = one(4);
			const read: AdapterInUse['reader']['read'] = (...range) => {
				reads++;
				return use.reader.read(...range);
			};
			return { ...use, reader: { read }, strength };
		};
		const before = adapted([counted(1)]);
		const factors = await sideOf(before).readFactors(before.readers);
		const readsBefore = reads;
		const after = pictureAdapters([counted(0.5)], before.set);
		if (after === undefined) throw new Error('nothing is adapted');
		expect(sideOf(after)).toBe(sideOf(before));
		expect(await sideOf(after).readFactors(after.readers)).toBe(factors);
		expect(reads).toBe(readsBefore);
		const [full, half] = [before, after].map((each) => sideOf(each).gainsAt(each.strengths));
		expect(half).toEqual(full.map((gain) => gain / 2));
		// A few numbers: of each rank of four shared products.
		expect(full.filter((gain) => gain !== 0)).toHaveLength(4 * 7);
	});

	it('of zero, or that cancel, leave the model alone', () => {
		expect(pictureAdapters([])).toBeUndefined();
		expect(pictureAdapters([{ ...one(4), strength: 0 }])).toBeUndefined();
		const [plus, minus] = [0.7, -0.7].map((strength) => ({ ...one(4), strength }));
		expect(pictureAdapters([plus, minus])).toBeUndefined();
	});

	it('tell prompts apart where the caption is refined with them', () => {
		const refiner = one(4);
		const layersOnly = syntheticAdapter(TRANSFORMER, {
			...{ rank: 4, seed: 1 },
			targets: ({ sourceName }) => sourceName === 'layers.0.attention.to_q.weight',
		});
		const caption = new Set(['transformer/context_refiner.0']);
		const keyOf = (uses: readonly AdapterInUse[]): string => {
			const adapters = adapted(uses);
			for (const id of ['context_refiner.0', 'layers.0']) {
				const of = block(id);
				adapters.set.sideOf(of, TRANSFORMER.graph(of.kind, { taps: false }));
			}
			return strengthsIn(caption, adapters);
		};
		expect(keyOf([layersOnly])).toBe('');
		expect(keyOf([layersOnly, refiner])).toBe(keyOf([refiner]));
		expect(keyOf([refiner])).not.toBe(keyOf([{ ...refiner, strength: 0.5 }]));
	});
});

it('gives the same bytes whatever the order of adapters', async () => {
	const uses = [one(4), { ...one(8, 1), strength: -0.5 }];
	const [forwards, backwards] = [adapted(uses), adapted(uses.toReversed())];
	expect(forwards.set.identity).toBe(backwards.set.identity);
	expect(await sideOf(forwards).readFactors(forwards.readers)).toEqual(
		await sideOf(backwards).readFactors(backwards.readers),
	);
	expect(sideOf(forwards).gainsAt(forwards.strengths)).toEqual(
		sideOf(backwards).gainsAt(backwards.strengths),
	);
});
