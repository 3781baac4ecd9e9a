import { hasCode } from '../../errors/app-error.ts';
import type { DenoiseJob, Denoiser } from '../../families/parts/denoiser.ts';
import type { Turn } from '../../families/parts/turn.ts';
import { type Guidance, guide, passesAt } from './guidance.ts';
import { NO_NOISE } from './noise/noise-source.ts';
import { evaluationsOf } from './samplers/evaluations.ts';
import type { Integration, Sampler } from './samplers/sampler.ts';
import { flowCurve } from '../../families/schedules/sigma-curve.ts';
import { slopeOf } from './slope.ts';

export interface SamplingJob
	extends Pick<DenoiseJob, 'grid' | 'conditionings'>, Partial<StochasticOptions> {
	readonly denoiser: Denoiser;
	readonly sampler: Sampler;
	readonly guidance: Guidance;
	/** Noise levels from the first step to 0. */
	readonly sigmas: Float32Array;
	/** Noise of deviation 1, changed in place into the finished latent: [channels, height, width] */
	readonly latent: Float32Array;
	/** Only the first step, which stands for all others. */
	readonly rehearsal?: boolean;
	readonly onStep?: (result: StepResult) => void;
}

/** What only some samplers look at. */
type StochasticOptions = Pick<Integration, 'noise' | 'eta' | 'noiseScale' | 'sigmaAt'>;

const DEFAULTS: StochasticOptions = {
	noise: NO_NOISE,
	eta: 1,
	noiseScale: 1,
	sigmaAt: flowCurve(1).exactSigmaAt,
};

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
	const { denoiser, sampler, grid, conditionings, guidance, latent } = job;
	const options = { ...DEFAULTS, ...job };
	const evaluations = evaluationsOf(sampler, job.sigmas, options).map((planned) => ({
		...planned,
		passes: Math.min(conditionings.length, passesAt(planned.sigma, guidance)),
	}));
	const denoising = denoiser.prepare({ grid, conditionings, evaluations });
	const { openBlocks } = denoising;
	const blocksOf = evaluations.map(({ passes }) => denoising.stepBlocks(passes));
	return {
		name: 'sample',
		stage: 'sample',
		order: [...openBlocks, ...blocksOf.flat()],
		repeatsItself: true,
		rounds: {
			before: openBlocks.length,
			blocks: Array.from({ length: job.sigmas.length - 1 }, (_, step) =>
				evaluations.reduce(
					(sum, planned, i) => sum + (planned.step === step ? blocksOf[i].length : 0),
					0,
				),
			),
		},
		async run(runner) {
			let evaluator = await denoising.open(runner);
			const { sigmas } = job;
			let evaluation = 0;
			let isEnough = false;
			let started = performance.now();
			const predict = async (x: Float32Array) => {
				const passes = await evaluator.predict(x, evaluation);
				await runner.assertFinite(`step ${evaluation + 1} of ${evaluations.length}`);
				return passes;
			};
			if (sigmas[0] !== 1) for (const [i, noise] of latent.entries()) latent[i] = sigmas[0] * noise;
			const steps = sampler.integrate({
				...options,
				onStep(step, slope) {
					const milliseconds = performance.now() - started;
					job.onStep?.({ step, latent, slope, sigma: sigmas[step + 1], milliseconds });
					started = performance.now();
					isEnough = job.rehearsal === true;
				},
			});
			let asked = steps.next();
			while (asked.done !== true && !isEnough) {
				const { x, sigma } = asked.value;
				const passes = await predict(x).catch(async (error: unknown) => {
					if (!hasCode(error, 'gpu-dropped-work')) throw error;
					await runner.restart([...openBlocks, ...blocksOf.slice(evaluation).flat()]);
					evaluator = await denoising.open(runner);
					return predict(x);
				});
				evaluation++;
				asked = steps.next(slopeOf(denoiser.predicts, guide(passes, guidance), x, sigma));
			}
			unscaleNoise(latent, sigmas[sigmas.length - 1]);
			evaluator.release();
			return latent;
		},
	};
}

/** What is left of noise at the end counts as lost signal. */
function unscaleNoise(latent: Float32Array, sigma: number): void {
	if (sigma !== 0) for (const [i, value] of latent.entries()) latent[i] = value / (1 - sigma);
}
