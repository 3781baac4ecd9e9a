import type { DenoiseJob, Denoiser } from '../../families/parts/denoiser.ts';
import type { Turn } from '../../families/parts/turn.ts';
import { guide } from './guidance.ts';
import type { Sampler } from './sampler.ts';
import { slopeOf } from './slope.ts';

export interface SamplingJob extends Pick<DenoiseJob, 'grid' | 'conditionings'> {
	readonly denoiser: Denoiser;
	readonly sampler: Sampler;
	/** Of guidance, where there is a negative prompt. */
	readonly guidanceScale: number;
	/** Noise levels from the first step to 0. */
	readonly sigmas: Float32Array;
	/** Noise of deviation 1, changed in place into the finished latent: [channels, height, width] */
	readonly latent: Float32Array;
	/** Only the first step, which stands for all others. */
	readonly rehearsal?: boolean;
	readonly onStep?: (result: StepResult) => void;
}

/** What a step led to. The arrays change with the next. */
export interface StepResult {
	/** Counted from 0. */
	readonly step: number;
	/** [channels, height, width] */
	readonly latent: Float32Array;
	/** dx/dsigma, of the latent's shape. */
	readonly slope: Float32Array;
	/** Noise level of the latent, 0 after the last step. */
	readonly sigma: number;
	readonly milliseconds: number;
}

/** The turn that makes a latent of noise. */
export function sampleLatent(job: SamplingJob): Turn<Float32Array> {
	const { denoiser, sampler, grid, conditionings, guidanceScale, latent } = job;
	const evaluations = sampler.evaluations(job.sigmas);
	const denoising = denoiser.prepare({ grid, conditionings, sigmas: evaluations });
	const { openBlocks, stepBlocks } = denoising;
	return {
		name: 'sample',
		stage: 'sample',
		order: [...openBlocks, ...evaluations.flatMap(() => stepBlocks)],
		rounds: { before: openBlocks.length, blocks: stepBlocks.length },
		async run(runner) {
			const evaluator = await denoising.open(runner);
			const sigmas = job.rehearsal === true ? job.sigmas.subarray(0, 2) : job.sigmas;
			let evaluation = 0;
			let started = performance.now();
			if (sigmas[0] !== 1) for (const [i, noise] of latent.entries()) latent[i] = sigmas[0] * noise;
			await sampler.integrate({
				sigmas,
				latent,
				async slope(x) {
					const sigma = evaluations[evaluation];
					const passes = await evaluator.predict(x, evaluation);
					evaluation++;
					await runner.assertFinite(`step ${evaluation} of ${evaluations.length}`);
					return slopeOf(denoiser.predicts, guide(passes, guidanceScale), x, sigma);
				},
				onStep(step, slope) {
					const milliseconds = performance.now() - started;
					job.onStep?.({ step, latent, slope, sigma: sigmas[step + 1], milliseconds });
					started = performance.now();
				},
			});
			evaluator.release();
			return latent;
		},
	};
}
