import { combination, denoised, setCombination, type Term } from '../steps/combination.ts';
import { logSnr, offsetFirstSigma } from '../steps/log-snr.ts';
import type { Integration, Sampler, Steps } from './sampler.ts';
import { solveLinear } from '../steps/solve-linear.ts';

const PREDICTOR_ORDER = 3;
const CORRECTOR_ORDER = 4;
/** Progress of the schedule between which noise is added. */
const NOISY = { from: 0.2, to: 0.8 } as const;

/** Stochastic Adams: predictor, then corrector with the evaluation of the prediction. */
export const SA_SOLVER: Sampler = {
	id: 'sa_solver',
	noise: 'stream',
	*integrate(integration) {
		yield* saSolver(integration, false);
	},
};

/** The same, which evaluates the corrected latent again. */
export const SA_SOLVER_PECE: Sampler = {
	id: 'sa_solver_pece',
	noise: 'stream',
	*integrate(integration) {
		yield* saSolver(integration, true);
	},
};

function* saSolver(
	{ sigmas: given, latent, noise, noiseScale, sigmaAt, onStep }: Integration,
	evaluatesAgain: boolean,
): Steps {
	const sigmas = offsetFirstSigma(given, sigmaAt);
	const steps = sigmas.length - 1;
	const lambdas = Array.from(sigmas, logSnr);
	const [noisyFrom, noisyTo] = [sigmaAt(1 - NOISY.to), sigmaAt(1 - NOISY.from)];
	/** The expected data at lambdas[i]. */
	const history: Float32Array[] = [];
	/** What the predictor added, and how stochastic it was. */
	let previous = { tau: 0, noise: [] as readonly Term[] };
	let predicted: Float32Array = latent.slice();
	for (let step = 0; step < steps; step++) {
		const [sigma, next] = sigmas.subarray(step);
		let slope = yield { x: predicted, sigma };
		history.push(denoised(predicted, slope, sigma));

		if (step === 0 || (next === 0 && !evaluatesAgain)) {
			latent.set(predicted);
		} else {
			const order = Math.min(CORRECTOR_ORDER, history.length, steps - step);
			const span = { from: lambdas[step - 1], to: lambdas[step], tau: previous.tau };
			const decay = Math.exp(-(previous.tau ** 2) * (span.to - span.from));
			setCombination(
				latent,
				[(sigma / sigmas[step - 1]) * decay, latent],
				...adamsTerms(history, lambdas, order, span, 1 - sigma),
				...previous.noise,
			);
			if (evaluatesAgain) {
				slope = yield { x: latent, sigma };
				history[step] = denoised(latent, slope, sigma);
			}
		}

		if (next === 0) {
			latent.set(history[step]);
		} else {
			const tau = next >= noisyFrom && next <= noisyTo ? 1 : 0;
			const order = Math.min(PREDICTOR_ORDER, history.length, steps - 1 - step);
			const span = { from: lambdas[step], to: lambdas[step + 1], tau };
			const h = span.to - span.from;
			const deviation = next * noiseScale * Math.sqrt(-Math.expm1(-2 * tau ** 2 * h));
			const isNoisy = tau > 0 && noiseScale > 0;
			previous = { tau, noise: isNoisy ? [[deviation, noise.draw(sigma, next)]] : [] };
			predicted = combination(
				[(next / sigma) * Math.exp(-(tau ** 2) * h), latent],
				...adamsTerms(history, lambdas, order, span, 1 - next),
				...previous.noise,
			);
		}
		onStep(step, slope);
	}
}

interface Span {
	readonly from: number;
	readonly to: number;
	readonly tau: number;
}

/** The weights with which the last `order` data stand for those on the way, times `scale`. */
function adamsTerms(
	history: readonly Float32Array[],
	lambdas: readonly number[],
	order: number,
	{ from, to, tau }: Span,
	scale: number,
): readonly Term[] {
	const first = history.length - order;
	const rate = 1 + tau ** 2;
	const decay = Math.exp(-rate * (to - from));
	const rows: number[][] = [];
	const integrals: number[] = [];
	for (let power = 0; power < order; power++) {
		rows.push(history.slice(first).map((_, i) => lambdas[first + i] ** power));
		const inner = power === 0 ? 0 : (power / rate) * integrals[power - 1];
		integrals.push(to ** power - from ** power * decay - inner);
	}
	const weights = solveLinear(rows, integrals);
	return weights.map((weight, i) => [scale * weight, history[first + i]]);
}
