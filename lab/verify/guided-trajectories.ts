import type { Conditioning } from '../../src/families/parts/prompt-encoder.ts';
import type { Turn } from '../../src/families/parts/turn.ts';
import { ZImageDenoiser } from '../../src/families/z-image/denoiser.ts';
import type { ZImageTransformer } from '../../src/families/z-image/transformer.ts';
import { guide, type Guidance } from '../../src/pipeline/sampling/guidance.ts';
import { sampleLatent } from '../../src/pipeline/sampling/sample-latent.ts';
import { EULER } from '../../src/pipeline/sampling/samplers/euler.ts';
import type { NumericTensor } from './read-numeric-tensors.ts';

export interface GuidedGolden {
	readonly transformer: ZImageTransformer;
	/** Refined: the prompt's, then that of the negative prompt. */
	readonly conditionings: readonly Conditioning[];
	readonly tensor: (name: string) => NumericTensor;
	readonly take: <Result>(turn: Turn<Result>) => Promise<Result>;
}

/** The first step's outputs and whole trajectories under guidance, by the names that golden files have. */
export async function guidedTrajectories(
	golden: GuidedGolden,
): Promise<ReadonlyMap<string, Float32Array>> {
	const { transformer, conditionings, tensor, take } = golden;
	const noise = tensor('noise');
	const [, height, width] = noise.shape;
	const grid = { height, width };
	const sigmas = Float32Array.from(tensor('sigmas').values);
	const scale = 1 + strengthOf(tensor);

	/** @returns the latents after each step */
	const sample = async (guidance: Guidance): Promise<readonly Float32Array[]> => {
		const after: Float32Array[] = [];
		await take(
			sampleLatent({
				denoiser: new ZImageDenoiser(transformer),
				sampler: EULER,
				...{ grid, conditionings, guidance, sigmas },
				latent: Float32Array.from(noise.values),
				onStep: ({ latent }) => void after.push(latent.slice()),
			}),
		);
		return after;
	};

	const [positive, negative] = await take(firstOutputs(golden, grid, sigmas[0]));
	const plain = await sample({ scale });
	const normalized = await sample({ scale, normalization: 1 });
	const [truncation] = tensor('truncated.cfg_truncation').values;
	const truncated = await sample({ scale, truncation });
	return new Map([
		['step0.out_positive', positive],
		['step0.out_negative', negative],
		['step0.out_guided', guide([positive, negative], { scale })],
		['step0.out_guided_normalized', guide([positive, negative], { scale, normalization: 1 })],
		['plain.traj', joined(plain)],
		['normalized.traj', joined(normalized)],
		['truncated.last', truncated[truncated.length - 1]],
	]);
}

function firstOutputs(
	{ transformer, conditionings, tensor }: GuidedGolden,
	grid: { readonly height: number; readonly width: number },
	sigma: number,
): Turn<readonly Float32Array[]> {
	const passes = conditionings.length;
	const denoising = transformer.prepare(grid, conditionings, [{ time: 1 - sigma, passes }]);
	return {
		name: 'evaluate',
		stage: 'sample',
		order: [...denoising.openBlocks, ...denoising.stepBlocks(passes)],
		async run(runner) {
			const evaluator = await denoising.open(runner);
			const outputs = await evaluator.predict(Float32Array.from(tensor('noise').values), 0);
			evaluator.release();
			return outputs;
		},
	};
}

/** How strongly the golden file was guided, which only its own outputs say. */
function strengthOf(tensor: GuidedGolden['tensor']): number {
	const positive = tensor('step0.out_positive').values;
	const negative = tensor('step0.out_negative').values;
	const guided = tensor('step0.out_guided').values;
	let along = 0;
	let square = 0;
	for (let i = 0; i < positive.length; i++) {
		const difference = positive[i] - negative[i];
		along += (guided[i] - positive[i]) * difference;
		square += difference ** 2;
	}
	// People choose guidance in hundredths at most; the outputs are rounded to f32.
	return Math.round((along / square) * 1e4) / 1e4;
}

function joined(parts: readonly Float32Array[]): Float32Array {
	const [{ length }] = parts;
	const values = new Float32Array(parts.length * length);
	for (const [i, part] of parts.entries()) values.set(part, i * length);
	return values;
}
