import type { ModelConfigs } from '../../../src/families/parts/model-configs.ts';
import { findComponent } from '../../../lab/find-component.ts';
import { buildModel } from '../../../src/families/registry.ts';
import { Z_IMAGE_TURBO } from '../../../src/families/z-image/published.ts';
import { byteLength, type SparseFile, sparseFile, type SparseTensor } from './sparse-file.ts';

/** At which the publisher cut the official checkpoint, in bytes. */
const SHARD_BYTES = 10e9;

/**
 * The transformer's files of a layout, their headers made from the family's tensor table.
 *
 * @param configs of another model of the family; its files have the published ones' names
 *
 * Source: docs/spec/z-image-turbo.md 1.2, 1.3, 1.4
 */
export function transformerFiles(
	layout: 'comfy' | 'diffusers',
	configs: ModelConfigs = Z_IMAGE_TURBO.configs,
): readonly SparseFile[] {
	const model = buildModel(Z_IMAGE_TURBO.card.family, configs);
	const transformer = findComponent(model, 'transformer');
	const official = transformer.blocks
		.flatMap(({ tensors }) => tensors)
		.map(({ sourceName: name, sourceShape: shape }): SparseTensor => ({ name, shape }));
	if (layout === 'comfy') {
		const tensors = official.flatMap(comfyTensor);
		return [sparseFile('z_image_turbo_bf16.safetensors', tensors, 'BF16')];
	}
	const parts: SparseTensor[][] = [[]];
	let bytes = 0;
	for (const tensor of official.sort((a, b) => officialOrder(a) - officialOrder(b))) {
		const own = byteLength(tensor, 'F32');
		if (bytes + own > SHARD_BYTES) {
			parts.push([]);
			bytes = 0;
		}
		parts.at(-1)?.push(tensor);
		bytes += own;
	}
	return parts.map((tensors, index) => {
		const number = (value: number) => String(value).padStart(5, '0');
		const name = `diffusion_pytorch_model-${number(index + 1)}-of-${number(parts.length)}.safetensors`;
		return sparseFile(name, tensors, 'F32', { metadata: { format: 'pt' } });
	});
}

/** Queries, keys and values are one tensor; the others have other names. */
function comfyTensor({ name, shape }: SparseTensor): readonly SparseTensor[] {
	if (/\.to_[kv]\./.test(name)) return [];
	if (name.includes('.to_q.')) {
		const [rows = 0, columns = 0] = shape;
		return [{ name: name.replace('.to_q.', '.qkv.'), shape: [3 * rows, columns] }];
	}
	const comfy = name
		.replace('all_x_embedder.2-1.', 'x_embedder.')
		.replace('all_final_layer.2-1.', 'final_layer.')
		.replace('.attention.to_out.0.', '.attention.out.')
		.replace('.attention.norm_q.', '.attention.q_norm.')
		.replace('.attention.norm_k.', '.attention.k_norm.');
	return [{ name: comfy, shape }];
}

/** Modules in the order in which the reference code defines them, which decides where it was cut. */
const MODULES = [
	...['x_pad_token', 'cap_pad_token', 'all_x_embedder', 'all_final_layer', 'noise_refiner'],
	...['context_refiner', 't_embedder', 'cap_embedder', 'layers'],
];
/** The same of the modules of a block. */
const BLOCK_MODULES = [
	...['to_q', 'to_k', 'to_v', 'to_out', 'norm_q', 'norm_k', 'w1', 'w2', 'w3'],
	...['attention_norm1', 'ffn_norm1', 'attention_norm2', 'ffn_norm2', 'adaLN_modulation'],
];

function officialOrder({ name }: SparseTensor): number {
	const [module = '', index = '', ...rest] = name.split('.');
	const block = /^\d+$/.test(index) ? Number(index) : 0;
	const inBlock = rest.findLast((part) => BLOCK_MODULES.includes(part)) ?? '';
	return (MODULES.indexOf(module) * 1000 + block) * 100 + BLOCK_MODULES.indexOf(inBlock);
}
