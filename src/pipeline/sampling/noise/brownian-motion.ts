import { combination } from '../steps/combination.ts';
import type { NoiseSource } from './noise-source.ts';
import { seedSequence } from './seed-sequence.ts';

/** A span of sigmas, and the motion's increment over it. */
interface Node {
	readonly from: number;
	readonly to: number;
	readonly increment: Float32Array;
	readonly path: bigint;
	readonly depth: number;
	halves?: readonly [Node, Node];
}

/**
 * Noise that belongs to sigmas, not to steps: increments of one Brownian motion over the schedule, as
 * torchsde's tree has them. Twice as many steps add the same noise in smaller pieces.
 *
 * Source: docs/spec/samplers.md, section 6.3
 */
export class BrownianMotion implements NoiseSource {
	readonly #root: Node;
	readonly #seed: bigint;
	readonly #randn: (seed: number) => Float32Array;

	/**
	 * @param sigmas of the schedule: the motion goes from the smallest above 0 to the largest
	 * @param randn normal deviates of the latent's length for a seed of 32 bits
	 */
	constructor(sigmas: Float32Array, seed: bigint, randn: (seed: number) => Float32Array) {
		this.#seed = BigInt.asUintN(64, seed);
		this.#randn = randn;
		const positive = sigmas.filter((sigma) => sigma > 0);
		const [least, most] = [Math.min(...positive), Math.max(...positive)];
		const [rootSeed] = seedSequence(this.#seed, undefined, 3);
		this.#root = {
			from: toMillionths(least),
			to: toMillionths(most),
			increment: combination([Math.sqrt(most - least), randn(rootSeed)]),
			path: 0n,
			depth: 0,
		};
	}

	draw(sigma: number, next: number): Float32Array {
		const { from, to } = this.#root;
		const clamp = (time: number): number => Math.min(to, Math.max(from, toMillionths(time)));
		const pieces = this.#cover(this.#root, clamp(next), clamp(sigma));
		const scale = -1 / Math.sqrt(Math.abs(next - sigma));
		if (pieces.length === 0) return new Float32Array(this.#root.increment.length);
		return combination(...pieces.map(({ increment }) => [scale, increment] as const));
	}

	/** The fewest nodes that make up a span. */
	#cover(node: Node, from: number, to: number): readonly Node[] {
		if (from >= to || to <= node.from || from >= node.to) return [];
		if (from <= node.from && to >= node.to) return [node];
		const [left, right] = this.#halvesOf(node);
		return [...this.#cover(left, from, to), ...this.#cover(right, from, to)];
	}

	#halvesOf(node: Node): readonly [Node, Node] {
		if (node.halves !== undefined) return node.halves;
		const { from, to, increment, path, depth } = node;
		const middle = toMillionths((from + to) / 2);
		const [seed] = seedSequence(this.#seed, [path, BigInt(depth)], 4);
		const share = (middle - from) / (to - from);
		const deviation = Math.sqrt(((middle - from) * (to - middle)) / (to - from));
		const left = combination([share, increment], [deviation, this.#randn(seed)]);
		const next = { depth: depth + 1 };
		node.halves = [
			{ from, to: middle, increment: left, path: 2n * path, ...next },
			{
				from: middle,
				to,
				increment: combination([1, increment], [-1, left]),
				path: 2n * path + 1n,
				...next,
			},
		];
		return node.halves;
	}
}

/** Rounded to six decimals, exact ties to even: only odd multiples of 1/128 are ties, which toFixed rounds up. */
function toMillionths(time: number): number {
	const of128 = time * 128;
	if (Number.isInteger(of128) && of128 % 2 !== 0) {
		const millionths = Math.floor(time * 1e6);
		return (millionths + (millionths % 2 === 0 ? 0 : 1)) / 1e6;
	}
	return Number(time.toFixed(6));
}
