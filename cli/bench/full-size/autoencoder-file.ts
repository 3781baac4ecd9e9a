import { type SparseFile, sparseFile, type SparseTensor } from './sparse-file.ts';

const IMAGE_CHANNELS = 3;
const LATENT_CHANNELS = 16;
/** Of a level, the one of full resolution first. */
const CHANNELS = [128, 256, 512, 512] as const;
const INNERMOST = 512;
const BLOCKS_PER_LEVEL = 2;
/** What the published header has, 472 more than these tensors need: it says something more that nobody wrote down. */
const HEADER_BYTES = 25_656;

/**
 * `ae.safetensors`: encoder and decoder of the FLUX.1 autoencoder, by the names of the latent diffusion code.
 *
 * Source: docs/spec/z-image-turbo.md 5
 */
export function autoencoderFile(): SparseFile {
	const tensors = [...encoder(), ...decoder()];
	return sparseFile('ae.safetensors', tensors, 'F32', { headerBytes: HEADER_BYTES });
}

function* encoder(): Iterable<SparseTensor> {
	yield* layer('encoder.conv_in', [CHANNELS[0], IMAGE_CHANNELS, 3, 3]);
	let channels: number = CHANNELS[0];
	for (const [level, own] of CHANNELS.entries()) {
		for (let i = 0; i < BLOCKS_PER_LEVEL; i++) {
			yield* residual(`encoder.down.${level}.block.${i}`, channels, own);
			channels = own;
		}
		const isLast = level === CHANNELS.length - 1;
		if (!isLast) yield* layer(`encoder.down.${level}.downsample.conv`, [own, own, 3, 3]);
	}
	yield* middle('encoder.mid');
	yield* layer('encoder.norm_out', [INNERMOST]);
	// A mean and a variance of each latent value.
	yield* layer('encoder.conv_out', [2 * LATENT_CHANNELS, INNERMOST, 3, 3]);
}

function* decoder(): Iterable<SparseTensor> {
	yield* layer('decoder.conv_in', [INNERMOST, LATENT_CHANNELS, 3, 3]);
	yield* middle('decoder.mid');
	let channels: number = INNERMOST;
	for (const [level, own] of [...CHANNELS.entries()].reverse()) {
		for (let i = 0; i <= BLOCKS_PER_LEVEL; i++) {
			yield* residual(`decoder.up.${level}.block.${i}`, channels, own);
			channels = own;
		}
		if (level > 0) yield* layer(`decoder.up.${level}.upsample.conv`, [own, own, 3, 3]);
	}
	yield* layer('decoder.norm_out', [CHANNELS[0]]);
	yield* layer('decoder.conv_out', [IMAGE_CHANNELS, CHANNELS[0], 3, 3]);
}

function* middle(name: string): Iterable<SparseTensor> {
	yield* residual(`${name}.block_1`, INNERMOST, INNERMOST);
	yield* layer(`${name}.attn_1.norm`, [INNERMOST]);
	for (const projection of ['q', 'k', 'v', 'proj_out']) {
		yield* layer(`${name}.attn_1.${projection}`, [INNERMOST, INNERMOST, 1, 1]);
	}
	yield* residual(`${name}.block_2`, INNERMOST, INNERMOST);
}

function* residual(name: string, from: number, to: number): Iterable<SparseTensor> {
	yield* layer(`${name}.norm1`, [from]);
	yield* layer(`${name}.conv1`, [to, from, 3, 3]);
	yield* layer(`${name}.norm2`, [to]);
	yield* layer(`${name}.conv2`, [to, to, 3, 3]);
	if (from !== to) yield* layer(`${name}.nin_shortcut`, [to, from, 1, 1]);
}

function* layer(name: string, shape: readonly [number, ...number[]]): Iterable<SparseTensor> {
	yield { name: `${name}.weight`, shape };
	yield { name: `${name}.bias`, shape: [shape[0]] };
}
