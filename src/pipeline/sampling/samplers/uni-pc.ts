import { combination, denoised, setCombination, type Term } from '../steps/combination.ts';
import type { Integration, Sampler, Steps } from './sampler.ts';
import { solveLinear } from '../steps/solve-linear.ts';

const MOST_ORDER = 3;
/** Stands for the 0 at the end: the sampler works in logarithms. */
const LAST_SIGMA = 0.001;

/** Predictor and corrector of third order; a corrector uses the evaluation of the next predictor. */
export const UNI_PC: Sampler = {
	id: 'uni_pc',
	dropsPenultimate: true,
	lastSigma: LAST_SIGMA,
	*integrate(integration) {
		yield* uniPc(integration, (g) => g);
	},
};

/** The same with another weight of the differences. */
export const UNI_PC_BH2: Sampler = {
	id: 'uni_pc_bh2',
	dropsPenultimate: true,
	lastSigma: LAST_SIGMA,
	*integrate(integration) {
		yield* uniPc(integration, Math.expm1);
	},
};

/** @param weightOf the original's B(h), of the step's negative width in log sigma */
function* uniPc({ sigmas, latent, onStep }: Integration, weightOf: (g: number) => number): Steps {
	const steps = sigmas.length - 1;
	const mostOrder = Math.min(MOST_ORDER, steps - 1);
	// The original does nothing at all in a single step.
	if (mostOrder < 1) return;
	let slope = yield { x: latent, sigma: sigmas[0] };
	/** The expected data of all steps so far. */
	const history = [denoised(latent, slope, sigmas[0])];
	for (let k = 1; k <= steps; k++) {
		const order = k < mostOrder ? k : Math.min(mostOrder, steps + 1 - k);
		const [before, sigma] = [sigmas[k - 1], sigmas[k]];
		const g = -Math.log(before / sigma);
		const weight = weightOf(g);
		const newest = history[k - 1];

		const ratios: number[] = [];
		const differences: Float32Array[] = [];
		for (let j = 1; j < order; j++) {
			const r = Math.log(before / sigmas[k - 1 - j]) / -g;
			ratios.push(r);
			differences.push(combination([1 / r, history[k - 1 - j]], [-1 / r, newest]));
		}
		ratios.push(1);
		const sides = rightSides(order, g, weight);
		const rows = sides.map((_, power) => ratios.map((r) => r ** power));

		const base = combination([sigma / before, latent], [-Math.expm1(g), newest]);
		const predictor = predictorWeights(order, rows, sides);
		const predicted = combination(
			[1, base],
			...differences.map((values, j): Term => [-weight * predictor[j], values]),
		);
		if (k === steps) {
			latent.set(predicted);
		} else {
			slope = yield { x: predicted, sigma };
			const data = denoised(predicted, slope, sigma);
			const corrector = order === 1 ? [0.5] : solveLinear(rows, sides);
			const last = weight * corrector[order - 1];
			setCombination(
				latent,
				[1, base],
				...differences.map((values, j): Term => [-weight * corrector[j], values]),
				[-last, data],
				[last, newest],
			);
			history.push(data);
		}
		onStep(k - 1, slope);
	}
}

function rightSides(order: number, g: number, weight: number): number[] {
	const sides: number[] = [];
	let phi = Math.expm1(g) / g - 1;
	let factorial = 1;
	for (let j = 1; j <= order; j++) {
		sides.push((phi * factorial) / weight);
		factorial *= j + 1;
		phi = phi / g - 1 / factorial;
	}
	return sides;
}

function predictorWeights(
	order: number,
	rows: readonly (readonly number[])[],
	sides: readonly number[],
): readonly number[] {
	if (order < 3) return [0.5];
	return solveLinear(
		rows.slice(0, order - 1).map((row) => row.slice(0, order - 1)),
		sides.slice(0, order - 1),
	);
}
