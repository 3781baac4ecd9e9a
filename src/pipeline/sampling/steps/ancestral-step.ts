/** A step down to less noise than asked for, and the new noise that makes up for it. */
export interface AncestralStep {
	/** Noise level to go down to before noise is added. */
	readonly down: number;
	/** Factor of the latent at `down`. */
	readonly keep: number;
	/** Deviation of the new noise. */
	readonly renew: number;
}

/**
 * The flow-matching form: after it signal and noise add up to 1 again.
 *
 * @param eta 0 adds no noise
 */
export function flowAncestralStep(sigma: number, next: number, eta: number): AncestralStep {
	const down = next * (1 + (next / sigma - 1) * eta);
	const keep = (1 - next) / (1 - down);
	return { down, keep, renew: Math.sqrt(Math.max(0, next ** 2 - (down * keep) ** 2)) };
}

/** The form of models in which x = data + sigma · noise. */
export function varianceExplodingStep(
	sigma: number,
	next: number,
	eta: number,
): Pick<AncestralStep, 'down' | 'renew'> {
	const renew = Math.min(
		next,
		eta * Math.sqrt((next ** 2 * (sigma ** 2 - next ** 2)) / sigma ** 2),
	);
	return { down: Math.sqrt(next ** 2 - renew ** 2), renew };
}
