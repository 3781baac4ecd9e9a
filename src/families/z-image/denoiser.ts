import type { DenoiseJob, Denoiser, Denoising } from '../parts/denoiser.ts';
import { TRAIN_STEPS } from '../schedules/flow-match.ts';
import type { ZImageTransformer } from './transformer.ts';

const { fround } = Math;

/** What the transformer is told of a noise level: 1 - sigma, by way of the timestep as the reference computes it. */
export function zImageTime(sigma: number): number {
	return fround(fround(TRAIN_STEPS - fround(TRAIN_STEPS * sigma)) / TRAIN_STEPS);
}

/** Asks the transformer about noise levels, and turns the sign of its answers. */
export class ZImageDenoiser implements Denoiser {
	readonly predicts = 'velocity';
	readonly #transformer: ZImageTransformer;

	constructor(transformer: ZImageTransformer) {
		this.#transformer = transformer;
	}

	prepare({ grid, conditionings, evaluations }: DenoiseJob): Denoising {
		const asked = evaluations.map(({ sigma, passes }) => ({ time: zImageTime(sigma), passes }));
		const denoising = this.#transformer.prepare(grid, conditionings, asked);
		return {
			...denoising,
			async open(runner) {
				const evaluator = await denoising.open(runner);
				return {
					...evaluator,
					async predict(latent, evaluation) {
						const outputs = await evaluator.predict(latent, evaluation);
						return outputs.map((output) => output.map((value) => -value));
					},
				};
			},
		};
	}
}
