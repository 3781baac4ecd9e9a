import { denoised, setCombination } from '../steps/combination.ts';
import type { Sampler, Steps, Integration } from './sampler.ts';

const MOST_SLOPES = 4;

/** Weights of the newest slope and those before it, for each number of slopes. */
const ADAMS_BASHFORTH = [
	[1],
	[3 / 2, -1 / 2],
	[23 / 12, -16 / 12, 5 / 12],
	[55 / 24, -59 / 24, 37 / 24, -9 / 24],
] as const;

/** Adams-Bashforth with constant coefficients. */
export const IPNDM: Sampler = {
	id: 'ipndm',
	*integrate(integration) {
		yield* multistep(integration, (_sigmas, _step, slopes) => ADAMS_BASHFORTH[slopes - 1]);
	},
};

/** The same for steps of different widths. */
export const IPNDM_V: Sampler = {
	id: 'ipndm_v',
	*integrate(integration) {
		yield* multistep(integration, variableWeights);
	},
};

function* multistep(
	{ sigmas, latent, onStep }: Integration,
	weightsOf: (sigmas: Float32Array, step: number, slopes: number) => readonly number[],
): Steps {
	/** The newest first. */
	const slopes: Float32Array[] = [];
	for (let step = 0; step < sigmas.length - 1; step++) {
		const [sigma, next] = sigmas.subarray(step);
		const slope = yield { x: latent, sigma };
		slopes.unshift(slope);
		slopes.splice(MOST_SLOPES);
		if (next === 0) {
			latent.set(denoised(latent, slope, sigma));
		} else {
			const weights = weightsOf(sigmas, step, slopes.length);
			const terms = slopes.map((values, j) => [(next - sigma) * weights[j], values] as const);
			setCombination(latent, [1, latent], ...terms);
		}
		onStep(step, slope);
	}
}

/** As the original has them: its order 3 is not the textbook's, by a slip of precedence that pictures rest on. */
function variableWeights(sigmas: Float32Array, step: number, slopes: number): readonly number[] {
	if (slopes === 1) return [1];
	const width = (back: number): number => sigmas[step - back + 1] - sigmas[step - back];
	const h = width(0);
	const h1 = width(1);
	const rho = h / h1;
	if (slopes === 2) return [1 + rho / 2, -rho / 2];
	const h2 = width(2);
	const u = (1 - (h * h) / (3 * h1 * (h1 + h2))) / 2;
	const third = [1 + rho / 2 + u, -rho / 2 - (1 + h1 / h2) * u, (u * h1) / h2] as const;
	if (slopes === 3) return third;
	const h3 = width(3);
	const w =
		(((1 - h / (3 * (h + h1))) / 2 + ((1 - h / (2 * (h + h1))) * h) / (6 * (h + h1 + h2))) *
			(h * (h + h1) * (h + h1 + h2))) /
		(h1 * (h1 + h2) * (h1 + h2 + h3));
	const kappa = (h1 * (h1 + h2)) / (h2 * (h2 + h3));
	return [
		third[0] + w,
		third[1] - (1 + h1 / h2 + kappa) * w,
		third[2] + (h1 / h2 + kappa * (1 + h2 / h3)) * w,
		(-w * kappa * h1) / h2,
	];
}
