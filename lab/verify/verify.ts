import {
	AutoencoderKlDecoder,
	parseAutoencoderKlConfig,
} from '../../src/families/vae/autoencoder-kl-decoder.ts';
import type { Block, Component } from '../../src/families/parts/block.ts';
import type { Turn } from '../../src/families/parts/turn.ts';
import {
	parseQwen3Config,
	Qwen3TextEncoder,
} from '../../src/families/encoders/qwen3-text-encoder.ts';
import { parseZImageConfig } from '../../src/families/z-image/config.ts';
import { SHIFT } from '../../src/families/z-image/family.ts';
import type { Denoising } from '../../src/families/parts/denoiser.ts';
import { flowMatchSchedule, TRAIN_STEPS } from '../../src/families/schedules/flow-match.ts';
import { ZImageDenoiser } from '../../src/families/z-image/denoiser.ts';
import { ZImageTransformer } from '../../src/families/z-image/transformer.ts';
import type { BlockEngine } from '../../src/gpu/block-engine.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import type { BlockEngineName } from '../../src/engine/block-engine-names.ts';
import { featuresFor, openBlockEngine } from '../../src/engine/open-block-engine.ts';
import { ModelGraphs } from '../../src/pipeline/runner/model-graphs.ts';
import { TurnRun } from '../../src/pipeline/runner/turn-run.ts';
import { EULER } from '../../src/pipeline/sampling/samplers/euler.ts';
import { sampleLatent } from '../../src/pipeline/sampling/sample-latent.ts';
import { IndexedDbShardStore } from '../../src/store/indexeddb-shard-store.ts';
import type { ShardRecord } from '../../src/store/model-manifest.ts';
import type { PictureAdapters } from '../../src/pipeline/adapters/adapter-set.ts';
import { adapterTensors } from './adapter-tensors.ts';
import { guidedTrajectories } from './guided-trajectories.ts';
import { convertComponent } from './convert-component.ts';
import { fetchFile } from './fetch-file.ts';
import { type NumericTensor, readNumericTensors } from './read-numeric-tensors.ts';
import type { VerifiedTensor, VerifyCase } from './verify-contract.ts';

type Golden = ReadonlyMap<string, NumericTensor>;
type Values = Float32Array;

/** FP16 subnormals may be flushed by a GPU, and Qwen3's weights have some. */
const TEXT_TOLERANCE = 3e-5;
const BLOCK_TOLERANCE = 1e-5;
/** For what many blocks or steps add up to. */
const ACCUMULATED_TOLERANCE = 1e-4;
const LAST_OF_TRAJECTORY = 'traj.last';
const ACCUMULATED = new Set([
	...['traj', LAST_OF_TRAJECTORY, 'image', 'plain.traj', 'normalized.traj', 'truncated.last'],
	...['step0.out_guided', 'step0.out_guided_normalized'],
]);
/**
 * For FP16 factors, in whatever they reach. The tiny model's tensors come out within 6.5e-4 and its
 * trajectories within 1.6e-4, on units that are emulated exactly (test/gpu/golden.test.ts).
 */
const MATRIX_TOLERANCE = 1e-3;

const MODEL_ID = 'verify';

/**
 * Runs one weights file against one golden file: the same conversion, store, streaming and engine as
 * the app's.
 *
 * @param openEngine opens the case's engine, unless the caller has another way
 */
export async function verifyCase(
	verify: VerifyCase,
	openEngine: (
		name: BlockEngineName,
		context: GpuContext,
	) => Promise<BlockEngine> = openBlockEngine,
): Promise<readonly VerifiedTensor[]> {
	const golden = await readNumericTensors(await fetchFile(verify.goldenUrl));
	const context = await GpuContext.open(featuresFor(verify.engine));
	const store = new IndexedDbShardStore('shardlight-verify');
	try {
		const { adapters } = verify;
		const inputs =
			adapters === undefined
				? golden
				: await readNumericTensors(await fetchFile(adapters.inputsUrl));
		const subject = createSubject(verify, inputs);
		const weights = [await fetchFile(verify.weightsUrl)];
		const records = await convertComponent(subject.component, weights, MODEL_ID, store);
		const shards = new Map(records.map((record) => [record.block, record]));
		const engine = await openEngine(verify.engine, context);
		if (verify.engine === 'matrix' && engine.matrixUse?.type !== 'used') {
			throw new Error(engine.matrixUse?.reason ?? 'This browser exposes no matrix units.');
		}
		const graphs = new ModelGraphs(engine, [subject.component], true);
		const compute = async (
			adapted?: PictureAdapters,
			wants: (tensor: string) => boolean = () => true,
		): Promise<ReadonlyMap<string, Values>> => {
			const computed = new Map<string, Values>();
			await subject.compute({
				...{ computed, wants },
				take: (turn, observed = true) =>
					TurnRun.with(
						{
							context,
							store,
							modelId: MODEL_ID,
							graphs,
							shard: (block) => requireShard(shards, block),
							order: turn.order,
							weightBytes: 0,
							adapters: adapted,
							...(observed ? { observer: (name, values) => computed.set(name, values) } : {}),
						},
						(run) => turn.run(run),
					),
			});
			return computed;
		};
		const computed =
			adapters === undefined
				? await compute()
				: await adapterTensors(adapters.cases, subject, golden, compute);
		await graphs.dispose();
		return [...golden].map(([tensor, { values }]) =>
			compare(tensor, values, computed.get(tensor), subject, verify.engine),
		);
	} finally {
		await store.deleteObjects(MODEL_ID);
		context[Symbol.dispose]();
	}
}

/** What a subject's computation may use. */
interface Bench {
	readonly computed: Map<string, Values>;
	readonly take: <Result>(turn: Turn<Result>, observed?: boolean) => Promise<Result>;
	/** Whether a tensor is compared at all. */
	readonly wants: (tensor: string) => boolean;
}

/** A network under test: how its golden values are computed and which golden tensors it is fed. */
interface Subject {
	readonly component: Component;
	readonly inputs: ReadonlySet<string>;
	readonly tolerance: number;
	compute(bench: Bench): Promise<void>;
}

function createSubject(verify: VerifyCase, golden: Golden): Subject {
	switch (verify.kind) {
		case 'z-image':
			return transformerSubject(new ZImageTransformer(parseZImageConfig(verify.config)), golden);
		case 'qwen3':
			return textEncoderSubject(verify.config, golden);
		case 'autoencoder-kl':
			return decoderSubject(
				new AutoencoderKlDecoder(parseAutoencoderKlConfig(verify.config)),
				golden,
			);
	}
}

const INPUTS = ['cap', 'cap_negative', 'latent', 'noise', 't'];
/** Of golden files of guidance, whose schedule is part of the case. */
const GUIDED_INPUTS = [...INPUTS, 'sigmas', 'timesteps', 'truncated.cfg_truncation'];

function transformerSubject(transformer: ZImageTransformer, golden: Golden): Subject {
	return {
		component: transformer,
		inputs: new Set(golden.has('plain.traj') ? GUIDED_INPUTS : INPUTS),
		tolerance: BLOCK_TOLERANCE,
		async compute({ computed, take, wants }) {
			const caption = requireTensor(golden, 'cap');
			const [tokens = 0] = caption.shape;
			const latent = golden.get('latent');
			const noise = golden.get('noise');
			const negative = golden.get('cap_negative');
			const captions = [{ values: caption.values, tokens }];
			if (negative !== undefined) {
				captions.push({ values: negative.values, tokens: negative.shape[0] });
			}
			const conditionings = await take(transformer.refine(captions));
			if (golden.has('plain.traj')) {
				const guided = await guidedTrajectories({
					...{ transformer, conditionings },
					tensor: (name) => requireTensor(golden, name),
					take: (turn) => take(turn, false),
				});
				for (const [name, values] of guided) computed.set(name, values);
				return;
			}
			if (latent !== undefined) {
				const [, height = 0, width = 0] = latent.shape;
				const times = requireTensor(golden, 't').values;
				const denoising = transformer.prepare({ height, width }, conditionings, [
					{ time: times[0], passes: 1 },
				]);
				const [out] = await take(oneEvaluation(denoising, latent.values));
				computed.set('out', out);
			}
			if (noise !== undefined && ['traj', LAST_OF_TRAJECTORY].some(wants)) {
				const [, height = 0, width = 0] = noise.shape;
				const steps = requireTensor(golden, 'traj').shape[0] - 1;
				const sigmas = flowMatchSchedule(steps, SHIFT);
				const trajectory = [noise.values.slice()];
				const turn = sampleLatent({
					denoiser: new ZImageDenoiser(transformer),
					sampler: EULER,
					grid: { height, width },
					conditionings,
					guidance: { scale: 1 },
					sigmas,
					latent: noise.values.slice(),
					onStep: ({ latent: after }) => void trajectory.push(after.slice()),
				});
				await take(turn, false);
				computed.set('traj', concatenate(trajectory));
				computed.set(LAST_OF_TRAJECTORY, trajectory[steps]);
				computed.set('sigmas', sigmas);
				computed.set(
					'timesteps',
					sigmas.slice(0, -1).map((sigma) => TRAIN_STEPS * sigma),
				);
			}
		},
	};
}

function oneEvaluation(
	{ openBlocks, stepBlocks, open }: Denoising,
	latent: Values,
): Turn<readonly Values[]> {
	return {
		name: 'evaluate',
		stage: 'sample',
		order: [...openBlocks, ...stepBlocks(1)],
		async run(runner) {
			const evaluator = await open(runner);
			const outputs = await evaluator.predict(latent, 0);
			evaluator.release();
			return outputs;
		},
	};
}

function textEncoderSubject(config: unknown, golden: Golden): Subject {
	const parsed = parseQwen3Config(config);
	const whole = golden.has(`hidden_states.${parsed.layers}`);
	const encoder = new Qwen3TextEncoder(parsed, { whole });
	return {
		component: encoder,
		inputs: new Set(['input_ids']),
		tolerance: TEXT_TOLERANCE,
		async compute({ take }) {
			const ids = Int32Array.from(requireTensor(golden, 'input_ids').values);
			await take(encoder.encode([ids]));
		},
	};
}

function decoderSubject(decoder: AutoencoderKlDecoder, golden: Golden): Subject {
	return {
		component: decoder,
		inputs: new Set(['latent']),
		tolerance: BLOCK_TOLERANCE,
		async compute({ take }) {
			const latent = requireTensor(golden, 'latent');
			const [, height = 0, width = 0] = latent.shape;
			await take(decoder.decode(latent.values, { height, width }));
		},
	};
}

function compare(
	tensor: string,
	expected: Values,
	actual: Values | undefined,
	subject: Subject,
	engine: BlockEngineName,
): VerifiedTensor {
	const isAccumulated = ACCUMULATED.has(tensor.slice(tensor.lastIndexOf('/') + 1));
	const exact = isAccumulated ? ACCUMULATED_TOLERANCE : subject.tolerance;
	const tolerance = engine === 'matrix' ? Math.max(exact, MATRIX_TOLERANCE) : exact;
	if (subject.inputs.has(tensor)) {
		return { tensor, status: 'input', relativeError: 0, tolerance };
	}
	const relativeError = actual === undefined ? Infinity : relativeL2(actual, expected);
	const status = relativeError <= tolerance ? 'ok' : 'fail';
	return { tensor, status, relativeError, tolerance };
}

/** ||a - b||₂ / ||b||₂; infinite if the lengths differ or a value is not a number. */
function relativeL2(actual: Values, expected: Values): number {
	if (actual.length !== expected.length) return Infinity;
	let difference = 0;
	let magnitude = 0;
	for (let i = 0; i < expected.length; i++) {
		difference += (actual[i] - expected[i]) ** 2;
		magnitude += expected[i] ** 2;
	}
	if (difference === 0) return 0;
	const error = Math.sqrt(difference / magnitude);
	return Number.isNaN(error) ? Infinity : error;
}

function requireTensor(golden: Golden, name: string): NumericTensor {
	const tensor = golden.get(name);
	if (tensor === undefined) throw new RangeError(`The golden file holds no "${name}"`);
	return tensor;
}

function requireShard(shards: ReadonlyMap<string, ShardRecord>, block: Block): ShardRecord {
	const shard = shards.get(block.id);
	if (shard === undefined) throw new RangeError(`${block.id} was not converted`);
	return shard;
}

function concatenate(parts: readonly Values[]): Values {
	const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
	let offset = 0;
	for (const part of parts) {
		joined.set(part, offset);
		offset += part.length;
	}
	return joined;
}
