import { blockKey, type ComponentId } from '../families/parts/block.ts';
import type { Turn } from '../families/parts/turn.ts';
import type { PlannedBlock } from '../streaming/residency-plan.ts';
import { drawPicture } from './draw-picture.ts';
import type { LoadedModel } from './loaded-model.ts';
import { pictureJob } from './picture-job.ts';
import type { PictureNeeds, TurnNeeds } from './picture-plan.ts';
import type { AdapterSet } from './adapters/adapter-set.ts';
import { DryRun } from './runner/dry-run.ts';
import { turnPeaks } from './turn-peaks.ts';
import type { PictureExtent } from './picture-extent.ts';
import { validateSize } from './validate-settings.ts';

/** What of a model decides how much memory a picture takes. */
export type PlannableModel = Pick<LoadedModel, 'installed' | 'graphs'>;

/**
 * What a picture will take, found by rehearsing every turn for its shapes alone. For the longest prompt: a
 * plan must not change with the words.
 *
 * @throws InvalidRecipeError
 */
export async function measurePicture(
	{ installed, graphs }: PlannableModel,
	extent: PictureExtent,
	adapters?: AdapterSet,
): Promise<PictureNeeds> {
	const { model, can } = installed;
	validateSize(extent, can);
	const turns: TurnNeeds[] = [];
	const reasons = new Map<ComponentId, string>();
	let isExact = true;
	const rehearse = async <Result>(turn: Turn<Result>): Promise<Result> => {
		const { name, stage, rounds } = turn;
		const [memoryBytes, ...cutBytes] = turn.cuttable === true ? await turnPeaks(turn, graphs) : [];
		const run = new DryRun(graphs, adapters);
		const result = await turn.run(run, memoryBytes);
		isExact &&= run.isExact;
		for (const [component, reason] of run.fallbackReasons) {
			if (!reasons.has(component)) reasons.set(component, reason);
		}
		turns.push({
			...{ name, stage },
			...(rounds === undefined ? {} : { rounds }),
			activationBytes: run.peakBytes,
			...(memoryBytes === undefined ? {} : { cutBytes }),
			order: turn.order.map((block): PlannedBlock => ({
				id: blockKey(block),
				bytes:
					installed.shard(block).byteLength +
					(graphs.sideOf(block, adapters)?.factors.byteLength ?? 0),
			})),
			runs: run.runs,
		});
		return result;
	};
	const { longest } = model.prompts;
	const job = pictureJob(installed, extent, [longest, longest]);
	const { channels, height, width } = job.shape;
	await drawPicture(
		model,
		{
			...job,
			encode: (prompts, take) => model.prompts.encode(prompts, take),
			latent: new Float32Array(channels * height * width),
			rehearsal: true,
		},
		rehearse,
	);
	return {
		turns,
		isExact,
		fallbacks: [...reasons].map(([component, reason]) => ({ component, reason })),
	};
}
