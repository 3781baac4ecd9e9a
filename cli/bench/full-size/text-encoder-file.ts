import { findComponent } from '../../../lab/find-component.ts';
import { buildModel } from '../../../src/families/registry.ts';
import { Z_IMAGE_TURBO } from '../../../src/families/z-image/published.ts';
import { type SparseFile, sparseFile, type SparseTensor } from './sparse-file.ts';

/** The published file has one layer more than the model runs, and the norm after it. */
const LAST_LAYER = 35;

/**
 * `qwen_3_4b.safetensors`: its header made from the family's tensor table.
 *
 * Source: docs/spec/z-image-turbo.md 4
 */
export function textEncoderFile(): SparseFile {
	const model = buildModel(Z_IMAGE_TURBO.card.family, Z_IMAGE_TURBO.configs);
	const used = findComponent(model, 'text_encoder')
		.blocks.flatMap(({ tensors }) => tensors)
		.map(({ sourceName: name, sourceShape: shape }): SparseTensor => ({ name, shape }));
	const ofLayer = (layer: number) => `model.layers.${layer}.`;
	const last = used
		.filter(({ name }) => name.startsWith(ofLayer(LAST_LAYER - 1)))
		.map(({ name, shape }) => ({
			name: name.replace(ofLayer(LAST_LAYER - 1), ofLayer(LAST_LAYER)),
			shape,
		}));
	const norm = last
		.filter(({ name }) => name.endsWith('.input_layernorm.weight'))
		.map(({ shape }) => ({ name: 'model.norm.weight', shape }));
	return sparseFile('qwen_3_4b.safetensors', [...used, ...last, ...norm], 'BF16');
}
