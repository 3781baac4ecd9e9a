import type { BlockEngineName } from '../../src/engine/block-engine-names.ts';
import { openBlockEngine } from '../../src/engine/open-block-engine.ts';
import type { Block } from '../../src/families/parts/block.ts';
import { shardLayout } from '../../src/families/parts/shard-layout.ts';
import { parseZImageConfig } from '../../src/families/z-image/config.ts';
import { ZImageTransformer } from '../../src/families/z-image/transformer.ts';
import type { BlockEngine } from '../../src/gpu/block-engine.ts';
import type { GpuTensor } from '../../src/gpu/gpu-tensor.ts';
import type { KernelBenchSettings } from './kernel-bench-options.ts';
import type { KernelTimer } from './kernel-timer.ts';
import { median, medianOfRuns } from './median-of-runs.ts';

type Network = Pick<KernelBenchSettings, 'dim' | 'heads'>;

/** Bytes of the weights of one block. */
export function blockBytes(network: Network): number {
	return shardLayout(denoisingBlock(transformerOf(network))).byteLength;
}

/** Whole blocks, at every sequence length. */
export async function timeBlocks(
	timer: KernelTimer,
	settings: KernelBenchSettings,
	engineName: BlockEngineName,
): Promise<void> {
	const engine = await openBlockEngine(engineName, timer.context);
	// The shortest first: what does not fit the device may end it.
	for (const tokens of [...settings.tokens].sort((a, b) => a - b)) {
		const what = `${engineName} S=${tokens}`;
		try {
			await timeBlock(timer, settings, engine, what, tokens);
		} catch (error) {
			timer.report({
				kernel: 'block',
				what,
				milliseconds: 0,
				teraflops: 0,
				error: String(error),
			});
		}
	}
}

async function timeBlock(
	timer: KernelTimer,
	settings: KernelBenchSettings,
	engine: BlockEngine,
	what: string,
	tokens: number,
): Promise<void> {
	const { dim, heads, ffnHidden, repeats } = settings;
	const { context } = timer;
	const transformer = transformerOf(settings);
	const block = denoisingBlock(transformer);
	const graph = await engine.load(transformer.graph(block.kind, { taps: false }));
	const tensor = (shape: readonly number[]): GpuTensor => ({
		buffer: timer.activation(shape.reduce((product, each) => product * each, 1)),
		shape,
	});
	const halfHead = [tokens, dim / heads / 2];
	const inputs = {
		x: tensor([tokens, dim]),
		c: tensor([1, transformer.config.adaLnFeatures]),
		cos: tensor(halfHead),
		sin: tensor(halfHead),
	};
	const outputs = { y: tensor([tokens, dim]) };
	const weights = {
		buffer: timer.weights,
		tensors: new Map(shardLayout(block).tensors.map((each) => [each.name, each])),
	};
	try {
		const submits: number[] = [];
		const runs = async (count: number): Promise<number> => {
			await context.idle();
			const from = performance.now();
			for (let i = 0; i < count; i++) await graph.run(weights, inputs, outputs);
			submits.push((performance.now() - from) / count);
			await context.idle();
			return (performance.now() - from) / count;
		};
		// Before the measurements: the engine's measured speed may change how it splits its work.
		await runs(1);
		const milliseconds = await medianOfRuns(repeats, runs);
		const flopsPerToken = 2 * (4 * dim ** 2 + 3 * dim * ffnHidden) + 4 * tokens * dim;
		const teraflops = (tokens * flopsPerToken) / milliseconds / 1e9;
		const submitMilliseconds = median(submits.slice(-repeats));
		timer.report({ kernel: 'block', what, milliseconds, submitMilliseconds, teraflops });
	} finally {
		await graph.dispose();
		for (const { buffer } of [...Object.values(inputs), outputs.y]) buffer.destroy();
	}
}

function transformerOf({ dim, heads }: Network): ZImageTransformer {
	return new ZImageTransformer(
		parseZImageConfig({
			dim,
			n_heads: heads,
			n_layers: 1,
			n_refiner_layers: 1,
			cap_feat_dim: 64,
		}),
	);
}

function denoisingBlock(transformer: ZImageTransformer): Block {
	const block = transformer.stepBlocks.find(({ id }) => id === 'layers.0');
	if (block === undefined) throw new RangeError('The transformer has no layers.0');
	return block;
}
