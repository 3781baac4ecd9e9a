import { findComponent } from '../../lab/find-component.ts';
import { buildModel } from '../../src/families/registry.ts';
import {
	type ComponentPlan,
	planComponent,
	type PlannedTensor,
} from '../../src/install/checkpoint/component-plan.ts';
import { Z_IMAGE_TURBO } from '../../src/families/z-image/published.ts';
import type { SafetensorsTensor } from '../../src/install/checkpoint/safetensors.ts';
import { startHasher, type StartHasher } from '../../src/install/hash/stream-hasher.ts';
import { ConversionMemory, TensorConverter } from '../../src/install/convert/tensor-converter.ts';
import type { ShardWriter } from '../../src/store/shard-store.ts';
import { startNativeHasher } from '../native-hasher.ts';
import { parseOptions, wholeNumber } from '../parse-options.ts';

/** As a file or a connection hands bytes out. */
const PIECE_BYTES = 2 ** 20;
const DEFAULT_ROUNDS = 5;

/** MB/s of source. */
interface Speed {
	/** By the clock: other programs count. */
	readonly wall: number;
	/** By the time this process had the processor. */
	readonly cpu: number;
}

/**
 * Converts one transformer block at full size, from memory to a store that forgets, and copies the same
 * bytes for comparison. Best of some rounds: what disturbs only makes slower.
 */
export async function benchConvert(args: readonly string[]): Promise<void> {
	const options = parseOptions(args, { rounds: { type: 'string' } });
	const rounds = wholeNumber('rounds', options.rounds, 1) ?? DEFAULT_ROUNDS;
	for (const dtype of ['BF16', 'F32'] as const) {
		const { tensors, byteLength } = blockTensors(dtype);
		const source = randomWeights(dtype, byteLength);
		const copy = await best(rounds, byteLength, () => copyPieces(source));
		const convert = await best(rounds, byteLength, () => convertAll(tensors, source));
		const ratio = (convert.cpu / copy.cpu).toFixed(2);
		console.log(
			`${dtype} -> transposed FP16, ${(byteLength / 1e6).toFixed(0)} MB of source: ` +
				`${show(convert)}; plain copy: ${show(copy)}; ratio ${ratio}`,
		);
	}
	const bytes = randomWeights('BF16', 64 * 2 ** 20);
	const hashers: readonly (readonly [string, StartHasher])[] = [
		['WebAssembly, as in the page', startHasher],
		['native, as in npm run convert', startNativeHasher],
	];
	for (const [name, start] of hashers) {
		const speed = await best(rounds, bytes.byteLength, async () => {
			const hasher = await start();
			for (const piece of pieces(bytes)) await hasher.update(piece);
			await hasher.digest();
		});
		console.log(`SHA-256 apart from it (${name}): ${show(speed)}`);
	}
}

/** The tensors of `layers.0`, one behind the other in a file of their own. */
function blockTensors(dtype: 'BF16' | 'F32'): {
	readonly tensors: readonly PlannedTensor[];
	readonly byteLength: number;
} {
	const model = buildModel(Z_IMAGE_TURBO.card.family, Z_IMAGE_TURBO.configs);
	const transformer = findComponent(model, 'transformer');
	const entries = new Map<string, SafetensorsTensor>();
	let byteOffset = 0;
	for (const { tensors } of transformer.blocks) {
		for (const { sourceName: name, sourceShape: shape } of tensors) {
			const values = shape.reduce((product, extent) => product * extent, 1);
			const byteLength = values * (dtype === 'F32' ? 4 : 2);
			entries.set(name, { name, dtype, shape, byteOffset, byteLength });
			byteOffset += byteLength;
		}
	}
	const plan: ComponentPlan = planComponent(transformer, [
		{ tensors: entries, metadata: new Map() },
	]);
	const all = plan.files[0] ?? [];
	const tensors = all.filter(({ shard }) => shard.block === 'layers.0');
	const byteLength = tensors.reduce((sum, tensor) => sum + tensor.byteLength, 0);
	return { tensors, byteLength };
}

/** Bit patterns with all mantissas and the exponents of real weights: 2^-15 to 2^0, both signs. */
function randomWeights(dtype: 'BF16' | 'F32', byteLength: number): Uint8Array<ArrayBuffer> {
	if (dtype === 'BF16') {
		const values = new Uint16Array(byteLength / 2);
		for (let i = 0; i < values.length; i++) {
			const random = Math.imul(i, 2654435761) >>> 0;
			values[i] = ((random & 1) << 15) | ((112 + ((random >>> 8) & 15)) << 7) | (random >>> 25);
		}
		return new Uint8Array(values.buffer);
	}
	const values = new Uint32Array(byteLength / 4);
	for (let i = 0; i < values.length; i++) {
		const random = Math.imul(i, 2654435761) >>> 0;
		values[i] = ((random & 1) << 31) | ((112 + ((random >>> 27) & 15)) << 23) | (random >>> 9);
	}
	return new Uint8Array(values.buffer);
}

async function convertAll(
	tensors: readonly PlannedTensor[],
	source: Uint8Array<ArrayBuffer>,
): Promise<void> {
	const nothing = async () => undefined;
	const writer: ShardWriter = {
		...{ write: nothing, flush: nothing, commit: nothing },
		...{ park: nothing, abort: nothing },
	};
	let position = 0;
	for (const tensor of tensors) {
		const converter = new TensorConverter(tensor, writer, memory);
		const bytes = source.subarray(position, position + tensor.byteLength);
		for (const piece of pieces(bytes)) await converter.push(piece);
		await converter.finish();
		position += tensor.byteLength;
	}
}

const memory = new ConversionMemory();
const copyTarget = new Uint8Array(128 * 2 ** 20);

/** As much memory is written as the conversion's largest matrix has. */
async function copyPieces(source: Uint8Array<ArrayBuffer>): Promise<void> {
	let at = 0;
	for (const piece of pieces(source)) {
		if (at + piece.byteLength > copyTarget.byteLength) at = 0;
		copyTarget.set(piece, at);
		at += piece.byteLength;
	}
}

function* pieces(bytes: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>> {
	for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
		yield bytes.subarray(at, at + PIECE_BYTES);
	}
}

async function best(rounds: number, byteLength: number, run: () => Promise<void>): Promise<Speed> {
	let wall = Infinity;
	let cpu = Infinity;
	for (let round = 0; round < rounds; round++) {
		const start = performance.now();
		const before = process.cpuUsage();
		await run();
		wall = Math.min(wall, (performance.now() - start) / 1e3);
		const { user, system } = process.cpuUsage(before);
		cpu = Math.min(cpu, (user + system) / 1e6);
	}
	return { wall: byteLength / 1e6 / wall, cpu: byteLength / 1e6 / cpu };
}

function show({ wall, cpu }: Speed): string {
	return `${wall.toFixed(0)} MB/s (${cpu.toFixed(0)} by processor time)`;
}
