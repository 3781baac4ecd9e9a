import type { CheckpointFiles, TensorPlace } from '../parts/checkpoint-files.ts';

/** Source: docs/spec/z-image-turbo.md, sections 1.3 and 1.4 */
export const Z_IMAGE_FILES: CheckpointFiles = {
	what: 'Z-Image-Turbo transformer',
	instead: 'z_image_turbo_bf16.safetensors',
	place: /(^|\/)(transformer|diffusion_models|unet)\/|z[-_ ]?image/i,
	anchor: 'cap_embedder.1.weight',
	layouts: [
		{
			name: 'diffusers',
			sign: 'all_x_embedder.2-1.weight',
			locate: (name) => ({ name }),
		},
		// In one file for ComfyUI: shorter names, q, k and v in one tensor.
		{ name: 'comfy', sign: 'x_embedder.weight', locate: comfyPlace },
	],
};

function comfyPlace(official: string, shape: readonly number[]): TensorPlace {
	const projection = /^(.*\.attention)\.to_([qkv])\.weight$/.exec(official);
	if (projection !== null) {
		const [, attention, letter] = projection;
		const [rows, columns] = shape;
		// Queries are as many as the matrix has columns: heads times head width is the model's width.
		const first = letter === 'q' ? 0 : letter === 'k' ? columns : columns + rows;
		const ofKeys = { first, of: columns + 2 * rows };
		return { name: `${attention}.qkv.weight`, rows: letter === 'q' ? { first } : ofKeys };
	}
	const name = official
		.replace(/^all_x_embedder\.2-1\./, 'x_embedder.')
		.replace(/^all_final_layer\.2-1\./, 'final_layer.')
		.replace('.attention.to_out.0.', '.attention.out.')
		.replace('.attention.norm_q.', '.attention.q_norm.')
		.replace('.attention.norm_k.', '.attention.k_norm.');
	return { name };
}
