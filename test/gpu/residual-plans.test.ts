import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	AutoencoderKlDecoder,
	parseAutoencoderKlConfig,
} from '../../src/families/vae/autoencoder-kl-decoder.ts';
import type { Block, BlockKind } from '../../src/families/parts/block.ts';
import { shardLayout } from '../../src/families/parts/shard-layout.ts';
import type { BlockWeights } from '../../src/gpu/block-engine.ts';
import { BlockProgram } from '../../src/gpu/fused/run/block-program.ts';
import { graphExtents } from '../../src/gpu/fused/plan/graph-extents.ts';
import { planGraph } from '../../src/gpu/fused/plan/plan-graph.ts';
import { residualPlans } from '../../src/gpu/fused/run/residual-plans.ts';
import { asResidualStage } from '../../src/gpu/fused/plan/residual-stage.ts';
import { chooseRunPlan } from '../../src/gpu/fused/run/choose-run-plan.ts';
import type { RunPlan } from '../../src/gpu/fused/run/run-plan.ts';
import { ScratchPool } from '../../src/gpu/fused/run/scratch-pool.ts';
import { SubmitWindow } from '../../src/gpu/fused/run/submit-window.ts';
import { WorkSpeed } from '../../src/gpu/fused/probe/work-speed.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import type { KernelTarget } from '../../src/gpu/kernels/dispatch/kernel-dispatch.ts';
import { KernelPipelines } from '../../src/gpu/kernels/dispatch/kernel-pipelines.ts';
import { readBack } from '../../src/gpu/read-back.ts';
import { torchRandn } from '../../src/pipeline/sampling/noise/torch-randn.ts';
import { relativeL2 } from '../fixtures/relative-l2.ts';
import { halves } from './kernels/kernel-bench.ts';

const vae = new AutoencoderKlDecoder(
	parseAutoencoderKlConfig({ block_out_channels: [32, 64], norm_num_groups: 16 }),
);
/** Sums over slabs are added up in another order. */
const TOLERANCE = 1e-6;

let context: GpuContext;
let pipelines: KernelPipelines;
beforeAll(async () => {
	context = await GpuContext.open();
	pipelines = new KernelPipelines(context);
});
afterAll(() => context[Symbol.dispose]());

interface StageCase {
	readonly name: string;
	readonly kind: string;
	readonly blocks: readonly string[];
	readonly upscale: 1 | 2;
	readonly channels: readonly [number, number];
	readonly inPlace: boolean;
	readonly plans: readonly string[];
	/** With last bands of 1, 10 and 26 rows; a width that is a multiple of four, and one that is not. */
	readonly extents: readonly { readonly height: number; readonly width: number }[];
}

const CASES: readonly StageCase[] = [
	{
		name: 'a residual stage written over its input',
		kind: 'vae.resnet-32-32-g16',
		blocks: ['up_blocks.1.resnets.1'],
		upscale: 1,
		channels: [32, 32],
		inPlace: true,
		plans: ['in place', 'in place, bands of 32', 'in place, bands of 16'],
		extents: [{ height: 33, width: 26 }],
	},
	{
		name: 'an upsampler with the residual stage after it',
		kind: 'vae.resnet-64-32-g16-upsampled',
		blocks: ['up_blocks.1.resnets.0', 'up_blocks.0.upsamplers.0'],
		upscale: 2,
		channels: [64, 32],
		inPlace: false,
		plans: [
			...['slabs of 64', 'slabs of 32', 'slabs of 16'],
			...['slabs of 32, bands of 32', 'slabs of 16, bands of 16'],
		],
		extents: [{ height: 58, width: 24 }],
	},
];

describe.each(CASES)('$name', ({ extents, ...stageCase }) => {
	it.each(extents)(
		'is the same in every cutting at $width x $height',
		async ({ height, width }) => {
			const { kind, blocks, upscale, channels, inPlace, plans } = stageCase;
			const [inChannels, outChannels] = channels;
			const graph = vae.graph(kind as BlockKind);
			const inputs = { x: [1, inChannels, height / upscale, width / upscale] };
			const outputs = { y: [1, outChannels, height, width] };
			const run = {
				graphName: graph.name,
				steps: planGraph(graph, ['y']),
				extents: graphExtents(graph, inputs, outputs),
				outputs: new Set(['y']),
				inPlace: new Set<string>(),
				maxBufferBytes: Infinity,
			};
			const stage = asResidualStage(run.steps);
			if (stage === undefined) throw new Error('not seen as a residual stage');
			const cuts = residualPlans(stage, { ...run, inPlace: new Set(inPlace ? ['y'] : []) });
			expect(cuts.map(({ name }) => name)).toEqual(plans);

			const x = torchRandn(7, (inChannels * height * width) / upscale ** 2);
			const weights = blockWeights(blocks);
			const elements = outChannels * height * width;
			const whole = await compute(chooseRunPlan(run), weights, x, outputs.y, false);
			expect(whole).toHaveLength(elements);
			for (const cut of cuts) {
				const actual = await compute(cut, weights, x, outputs.y, inPlace);
				const error = relativeL2(actual, whole);
				console.log(kind, width, height, cut.name, error);
				expect(error).toBeLessThanOrEqual(TOLERANCE);
			}
		},
	);
});

function target(): KernelTarget {
	return {
		limits: context.device.limits,
		unpackKeepsSubnormals: false,
		compilesSlowly: true,
		maxDispatchFlops: 1e7,
	};
}

/** Of one block, or of two. */
function blockWeights(ids: readonly string[]): BlockWeights {
	const [id, ...rest] = ids;
	const block = vae.blocks.find((candidate: Block) => candidate.id === id);
	if (block === undefined) throw new Error(`no ${id}`);
	const { tensors, byteLength } = shardLayout(block);
	const buffer = createBuffer(byteLength);
	for (const [index, { shape, byteOffset }] of tensors.entries()) {
		const { bits } = halves(
			index + 1,
			shape.reduce((product, extent) => product * extent, 1),
			shape.length === 1 ? 1 : 0.1,
		);
		context.device.queue.writeBuffer(buffer, byteOffset, new Uint16Array(bits));
	}
	const own = { buffer, tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])) };
	return rest.length === 0 ? own : { ...own, beside: blockWeights(rest) };
}

async function compute(
	plan: RunPlan,
	weights: BlockWeights,
	values: Float32Array<ArrayBuffer>,
	shape: readonly number[],
	inPlace: boolean,
): Promise<Float32Array> {
	const elements = shape.reduce((product, extent) => product * extent, 1);
	const garbage = new Float32Array(elements).fill(1e30);
	const input = createBuffer(values.byteLength, values);
	const output = inPlace ? input : createBuffer(garbage.byteLength, garbage);
	const scratch = new ScratchPool((size) =>
		createBuffer(size, new Float32Array(size / 4).fill(1e30)),
	);
	using program = await BlockProgram.prepare({
		context,
		pipelines,
		scratch,
		window: new SubmitWindow(),
		target: target(),
		name: plan.name,
		plan,
	});
	await program.submit(
		weights,
		{ x: { buffer: input, shape: [values.length] } },
		{ y: { buffer: output, shape } },
		new WorkSpeed(),
	);
	const result = new Float32Array(await readBack(context, output, garbage.byteLength));
	context.assertHealthy();
	for (const buffer of new Set([input, output])) buffer.destroy();
	scratch.release();
	return result;
}

function createBuffer(size: number, values?: Float32Array<ArrayBuffer>): GPUBuffer {
	const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
	const buffer = context.createBuffer('activations', { label: 'test', size, usage });
	if (values !== undefined) context.device.queue.writeBuffer(buffer, 0, values);
	return buffer;
}
