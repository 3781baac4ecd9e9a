import {
	AutoencoderKlDecoder,
	parseAutoencoderKlConfig,
} from '../../src/families/vae/autoencoder-kl-decoder.ts';
import { shardLayout } from '../../src/families/parts/shard-layout.ts';
import type { Turn } from '../../src/families/parts/turn.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { Z_IMAGE_TURBO } from '../../src/families/z-image/published.ts';
import { ModelGraphs } from '../../src/pipeline/runner/model-graphs.ts';
import { TurnRun } from '../../src/pipeline/runner/turn-run.ts';
import { turnPeaks } from '../../src/pipeline/turn-peaks.ts';
import { torchRandn } from '../../src/pipeline/sampling/noise/torch-randn.ts';
import type { ShardReader, ShardStore, StoredObject } from '../../src/store/shard-store.ts';
import type { BlockEngineName } from '../../src/engine/block-engine-names.ts';
import { openBlockEngine } from '../../src/engine/open-block-engine.ts';

export interface DecodeBenchOptions {
	/** Pictures, in pixels; multiples of 8. */
	readonly sizes?: readonly { readonly width: number; readonly height: number }[];
	/** vae/config.json; Z-Image-Turbo's where not given. */
	readonly config?: unknown;
	readonly engine?: BlockEngineName;
	/** Of which the median counts, after one that compiles and warms up. */
	readonly repeats?: number;
	/** Cuttings that would take more are left out. */
	readonly mostBytes?: number;
	/** How many cuttings of a size are timed, from the least work on. */
	readonly mostCuttings?: number;
}

export interface DecodeTiming {
	readonly width: number;
	readonly height: number;
	/** What the decode was allowed for activations; undefined for the uncut decode. */
	readonly allowedBytes: number | undefined;
	/** From the latent in main memory to the pixels in main memory, weights read from memory. */
	readonly milliseconds: number;
	/** The ledger's, weights and staging included. */
	readonly peakBytes: number;
	readonly peakActivationBytes: number;
	readonly error?: string;
}

export interface DecodeBenchReport {
	readonly adapter: string;
	readonly engine: BlockEngineName;
	readonly timings: readonly DecodeTiming[];
}

const DEFAULT_SIZES = [
	{ width: 1024, height: 1024 },
	{ width: 1536, height: 1024 },
	{ width: 2048, height: 2048 },
];

/** Times whole decodes on made-up weights, in each cutting. */
export async function benchDecode(
	options: DecodeBenchOptions = {},
	onTiming: (timing: DecodeTiming) => void = () => undefined,
): Promise<DecodeBenchReport> {
	const { engine = 'fused', mostBytes = Infinity, mostCuttings = Infinity } = options;
	using timer = await DecodeTimer.open(engine, options);
	const timings: DecodeTiming[] = [];
	for (const size of options.sizes ?? DEFAULT_SIZES) {
		const peaks = (await timer.peaks(size)).filter((bytes) => bytes <= mostBytes);
		const cuttings = engine === 'ort' ? [undefined] : peaks.slice(0, mostCuttings);
		for (const allowedBytes of cuttings) {
			const timing = await timer.time(size, allowedBytes);
			timings.push(timing);
			onTiming(timing);
		}
	}
	return { adapter: timer.adapter, engine, timings };
}

type Size = Pick<DecodeTiming, 'width' | 'height'>;

class DecodeTimer implements Disposable {
	readonly #context: GpuContext;
	readonly #vae: AutoencoderKlDecoder;
	readonly #graphs: ModelGraphs;
	readonly #repeats: number;

	private constructor(
		context: GpuContext,
		vae: AutoencoderKlDecoder,
		graphs: ModelGraphs,
		repeats: number,
	) {
		this.#context = context;
		this.#vae = vae;
		this.#graphs = graphs;
		this.#repeats = repeats;
	}

	static async open(
		engine: BlockEngineName,
		{ config = Z_IMAGE_TURBO.configs.vae, repeats = 3 }: DecodeBenchOptions,
	): Promise<DecodeTimer> {
		const context = await GpuContext.open();
		const vae = new AutoencoderKlDecoder(parseAutoencoderKlConfig(config));
		const blockEngine = await openBlockEngine(engine, context);
		const graphs = new ModelGraphs(blockEngine, [vae]);
		return new DecodeTimer(context, vae, graphs, repeats);
	}

	get adapter(): string {
		const { vendor, architecture, description } = this.#context.adapterInfo;
		return `${vendor} ${architecture} ${description}`.trim();
	}

	peaks(size: Size): Promise<readonly number[]> {
		return turnPeaks(this.#turn(size), this.#graphs);
	}

	async time(size: Size, allowedBytes: number | undefined): Promise<DecodeTiming> {
		const { ledger } = this.#context;
		try {
			await this.#decode(size, allowedBytes);
			ledger.resetPeaks();
			const times: number[] = [];
			for (let i = 0; i < this.#repeats; i++) times.push(await this.#decode(size, allowedBytes));
			times.sort((a, b) => a - b);
			return {
				...size,
				allowedBytes,
				milliseconds: times[Math.floor(times.length / 2)] ?? NaN,
				peakBytes: ledger.peakBytes,
				peakActivationBytes: ledger.peakBytesOf('activations'),
			};
		} catch (error) {
			const nothing = { milliseconds: 0, peakBytes: 0, peakActivationBytes: 0 };
			return { ...size, allowedBytes, ...nothing, error: String(error) };
		}
	}

	[Symbol.dispose](): void {
		this.#context[Symbol.dispose]();
	}

	async #decode(size: Size, allowedBytes: number | undefined): Promise<number> {
		const turn = this.#turn(size);
		const started = performance.now();
		await TurnRun.with(
			{
				context: this.#context,
				store: new SyntheticShards(),
				modelId: 'bench',
				graphs: this.#graphs,
				shard: (block) => ({ sha256: '', name: '', block: block.id, ...shardLayout(block) }),
				order: turn.order,
				weightBytes: 0,
			},
			(run) => turn.run(run, allowedBytes),
		);
		return performance.now() - started;
	}

	#turn({ width, height }: Size): Turn<Float32Array> {
		const { upscale, config } = this.#vae;
		const grid = { width: width / upscale, height: height / upscale };
		const latent = torchRandn(1, config.latentChannels * grid.height * grid.width);
		return this.#vae.decode(latent, grid);
	}
}

/** Shards of one pattern of small FP16 values, which no real decoder would like but any can compute. */
class SyntheticShards implements Pick<ShardStore, 'open'> {
	readonly #pattern: Uint8Array;

	constructor() {
		const halves = new Uint16Array(2 ** 20);
		// From 0.008 to 0.06, of both signs.
		for (const index of halves.keys()) {
			const mixed = Math.imul(index + 1, 0x9e3779b1) >>> 0;
			halves[index] = ((mixed >>> 31) << 15) | (0x2000 + ((mixed >>> 8) % 0x0c00));
		}
		this.#pattern = new Uint8Array(halves.buffer);
	}

	open(_modelId: string, _object: StoredObject): Promise<ShardReader> {
		const pattern = this.#pattern;
		return Promise.resolve({
			read(byteOffset, into) {
				for (let at = 0; at < into.byteLength;) {
					const from = (byteOffset + at) % pattern.byteLength;
					const piece = pattern.subarray(from, from + into.byteLength - at);
					into.set(piece, at);
					at += piece.byteLength;
				}
				return Promise.resolve();
			},
			close: () => undefined,
		});
	}
}
