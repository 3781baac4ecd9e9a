import { expect, it, vi } from 'vitest';
import { FusedBlockEngine } from '../../src/gpu/fused/fused-block-engine.ts';
import { WorkSpeed } from '../../src/gpu/fused/probe/work-speed.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { ModelGraphs } from '../../src/pipeline/runner/model-graphs.ts';
import { TurnRun } from '../../src/pipeline/runner/turn-run.ts';
import { torchRandn } from '../../src/pipeline/sampling/noise/torch-randn.ts';
import { installTinyTransformer, sampleTurn } from './tiny-transformer.ts';

const STEPS = 2;
/** 576 image tokens beside 32 of the caption: 5 GFLOP a block. */
const GRID = { height: 48, width: 48 };
const CAPTION_TOKENS = 32;
/**
 * What a submit should take at the pace of the whole run. 200 ms are allowed; the double of that, because
 * the pace is a mean: a submit's own time would tell of whatever else the machine did meanwhile.
 */
const MOST_MILLISECONDS = 400;

it('cuts a medium block into short submits, once the speed of the GPU is known', async () => {
	using context = await GpuContext.open();
	const narrow = { dim: 512, n_heads: 4, n_layers: 3 };
	const medium = await installTinyTransformer('medium', (_, bytes) => bytes, narrow);
	const { transformer } = medium;
	const findRefused = () => Promise.resolve(new Map());
	const engine = await FusedBlockEngine.open(context, { findRefused });
	const graphs = new ModelGraphs(engine, [transformer]);
	const values = torchRandn(1, CAPTION_TOKENS * transformer.config.dim);
	const sample = (): Promise<Float32Array> => {
		const caption = { values, shape: [CAPTION_TOKENS, transformer.config.dim] };
		const turn = sampleTurn(transformer, GRID, [caption], STEPS);
		const { order } = turn;
		return TurnRun.with({ context, ...medium, graphs, order, weightBytes: 0 }, (run) =>
			turn.run(run),
		);
	};
	// Compiles everything, in all the sizes of work that it is cut into while the speed is learnt.
	const first = await sample();

	using watched = vi.spyOn(WorkSpeed.prototype, 'watch');
	const started = performance.now();
	const second = await sample();
	const elapsed = performance.now() - started;
	expect(second).toEqual(first);

	const work = watched.mock.calls.map(([, flops]) => flops);
	const total = work.reduce((sum, flops) => sum + flops, 0);
	const milliseconds = work.map((flops) => (elapsed * flops) / total).sort((a, b) => a - b);
	const percentile = (share: number): number =>
		milliseconds[Math.floor(share * (milliseconds.length - 1))] ?? Infinity;
	const all = [0.5, 0.9, 0.95, 0.99, 1].map((share) => `${percentile(share).toFixed(0)} ms`);
	console.log(`${milliseconds.length} submits; 50, 90, 95, 99, 100 %: ${all.join(', ')}`);
	expect(percentile(0.95)).toBeLessThan(MOST_MILLISECONDS);
});
