import { describe, expect, it } from 'vitest';
import { comfyFiles } from '../../../cli/bench/full-size/comfy-folder.ts';
import { transformerFiles } from '../../../cli/bench/full-size/transformer-files.ts';
import { buildModel } from '../../../src/families/registry.ts';
import { planComponent } from '../../../src/install/checkpoint/component-plan.ts';
import { Z_IMAGE_TURBO } from '../../../src/families/z-image/published.ts';
import { parseSafetensorsHeader } from '../../../src/install/checkpoint/safetensors.ts';

describe('the sparse files of the published sizes', () => {
	const { card, configs, downloads } = Z_IMAGE_TURBO;

	/** Lengths of the published files, in the order of a download's components. */
	function publishedBytes(id: string, ...components: readonly string[]): readonly number[] {
		const weights = downloads.find((download) => download.id === id)?.weights ?? {};
		return components.flatMap((name) => (weights[name] ?? []).map(({ byteLength }) => byteLength));
	}

	it('are as long as the published ones', () => {
		expect(Object.values(comfyFiles()).map(({ byteLength }) => byteLength)).toEqual(
			publishedBytes('comfy', 'transformer', 'text_encoder', 'vae'),
		);
		expect(transformerFiles('diffusers').map(({ byteLength }) => byteLength)).toEqual(
			publishedBytes('diffusers', 'transformer'),
		);
	});

	it('hold every tensor of the model', () => {
		const headers = new Map(
			Object.entries(comfyFiles()).map(([path, { header, byteLength }]) => [
				path,
				parseSafetensorsHeader(header, byteLength),
			]),
		);
		const paths: Readonly<Record<string, string>> = {
			transformer: 'diffusion_models/z_image_turbo_bf16.safetensors',
			text_encoder: 'text_encoders/qwen_3_4b.safetensors',
			vae: 'vae/ae.safetensors',
		};
		const { components } = buildModel(card.family, configs);
		expect(components).toHaveLength(headers.size);
		for (const component of components) {
			const header = headers.get(paths[component.id]);
			if (header === undefined) throw new RangeError(`no file for ${component.id}`);
			const { shards } = planComponent(component, [header], components);
			expect(shards.map(({ block }) => block)).toEqual(component.blocks.map(({ id }) => id));
		}
	});
});
