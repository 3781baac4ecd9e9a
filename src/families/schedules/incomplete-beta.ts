const BISECTIONS = 1100;
const MOST_TERMS = 300;
const TINY = 1e-300;

/**
 * Where the regularised incomplete beta function has the value `share`: the quantile of a beta distribution.
 *
 * @param share from 0 to 1
 */
export function inverseIncompleteBeta(share: number, a: number, b: number): number {
	if (share <= 0) return 0;
	if (share >= 1) return 1;
	// Exactly, since schedules round what they make of it, and half a place is a tie.
	if (a === b && share === 0.5) return 0.5;
	let [low, high] = [0, 1];
	// Ends earlier: no double lies between two neighbours.
	for (let i = 0; i < BISECTIONS; i++) {
		const middle = (low + high) / 2;
		if (middle <= low || middle >= high) break;
		if (incompleteBeta(middle, a, b) < share) low = middle;
		else high = middle;
	}
	return (low + high) / 2;
}

/** Source: Press et al., Numerical Recipes, section 6.4 */
function incompleteBeta(x: number, a: number, b: number): number {
	const logFactor =
		logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
	const factor = Math.exp(logFactor);
	// The continued fraction converges fast on one side of the mean only.
	return x < (a + 1) / (a + b + 2)
		? (factor * continuedFraction(x, a, b)) / a
		: 1 - (factor * continuedFraction(1 - x, b, a)) / b;
}

function continuedFraction(x: number, a: number, b: number): number {
	const awayFromZero = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
	let c = 1;
	let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
	let result = d;
	for (let m = 1; m <= MOST_TERMS; m++) {
		const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
		d = 1 / awayFromZero(1 + even * d);
		c = awayFromZero(1 + even / c);
		result *= d * c;
		const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
		d = 1 / awayFromZero(1 + odd * d);
		c = awayFromZero(1 + odd / c);
		result *= d * c;
		if (Math.abs(d * c - 1) < 1e-16) break;
	}
	return result;
}

const LANCZOS = [
	0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
	-176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
	1.5056327351493116e-7,
] as const;

/** Of numbers above 0.5: arguments here are at least that, or go by the next. */
function logGamma(x: number): number {
	if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
	const shifted = x - 1;
	const base = shifted + LANCZOS.length - 1.5;
	const sum = LANCZOS.reduce(
		(total, value, i) => total + (i === 0 ? value : value / (shifted + i)),
		0,
	);
	return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum);
}
