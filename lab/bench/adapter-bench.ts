import { openBlockEngine } from '../../src/engine/open-block-engine.ts';
import type { BlockEngineName } from '../../src/engine/block-engine-names.ts';
import { findComponent } from '../find-component.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { pictureAdapters } from '../../src/pipeline/adapters/adapter-set.ts';
import { generatePicture } from '../../src/pipeline/generate-picture.ts';
import { InstalledModel } from '../../src/pipeline/installed-model.ts';
import { LoadedModel } from '../../src/pipeline/loaded-model.ts';
import { measurePicture } from '../../src/pipeline/measure-picture.ts';
import { PlacedShardStore } from '../../src/store/placed-shard-store.ts';
import { median } from './median-of-runs.ts';
import { syntheticAdapter } from './synthetic-adapter.ts';

export interface AdapterBenchOptions {
	/** 1024 where not given. */
	readonly width?: number;
	readonly height?: number;
	/** Of a picture; the first is not counted. 5 where not given. */
	readonly steps?: number;
	/** Everything resident, and 2 GB, where not given. */
	readonly budgets?: readonly number[];
	/** Ranks of the adapters that are drawn with together; what the issue of adapters asks for where not given. */
	readonly rankSets?: readonly (readonly number[])[];
	readonly engine?: BlockEngineName;
}

/** Drawn with adapters of made-up factors on all linear layers of the transformer's blocks. */
export interface AdapterTiming {
	readonly ranks: readonly number[];
	readonly budgetBytes: number;
	/** Median. */
	readonly stepMilliseconds: number;
	readonly firstStepMilliseconds: number;
	/** Of the ledger, while sampling. */
	readonly peakBytes: number;
	/** Of the whole picture, factors not counted: they come from memory. */
	readonly bytesRead: number;
}

const SETTINGS = {
	width: 1024,
	height: 1024,
	steps: 5,
	budgets: [24e9, 2e9],
	// The first again at the end: what a machine does by itself meanwhile shows in the difference.
	rankSets: [[], [32], [128], [16, 16, 16, 16, 16], []],
	engine: 'fused',
} as const satisfies AdapterBenchOptions;

/** What a step with adapters takes beside one without. The made-up model must be installed. */
export async function benchAdapters(
	modelId: string,
	options: AdapterBenchOptions = {},
	onTiming: (timing: AdapterTiming) => void = () => undefined,
): Promise<readonly AdapterTiming[]> {
	const settings = { ...SETTINGS, ...options };
	using context = await GpuContext.open();
	const store = new PlacedShardStore();
	const blockEngine = await openBlockEngine(settings.engine, context);
	const installed = await InstalledModel.open(modelId, store);
	const model = new LoadedModel(installed, blockEngine);
	const transformer = findComponent(installed.model, 'transformer');
	const { width, height } = settings;
	const timings: AdapterTiming[] = [];
	for (const budgetBytes of settings.budgets) {
		for (const ranks of settings.rankSets) {
			const adapters = pictureAdapters(
				ranks.map((rank, seed) => syntheticAdapter(transformer, { rank, seed })),
			);
			const draw = async (steps: number) => {
				const extent = { width, height, steps };
				const { measured } = await generatePicture(
					{ prompt: 'a red circle', seed: 42, ...extent },
					{
						...{ context, store, model, budgetBytes, adapters },
						needs: await measurePicture(model, extent, adapters?.set),
						onEvent: () => undefined,
					},
				);
				return measured;
			};
			// Compiles, and makes the factors.
			await draw(1);
			const { stepMilliseconds, ...measured } = await draw(settings.steps);
			const [firstStepMilliseconds = NaN, ...others] = stepMilliseconds;
			const timing: AdapterTiming = {
				...{ ranks, budgetBytes, firstStepMilliseconds },
				stepMilliseconds: median(others),
				peakBytes: measured.stagePeakGpuBytes.sample,
				bytesRead: measured.bytesRead,
			};
			timings.push(timing);
			onTiming(timing);
		}
	}
	return timings;
}
