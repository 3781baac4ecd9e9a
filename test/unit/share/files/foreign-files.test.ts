import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { RestoredRecipe } from '../../../../src/recipe/restore-recipe.ts';
import { type RecipeFile, readRecipeFile } from '../../../../src/share/files/read-recipe-file.ts';

/** Files in the forms of other programs, made for bug reports against them. */
function read(name: string): Promise<RecipeFile> {
	const path = new URL(`../../../fixtures/foreign-files/${name}`, import.meta.url);
	return readRecipeFile(new Blob([readFileSync(path)]));
}

async function recipeIn(name: string): Promise<RestoredRecipe> {
	const file = await read(name);
	if (file.type !== 'recipe') throw new RangeError(`${name}: ${JSON.stringify(file)}`);
	return file.recipe;
}

const SQUARE = { width: 1024, height: 1024 };

it("reads SwarmUI's JSON, and never takes it for the prompt", async () => {
	expect(await recipeIn('swarmui.png')).toEqual({
		...{ prompt: 'a red fox asleep in snow', seed: 1730495533, steps: 8, size: SQUARE },
		...{ guidanceScale: 1, sampler: 'euler', schedule: 'simple' },
		model: { id: 'z_image_turbo_bf16' },
		warnings: [],
	});
});

it("reads no settings inside Civitai's lists of resources, but the names in them", async () => {
	expect(await recipeIn('civitai-resources.png')).toMatchObject({
		...{ prompt: 'a red fox in snow', negativePrompt: 'blurry', seed: 2071152314, steps: 9 },
		size: { width: 832, height: 1216 },
		model: { id: 'Z Image Turbo' },
		adapters: [{ name: 'Model: Realism, Seed: 5', strength: 0.8 }],
		warnings: [],
	});
});

it('takes the first of two passes, and says that there was a second', async () => {
	expect(await recipeIn('comfy-two-passes.png')).toMatchObject({
		...{ prompt: 'a mountain lake', seed: 815, steps: 8, size: SQUARE },
		warnings: [{ problem: 'not-drawn', step: 'second-pass', names: ['KSampler'] }],
	});
});

it('joins a text that was joined from parts', async () => {
	const { prompt, warnings } = await recipeIn('comfy-joined-text.png');
	expect({ prompt, warnings }).toEqual({ prompt: 'a mountain lake, at dawn', warnings: [] });
});

it('does not take the negative prompt for the prompt behind a control network', async () => {
	expect(await recipeIn('comfy-control-net.png')).toMatchObject({
		prompt: 'a mountain lake',
		warnings: [{ problem: 'not-drawn', step: 'control', names: ['ControlNetApplyAdvanced'] }],
	});
});

it("keeps a graph's LoRA, by name and strength", async () => {
	expect((await recipeIn('comfy-lora.png')).adapters).toEqual([
		{ name: 'pixel_art_style_z_image_turbo', strength: 1 },
	]);
});

it("leaves NaN in texts, where it is not Python's number", async () => {
	expect((await recipeIn('comfy-nan-in-text.png')).prompt).toBe('glitch art, NaN, [NaN], error');
});

it("reads a JPEG's Exif comment", async () => {
	expect(await recipeIn('sdnext-exif-comment.jpg')).toMatchObject({
		...{ prompt: 'a red fox in snow 红狐', seed: 3871564, steps: 9, size: SQUARE },
		warnings: [{ problem: 'not-drawn', step: 'gpu-noise' }],
	});
});

it("reads ComfyUI's API JSON, and says of a workflow that it is one", async () => {
	expect(await recipeIn('comfy-prompt-api.json')).toMatchObject({ seed: 815, steps: 8 });
	const workflow = { type: 'no-recipe', why: 'workflow' };
	expect(await read('comfy-workflow.json')).toEqual({ ...workflow, format: 'json' });
	expect(await read('comfy-workflow-only.png')).toEqual({ ...workflow, format: 'png' });
});

it('says what of a second pass, guidance and sampler is in the text', async () => {
	const recipe = await recipeIn('forge-second-pass.png');
	expect(recipe).toMatchObject({
		...{ seed: 5, steps: 8, guidanceScale: 4, sampler: 'dpmpp_2m_sde', schedule: 'karras' },
		warnings: [
			{
				step: 'second-pass',
				names: ['hires upscale: 2', 'hires steps: 5', 'hires upscaler: Latent'],
			},
			{ step: 'gpu-noise' },
		],
	});
	expect(recipe.denoisingStrength, "it is the second pass's").toBeUndefined();
});
