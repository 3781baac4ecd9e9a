import { describe, expect, it } from 'vitest';
import type { RecipeSettings } from '../../../../src/recipe/recipe-settings.ts';
import { readComfyPrompt } from '../../../../src/share/comfy/parse-comfy-prompt.ts';
import { writeWorkflow } from '../../../../src/share/comfy/write-workflow.ts';

const UNSCHEDULED: RecipeSettings = {
	...{ prompt: 'a lighthouse\nat dusk', seed: 47447417949230, width: 1344, height: 768, steps: 9 },
	...{ sampler: 'res_multistep', shift: 3, guidanceScale: 4 },
	negativePrompt: 'blurry',
	adapters: [{ name: 'film-grain', strength: 0.8 }],
};
const RECIPE: RecipeSettings = { ...UNSCHEDULED, schedule: 'simple' };
const FILES = {
	transformer: 'z_image_turbo_bf16.safetensors',
	textEncoder: 'qwen_3_4b.safetensors',
	textEncoderType: 'lumina2',
	vae: 'ae.safetensors',
};

function write(recipe: RecipeSettings) {
	return writeWorkflow({
		...{ recipe, files: FILES, defaults: { shift: 3, guidanceScale: 1 } },
		sigmas: Float32Array.of(1, 0.75, 0.5, 0),
	});
}

interface Workflow {
	readonly nodes: readonly {
		readonly id: number;
		readonly type: string;
		readonly widgets_values: readonly unknown[];
		readonly inputs: readonly { readonly link: number | null }[];
		readonly outputs: readonly { readonly links: readonly number[] }[];
	}[];
	readonly links: readonly (readonly [number, number, number, number, number, string])[];
}

describe('writeWorkflow', () => {
	it('is read back as the recipe that was written', () => {
		const { width, height, ...rest } = RECIPE;
		const read = readComfyPrompt(write(RECIPE).toPrompt());
		expect(read).toMatchObject({ ...rest, size: { width, height }, warnings: [] });
	});

	it.each(['flow_match_euler_discrete', 'beta57', 'bong_tangent', undefined])(
		'writes the noise levels out where ComfyUI does not have the schedule: %s',
		(schedule) => {
			const prompt = write(
				schedule === undefined ? UNSCHEDULED : { ...RECIPE, schedule },
			).toPrompt();
			expect(JSON.stringify(prompt)).toContain('"1, 0.75, 0.5, 0"');
		},
	);

	it('sets how much noise is renewed in a node of the sampler', () => {
		const recipe = { ...RECIPE, sampler: 'euler_ancestral', eta: 0.5 };
		const nodes = Object.values(write(recipe).toPrompt()) as {
			class_type: string;
			inputs: object;
		}[];
		expect(nodes.find(({ class_type: type }) => type === 'SamplerEulerAncestral')?.inputs).toEqual({
			eta: 0.5,
			s_noise: 1,
		});
	});

	it('links every node of the page both ways, and keeps the seed as it is', () => {
		const { nodes, links } = write(RECIPE).toWorkflow() as Workflow;
		for (const [id, from, slot, to, input] of links) {
			const source = nodes.find((node) => node.id === from);
			const target = nodes.find((node) => node.id === to);
			expect(source?.outputs[slot]?.links).toContain(id);
			expect(target?.inputs[input]?.link).toBe(id);
		}
		expect(nodes.flatMap(({ inputs }) => inputs).every(({ link }) => link !== null)).toBe(true);
		const sampler = nodes.find(({ type }) => type === 'KSampler');
		expect(sampler?.widgets_values).toEqual([
			...[47447417949230, 'fixed', 9, 4, 'res_multistep', 'simple', 1],
		]);
	});
});
