import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	AutoencoderKlDecoder,
	parseAutoencoderKlConfig,
} from '../../src/families/vae/autoencoder-kl-decoder.ts';
import type { Block } from '../../src/families/parts/block.ts';
import type { LatentGrid } from '../../src/families/parts/latent-space.ts';
import { FusedBlockEngine } from '../../src/gpu/fused/fused-block-engine.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { convertComponent } from '../../lab/verify/convert-component.ts';
import { fetchFile } from '../../lab/verify/fetch-file.ts';
import { type NumericTensor, readNumericTensors } from '../../lab/verify/read-numeric-tensors.ts';
import { ModelGraphs } from '../../src/pipeline/runner/model-graphs.ts';
import { TurnRun } from '../../src/pipeline/runner/turn-run.ts';
import { turnPeaks } from '../../src/pipeline/turn-peaks.ts';
import { torchRandn } from '../../src/pipeline/sampling/noise/torch-randn.ts';
import type { ShardRecord } from '../../src/store/model-manifest.ts';
import { MemoryShardStore } from '../fixtures/memory-shard-store.ts';
import { relativeL2 } from '../fixtures/relative-l2.ts';

const FOLDER = new URL('/test/fixtures/golden/', location.href);
/** Kernel jobs, the check for infinite values, and what the self-test leaves. */
const SMALL_BUFFERS_BYTES = 2 ** 20;
const GOLDEN_TOLERANCE = 1e-5;
/** Sums over slabs of channels are added up in another order, in 14 residual stages one after another. */
const CUT_TOLERANCE = 3e-6;

let context: GpuContext;
let vae: AutoencoderKlDecoder;
let graphs: ModelGraphs;
let shards: readonly ShardRecord[];
let golden: ReadonlyMap<string, NumericTensor>;
const store = new MemoryShardStore();

beforeAll(async () => {
	const read = (name: string) => fetchFile(new URL(name, FOLDER).href);
	golden = await readNumericTensors(await read('vae-tiny.golden.safetensors'));
	const config: unknown = await (await fetch(new URL('vae-tiny.config.json', FOLDER))).json();
	vae = new AutoencoderKlDecoder(parseAutoencoderKlConfig(config));
	const weights = [await read('vae-tiny.original.safetensors')];
	shards = await convertComponent(vae, weights, 'vae', store);
	context = await GpuContext.open();
	const fallbacks: string[] = [];
	const engine = await FusedBlockEngine.open(context, {
		onFallback: (graph, reason) => void fallbacks.push(`${graph}: ${reason}`),
	});
	expect(fallbacks).toEqual([]);
	graphs = new ModelGraphs(engine, [vae]);
});
afterAll(() => context[Symbol.dispose]());

interface Decoded {
	readonly image: Float32Array;
	readonly observed: ReadonlyMap<string, Float32Array>;
	/** Of activations and scratch buffers. */
	readonly peakBytes: number;
}

async function decode(
	latent: Float32Array,
	grid: LatentGrid,
	memoryBytes: number | undefined,
	isObserved: boolean,
): Promise<Decoded> {
	const observed = new Map<string, Float32Array>();
	context.ledger.resetPeaks();
	const turn = vae.decode(latent, grid);
	const image = await TurnRun.with(
		{
			context,
			store,
			modelId: 'vae',
			graphs,
			shard,
			order: turn.order,
			weightBytes: 0,
			...(isObserved ? { observer: (name, values) => observed.set(name, values.slice()) } : {}),
		},
		(run) => turn.run(run, memoryBytes),
	);
	return { image, observed, peakBytes: context.ledger.peakBytesOf('activations') };
}

function shard({ id }: Block): ShardRecord {
	const found = shards.find(({ block }) => block === id);
	if (found === undefined) throw new Error(`no shard for ${id}`);
	return found;
}

function requireTensor(name: string): NumericTensor {
	const tensor = golden.get(name);
	if (tensor === undefined) throw new Error(`no golden ${name}`);
	return tensor;
}

it('decodes the golden latent in every cutting, stage by stage', { timeout: 400_000 }, async () => {
	const latent = requireTensor('latent');
	const [, height = 0, width = 0] = latent.shape;
	const peaks = await turnPeaks(
		vae.decode(torchRandn(3, 16 * height * width), { height, width }),
		graphs,
	);
	expect(peaks.length).toBeGreaterThan(3);
	for (const memoryBytes of peaks) {
		const { observed } = await decode(latent.values, { height, width }, memoryBytes, true);
		const errors = [...golden].flatMap(([name, { values }]) => {
			const actual = observed.get(name);
			return actual === undefined ? [] : [[name, relativeL2(actual, values)] as const];
		});
		console.log(memoryBytes, errors);
		expect(errors.map(([name]) => name)).toContain('image');
		expect(errors.filter(([, error]) => !(error <= GOLDEN_TOLERANCE))).toEqual([]);
	}
});

describe.each([
	{ height: 8, width: 8 },
	{ height: 9, width: 7 },
	{ height: 5, width: 11 },
])('a latent of $width x $height', ({ height, width }) => {
	it('is decoded to the uncut pixels in every cutting, in the memory that was foretold', async () => {
		const latent = torchRandn(3, 16 * height * width);
		const whole = await decode(latent, { height, width }, undefined, false);
		for (const memoryBytes of await turnPeaks(
			vae.decode(torchRandn(3, 16 * height * width), { height, width }),
			graphs,
		)) {
			const cut = await decode(latent, { height, width }, memoryBytes, false);
			const error = relativeL2(cut.image, whole.image);
			console.log(height, width, memoryBytes, cut.peakBytes - memoryBytes, error);
			expect(error).toBeLessThanOrEqual(CUT_TOLERANCE);
			expect(cut.peakBytes).toBeLessThanOrEqual(memoryBytes + SMALL_BUFFERS_BYTES);
			expect(cut.peakBytes).toBeLessThan(whole.peakBytes);
		}
	});
});
