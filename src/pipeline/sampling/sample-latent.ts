import type {
	DiffusionTransformer,
	ImageGrid,
	RefinedCaption,
} from '../../families/parts/diffusion-transformer.ts';
import type { ComponentRun } from '../runner/component-run.ts';
import { eulerStep, type FlowMatchSchedule } from './flow-match-schedule.ts';

export interface SamplingJob {
	readonly transformer: DiffusionTransformer;
	/** Announced with the transformer's condition blocks, then its step blocks for every step. */
	readonly run: ComponentRun;
	readonly grid: ImageGrid;
	readonly caption: RefinedCaption;
	readonly schedule: FlowMatchSchedule;
	/** Noise, changed in place into the finished latent: [channels, height, width] */
	readonly latent: Float32Array;
	readonly onStep?: (result: StepResult) => void;
}

/** What a step led to. The arrays change with the next. */
export interface StepResult {
	/** Counted from 0. */
	readonly step: number;
	/** [channels, height, width] */
	readonly latent: Float32Array;
	/** Of the flow; of the latent's shape. */
	readonly velocity: Float32Array;
	/** Noise level of the latent, 0 after the last step. */
	readonly sigma: number;
	readonly milliseconds: number;
}

/**
 * Integrates the flow from noise to latent by Euler steps, in f32 on the CPU: a step's latent is
 * at most 1 MB for 1024x1024. Source: spec 3.
 *
 * @throws NonFiniteError
 */
export async function sampleLatent(job: SamplingJob): Promise<Float32Array> {
	const { transformer, run, latent, onStep } = job;
	const { sigmas, t } = job.schedule;
	const conditions = await transformer.conditionTimesteps(run, [...t]);
	const prepared = await transformer.prepareSampling(run, job.grid, job.caption);
	for (const [step, condition] of conditions.entries()) {
		const started = performance.now();
		const output = await prepared.predict(latent, condition);
		await run.assertFinite(`step ${step + 1} of ${conditions.length}`);
		const velocity = output.map((value) => -value);
		eulerStep(latent, velocity, sigmas[step], sigmas[step + 1]);
		const milliseconds = performance.now() - started;
		onStep?.({ step, latent, velocity, sigma: sigmas[step + 1], milliseconds });
	}
	prepared.release();
	return latent;
}
