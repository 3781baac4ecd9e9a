import type { Block, Component } from '../../src/families/parts/block.ts';
import { shardLayout } from '../../src/families/parts/shard-layout.ts';
import type { BlockEngine, BlockWeights } from '../../src/gpu/block-engine.ts';
import type { GpuContext } from '../../src/gpu/gpu-context.ts';
import { f32ByteLength, type GpuTensor } from '../../src/gpu/gpu-tensor.ts';
import { readBack } from '../../src/gpu/read-back.ts';
import type { PictureAdapters } from '../../src/pipeline/adapters/adapter-set.ts';
import type { BlockSide } from '../../src/pipeline/adapters/adapt-block.ts';
import { torchRandn } from '../../src/pipeline/sampling/noise/torch-randn.ts';
import { halves } from './kernels/kernel-bench.ts';

/**
 * A block's first output, of made-up weights and inputs.
 *
 * @param tokens for every extent that a graph leaves open
 * @param adapters that are applied to it
 */
export async function runBlock(
	context: GpuContext,
	engine: BlockEngine,
	component: Component,
	block: Block,
	tokens: number,
	adapters?: PictureAdapters,
): Promise<Float32Array> {
	const plain = component.graph(block.kind, { taps: false });
	const side = adapters?.set.sideOf(block, plain);
	const graph = side?.graph ?? plain;
	const layout = shardLayout(block);
	const weights = upload(context, halves(3, layout.byteLength / 2, 0.1).bits);
	const inputs = Object.fromEntries(
		graph.inputs.map(({ name, dimensions }, index) => [
			name,
			input(context, index, shapeOf(dimensions, tokens)),
		]),
	);
	const [output] = graph.outputs;
	if (output === undefined) throw new Error('a graph without output');
	const y = tensor(context, shapeOf(output.dimensions, tokens));
	const loaded = await engine.load(graph);
	const own = {
		buffer: weights,
		tensors: new Map(layout.tensors.map((each) => [each.name, each])),
	};
	const beside = adapters && side && (await uploadSide(context, side, adapters));
	await loaded.run(beside === undefined ? own : { ...own, beside }, inputs, { [output.name]: y });
	const values = new Float32Array(await readBack(context, y.buffer, f32ByteLength(y.shape)));
	await loaded.dispose();
	for (const { buffer } of [...Object.values(inputs), y]) buffer.destroy();
	weights.destroy();
	beside?.buffer.destroy();
	beside?.beside.buffer.destroy();
	return values;
}

async function uploadSide(
	context: GpuContext,
	side: BlockSide,
	adapters: PictureAdapters,
): Promise<BlockWeights & { readonly beside: BlockWeights }> {
	const factors = await side.readFactors(adapters.readers);
	const gains = side.gainsAt(adapters.strengths);
	return {
		buffer: upload(context, new Uint16Array(factors.buffer)),
		tensors: side.factors.tensors,
		beside: {
			buffer: upload(context, new Uint16Array(gains.buffer)),
			tensors: side.gains.tensors,
		},
	};
}

function shapeOf(dimensions: readonly (number | string)[], tokens: number): readonly number[] {
	return dimensions.map((extent) => (typeof extent === 'number' ? extent : tokens));
}

function tensor(context: GpuContext, shape: readonly number[]): GpuTensor {
	const buffer = context.createBuffer('activations', {
		label: 'test',
		size: Math.ceil(f32ByteLength(shape) / 16) * 16,
		usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
	});
	return { buffer, shape };
}

function input(context: GpuContext, seed: number, shape: readonly number[]): GpuTensor {
	const made = tensor(context, shape);
	const elements = shape.reduce((product, extent) => product * extent, 1);
	context.device.queue.writeBuffer(made.buffer, 0, torchRandn(seed, elements));
	return made;
}

function upload(context: GpuContext, values: Uint16Array): GPUBuffer {
	const buffer = context.createBuffer('weights', {
		label: 'test',
		size: values.byteLength,
		usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
	});
	context.device.queue.writeBuffer(buffer, 0, Uint16Array.from(values));
	return buffer;
}
