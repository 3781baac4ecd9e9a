import { findComponent } from '../../src/families/model.ts';
import { buildModel } from '../../src/families/registry.ts';
import { Z_IMAGE_TURBO } from '../../src/families/z-image/published.ts';

/** A published file as far as it is known without its weights. */
export interface FullSizeFile {
	readonly name: string;
	/** The length field and the JSON. */
	readonly header: Uint8Array;
	readonly byteLength: number;
}

interface Tensor {
	readonly name: string;
	readonly shape: readonly number[];
}

/** The safetensors library aligns the data to so many bytes. */
const ALIGNMENT_BYTES = 8;
/** At which the publisher cut the official checkpoint, in bytes. */
const SHARD_BYTES = 10e9;

/**
 * The transformer's files of a layout, their headers made from the family's tensor table as the safetensors
 * library writes them.
 *
 * Source: spec 1.2, 1.3, 1.4
 */
export function fullSizeFiles(layout: 'comfy' | 'diffusers'): readonly FullSizeFile[] {
	const model = buildModel(Z_IMAGE_TURBO.card.family, Z_IMAGE_TURBO.configs);
	const transformer = findComponent(model, 'transformer');
	const official = transformer.blocks
		.flatMap(({ tensors }) => tensors)
		.map(({ sourceName: name, sourceShape: shape }): Tensor => ({ name, shape }));
	if (layout === 'comfy') {
		const tensors = official.flatMap(comfyTensor);
		return [file('z_image_turbo_bf16.safetensors', tensors, 'BF16', {})];
	}
	const parts: Tensor[][] = [[]];
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
		return file(name, tensors, 'F32', { format: 'pt' });
	});
}

/** Queries, keys and values are one tensor; the others have other names. */
function comfyTensor({ name, shape }: Tensor): readonly Tensor[] {
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

function officialOrder({ name }: Tensor): number {
	const [module = '', index = '', ...rest] = name.split('.');
	const block = /^\d+$/.test(index) ? Number(index) : 0;
	const inBlock = rest.findLast((part) => BLOCK_MODULES.includes(part)) ?? '';
	return (MODULES.indexOf(module) * 1000 + block) * 100 + BLOCK_MODULES.indexOf(inBlock);
}

function file(
	name: string,
	tensors: readonly Tensor[],
	dtype: 'BF16' | 'F32',
	metadata: Readonly<Record<string, string>>,
): FullSizeFile {
	const entries: Record<string, unknown> = {};
	if (Object.keys(metadata).length > 0) entries['__metadata__'] = metadata;
	let end = 0;
	for (const tensor of [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1))) {
		const begin = end;
		end += byteLength(tensor, dtype);
		entries[tensor.name] = { dtype, shape: tensor.shape, data_offsets: [begin, end] };
	}
	const text = JSON.stringify(entries);
	const jsonBytes = Math.ceil(text.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
	const header = new Uint8Array(8 + jsonBytes);
	new DataView(header.buffer).setBigUint64(0, BigInt(jsonBytes), true);
	header.set(new TextEncoder().encode(text.padEnd(jsonBytes)), 8);
	return { name, header, byteLength: header.byteLength + end };
}

function byteLength({ shape }: Tensor, dtype: 'BF16' | 'F32'): number {
	const values = shape.reduce((product, extent) => product * extent, 1);
	return values * (dtype === 'F32' ? 4 : 2);
}
