import { MAX_STEPS, MIN_STEPS } from '../../recipe/recipe-limits.ts';
import { InvalidRecipeError } from '../errors.ts';

const { fround } = Math;

const SHIFT = 3;
const TRAIN_STEPS = 1000;

/** Noise levels of a generation, from pure noise to none. All values are f32. */
export interface FlowMatchSchedule {
	/** `steps + 1` noise levels from 1 down to 0: step i goes from `sigmas[i]` to `sigmas[i + 1]`. */
	readonly sigmas: Float32Array;
	/** `steps` values, 1000 sigma. */
	readonly timesteps: Float32Array;
	/** `steps` values, what the transformer gets: 1 - sigma, computed from the timestep as the reference does. */
	readonly t: Float32Array;
}

/**
 * The schedule of Z-Image-Turbo: uniform noise levels, shifted by 3, with diffusers' f32 roundings.
 *
 * @param steps whole number from 1 to 50
 * @throws InvalidRecipeError for any other number
 * Source: spec 3
 */
export function flowMatchSchedule(steps: number): FlowMatchSchedule {
	if (!Number.isInteger(steps) || steps < MIN_STEPS || steps > MAX_STEPS) {
		throw new InvalidRecipeError(
			`The number of steps must be a whole number from ${MIN_STEPS} to ${MAX_STEPS}, not ${steps}.`,
		);
	}
	const sigmas = new Float32Array(steps + 1);
	const timesteps = new Float32Array(steps);
	const t = new Float32Array(steps);
	for (let i = 0; i < steps; i++) {
		const uniform = fround(1 - i / steps);
		const sigma = fround(fround(SHIFT * uniform) / fround(1 + fround((SHIFT - 1) * uniform)));
		const timestep = fround(TRAIN_STEPS * sigma);
		sigmas[i] = sigma;
		timesteps[i] = timestep;
		t[i] = fround(TRAIN_STEPS - timestep) / TRAIN_STEPS;
	}
	return { sigmas, timesteps, t };
}

/**
 * One Euler step in place, each operation rounded to f32: latent += (sigmaNext - sigma) * velocity.
 *
 * @param latent f32 values, changed
 * @param velocity as many f32 values: the transformer's output with its sign turned
 * Source: spec 3
 */
export function eulerStep(
	latent: Float32Array,
	velocity: Float32Array,
	sigma: number,
	sigmaNext: number,
): void {
	if (latent.length !== velocity.length) {
		throw new RangeError(`velocity has ${velocity.length} values, latent ${latent.length}`);
	}
	const step = fround(sigmaNext - sigma);
	for (let i = 0; i < latent.length; i++) {
		latent[i] = (latent[i] ?? 0) + fround(step * (velocity[i] ?? 0));
	}
}
