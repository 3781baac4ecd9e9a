import { hasCode } from '../errors/app-error.ts';
import type { Block } from '../families/parts/block.ts';
import type { TokenizedPrompt } from '../families/parts/prompt-encoder.ts';
import type { Turn } from '../families/parts/turn.ts';
import type { GpuContext } from '../gpu/gpu-context.ts';
import type { RecipeSettings } from '../recipe/recipe-settings.ts';
import type { ShardStore } from '../store/shard-store.ts';
import { type PictureAdapters, strengthsIn } from './adapters/adapter-set.ts';
import { drawPicture } from './draw-picture.ts';
import { BudgetTooSmallError } from './errors.ts';
import type { LoadedModel } from './loaded-model.ts';
import { memoryPlan } from './memory-plan.ts';
import type { MemoryPlan, PictureEvent } from './picture-events.ts';
import { pictureJob } from './picture-job.ts';
import { type PictureNeeds, type PicturePlan, planPicture } from './picture-plan.ts';
import { latentPreview } from './preview/latent-preview.ts';
import { rgbaPixels } from './rgba-pixels.ts';
import { TurnRun } from './runner/turn-run.ts';
import { eulerStep } from './sampling/samplers/euler.ts';
import type { StepResult } from './sampling/sample-latent.ts';
import { pictureNoise } from './sampling/noise/picture-noise.ts';
import { type StageMeasurements, StageMeter } from './stage-meter.ts';
import { validateSettings } from './validate-settings.ts';

export interface GeneratedPicture {
	/** RGBA. */
	readonly rgba: Uint8ClampedArray<ArrayBuffer>;
	/** What was decoded: [channels, height, width] of the model's latent. */
	readonly latent: Float32Array;
	readonly measured: PictureMeasurements;
}

interface PictureMeasurements extends StageMeasurements {
	readonly promptTokens: number;
	/** Peak of the FP16 weights while sampling. */
	readonly peakWeightBytes: number;
	readonly stepMilliseconds: readonly number[];
	readonly plan: MemoryPlan;
}

export interface GenerationContext {
	readonly context: GpuContext;
	readonly store: ShardStore;
	readonly model: LoadedModel;
	/** Of `measurePicture`, for this model, size and adapters. */
	readonly needs: PictureNeeds;
	/** Their files stay open until the picture is done. */
	readonly adapters?: PictureAdapters | undefined;
	/** GPU memory that the whole picture may take at any time. */
	readonly budgetBytes: number;
	readonly onEvent: (event: PictureEvent) => void;
	readonly signal?: AbortSignal;
}

/**
 * A prompt becomes pixels, turn by turn, each with the GPU to itself.
 *
 * @throws EmptyPromptError, InvalidRecipeError, UnsupportedOptionsError, BudgetTooSmallError before any work;
 * NonFiniteError, ShardMissingError, ShardCorruptError, GpuDroppedWorkError, GpuDeviceLostError, OutOfGpuMemoryError, AbortError during it
 */
export async function generatePicture(
	settings: RecipeSettings,
	generation: GenerationContext,
): Promise<GeneratedPicture> {
	validateSettings(settings, generation.model.installed.can);
	const { context, needs } = generation;
	// Not a number is no budget.
	const budgetBytes = generation.budgetBytes || 0;
	const plan = planPicture(needs, budgetBytes);
	// Where ONNX Runtime takes memory of its own, it is more than the plan knows of, never less.
	if (plan.leastBytes > budgetBytes) {
		throw new BudgetTooSmallError(settings, plan.leastBytes, budgetBytes);
	}
	generation.onEvent({ type: 'plan', plan: memoryPlan(plan) });
	return context.ledger.within(plan.isExact ? budgetBytes : Infinity, () =>
		new PictureGeneration(settings, generation, plan).run(),
	);
}

class PictureGeneration {
	readonly #settings: RecipeSettings;
	readonly #generation: GenerationContext;
	readonly #plan: PicturePlan;
	readonly #meter: StageMeter;
	readonly #stepMilliseconds: number[] = [];
	#isPrepared = false;
	#peakWeightBytes = 0;
	/** Blocks of the stage's turns before this one. */
	#blocksBefore = 0;

	constructor(settings: RecipeSettings, generation: GenerationContext, plan: PicturePlan) {
		this.#settings = settings;
		this.#generation = generation;
		this.#plan = plan;
		this.#meter = new StageMeter(generation.context.ledger, (stage) => {
			this.#blocksBefore = 0;
			generation.onEvent({ type: 'stage', stage });
		});
	}

	async run(): Promise<GeneratedPicture> {
		const { model } = this.#generation;
		const { installed } = model;
		this.#meter.enter('tokenise');
		const { prompt, negativePrompt = '' } = this.#settings;
		const read = this.#tokenize(prompt);
		const job = pictureJob(installed, this.#settings, [read, this.#tokenize(negativePrompt)]);

		// Entered even where the prompt was encoded before.
		this.#meter.enter('encode');
		const { start: latent, source: noise } = pictureNoise({ settings: this.#settings, ...job });
		const image = await drawPicture(
			installed.model,
			{
				...job,
				latent,
				noise,
				encode: (prompts, take) => model.encode(prompts, take, this.#captionKey()),
				onStep: (result) => this.#reportStep(result),
			},
			(turn) => this.#take(turn),
		);
		return {
			rgba: rgbaPixels(image),
			latent,
			measured: {
				promptTokens: read.tokens,
				peakWeightBytes: this.#peakWeightBytes,
				stepMilliseconds: this.#stepMilliseconds,
				plan: memoryPlan(this.#plan),
				...this.#meter.finish(),
			},
		};
	}

	#tokenize(prompt: string): TokenizedPrompt {
		const { model, onEvent } = this.#generation;
		const tokenized = model.installed.tokenize(prompt);
		const { promptTokens, tokens } = tokenized;
		if (promptTokens > tokens) onEvent({ type: 'prompt-cut', promptTokens, limitTokens: tokens });
		return tokenized;
	}

	/** Of the adapters that change how prompts are read. */
	#captionKey(): string {
		const { adapters } = this.#generation;
		const encoded = this.#plan.turns.filter(({ stage }) => stage === 'encode');
		const blocks = new Set(encoded.flatMap(({ order }) => order.map(({ id }) => id)));
		return adapters === undefined ? '' : strengthsIn(blocks, adapters);
	}

	async #take<Result>(turn: Turn<Result>): Promise<Result> {
		const { context, store, model, signal, adapters } = this.#generation;
		const plan = this.#plan.turns.find(({ name }) => name === turn.name);
		if (plan === undefined) throw new RangeError(`The turn ${turn.name} was not planned`);
		this.#meter.enter(turn.stage);
		const options = {
			context,
			store,
			modelId: model.installed.manifest.id,
			graphs: model.graphs,
			shard: (block: Block) => model.installed.shard(block),
			order: turn.order,
			weightBytes: plan.weightBytes,
			adapters,
			...(signal === undefined ? {} : { signal }),
			onBlock: (block: Block, run: TurnRun) => this.#reportBlock(turn, block, run),
		};
		const once = () =>
			TurnRun.with(options, async (run) => {
				const result = await turn.run(run, plan.isCut ? plan.activationBytes : undefined);
				this.#meter.addBytesRead(run.bytesRead);
				this.#blocksBefore += turn.order.length;
				if (turn.stage === 'sample') {
					this.#peakWeightBytes = context.ledger.peakBytesOf('weights');
				}
				return result;
			});
		return once().catch((error: unknown) => {
			if (turn.repeatsItself === true || !hasCode(error, 'gpu-dropped-work')) throw error;
			return once();
		});
	}

	/**
	 * Compiles the turns to come while the first computes: 1.6 s of shaders for the decoder alone. Not before
	 * the first block has run, which would wait for them all.
	 */
	#prepareOnce(): void {
		if (this.#isPrepared) return;
		this.#isPrepared = true;
		const { model, needs } = this.#generation;
		const [, ...later] = needs.turns;
		model.graphs.prepare(later.flatMap(({ runs }) => runs));
	}

	#reportBlock({ stage, rounds, order }: Turn<unknown>, block: Block, run: TurnRun): void {
		this.#prepareOnce();
		const { context, onEvent } = this.#generation;
		// From the end, because what is repeated has fewer blocks before it.
		const done = this.#blocksBefore + order.length - run.remaining;
		const place = placeInRounds(done - 1, rounds ?? { before: 0, blocks: [this.#blocksOf(stage)] });
		onEvent({
			type: 'block',
			stage,
			block: block.id,
			index: place.index,
			count: place.count,
			...(rounds === undefined ? {} : { step: place.round }),
			bytesRead: this.#meter.bytesRead + run.bytesRead,
			memory: context.ledger.takeHighest(),
		});
	}

	/** Blocks of all turns of a stage. */
	#blocksOf(stage: Turn<unknown>['stage']): number {
		return this.#plan.turns
			.filter((turn) => turn.stage === stage)
			.reduce((sum, { order }) => sum + order.length, 0);
	}

	#reportStep({ step, latent, slope, sigma, milliseconds }: StepResult): void {
		const { onEvent, model } = this.#generation;
		const { steps, width, height } = this.#settings;
		this.#stepMilliseconds.push(milliseconds);
		onEvent({ type: 'step', step, steps, milliseconds });
		const { preview, model: built } = model.installed;
		if (preview === undefined) return;
		const { channels, pixelsPerLatent } = built.latent;
		// What the latent will be if it goes straight on.
		const expected = latent.slice();
		eulerStep(expected, slope, sigma, 0);
		const size = { width: width / pixelsPerLatent, height: height / pixelsPerLatent };
		const rgba = latentPreview(expected, { channels, ...size }, preview);
		onEvent({ type: 'preview', step, ...size, rgba });
	}
}

/** Where a turn is after so many blocks. Blocks before the first round count towards none. */
function placeInRounds(
	ran: number,
	{ before, blocks }: NonNullable<Turn<unknown>['rounds']>,
): { readonly round: number; readonly index: number; readonly count: number } {
	let index = Math.max(0, ran - before);
	let round = 0;
	while (round + 1 < blocks.length && index >= blocks[round]) index -= blocks[round++];
	return { round, index, count: blocks[round] };
}
