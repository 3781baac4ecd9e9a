import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readComfyPrompt } from '../../../../src/share/comfy/parse-comfy-prompt.ts';
import type { RestoredRecipe } from '../../../../src/recipe/restore-recipe.ts';
import { parsePythonJson } from '../../../../src/share/python-json.ts';

/** As ComfyUI's own Z-Image template saves it. */
const GRAPH = {
	'9': { inputs: { filename_prefix: 'z-image', images: ['43', 0] }, class_type: 'SaveImage' },
	'39': {
		inputs: { clip_name: 'qwen_3_4b.safetensors', type: 'lumina2' },
		class_type: 'CLIPLoader',
	},
	'41': {
		inputs: { width: 1024, height: 768, batch_size: 1 },
		class_type: 'EmptySD3LatentImage',
	},
	'42': { inputs: { conditioning: ['45', 0] }, class_type: 'ConditioningZeroOut' },
	'43': { inputs: { samples: ['44', 0], vae: ['40', 0] }, class_type: 'VAEDecode' },
	'44': {
		inputs: {
			...{ seed: 47447417949230, steps: 9, cfg: 1, sampler_name: 'res_multistep', denoise: 1 },
			...{ model: ['47', 0], positive: ['45', 0], negative: ['42', 0], latent_image: ['41', 0] },
		},
		class_type: 'KSampler',
	},
	'45': { inputs: { text: '一只猫', clip: ['39', 0] }, class_type: 'CLIPTextEncode' },
	'46': { inputs: { unet_name: 'z_image_turbo_bf16.safetensors' }, class_type: 'UNETLoader' },
	'47': { inputs: { shift: 3, model: ['46', 0] }, class_type: 'ModelSamplingAuraFlow' },
};

function parseComfyPrompt(json: string): RestoredRecipe {
	const recipe = readComfyPrompt(parsePythonJson(json));
	if (recipe === undefined) throw new RangeError('no recipe');
	return recipe;
}

function changed(node: keyof typeof GRAPH, inputs: object): string {
	const { class_type, inputs: old } = GRAPH[node];
	return JSON.stringify({ ...GRAPH, [node]: { class_type, inputs: { ...old, ...inputs } } });
}

describe('parseComfyPrompt', () => {
	it('reads the Z-Image template', () => {
		const read = parseComfyPrompt(JSON.stringify(GRAPH));
		expect(read).toMatchObject({
			...{ prompt: '一只猫', seed: 47447417949230, steps: 9, size: { width: 1024, height: 768 } },
			model: { id: 'z_image_turbo_bf16.safetensors' },
			...{ guidanceScale: 1, sampler: 'res_multistep', shift: 3 },
		});
		expect(read.warnings).toEqual([]);
	});

	it.each([
		[1, undefined],
		[4, 'ugly'],
	])('at a CFG scale of %d, the negative prompt is %s', (cfg, negativePrompt) => {
		const graph = {
			...(JSON.parse(changed('44', { cfg })) as object),
			'42': { inputs: { text: 'ugly' }, class_type: 'CLIPTextEncode' },
		};
		const read = parseComfyPrompt(JSON.stringify(graph));
		expect(read).toMatchObject({ guidanceScale: cfg, warnings: [] });
		expect(read.negativePrompt).toBe(negativePrompt);
	});

	it('names the adapters on the way to the model, the first loaded first', () => {
		const json = JSON.stringify({
			...(JSON.parse(changed('47', { model: ['70', 0] })) as object),
			'70': {
				inputs: { lora_name: 'ink/boats v2.safetensors', strength_model: 0.8, model: ['71', 0] },
				class_type: 'LoraLoaderModelOnly',
			},
			'71': {
				inputs: {
					lora_1: { on: true, lora: 'quay.safetensors', strength: -0.5 },
					lora_2: { on: false, lora: 'off.safetensors', strength: 1 },
					lora_3: { on: true, lora: 'fog', strength: 2 },
					model: ['72', 0],
				},
				class_type: 'Power Lora Loader (rgthree)',
			},
			'72': {
				inputs: { lora_name: 'none.safetensors', strength_model: 0, model: ['46', 0] },
				class_type: 'LoraLoader',
			},
		});
		const read = parseComfyPrompt(json);
		expect(read.adapters).toEqual([
			{ name: 'quay', strength: -0.5 },
			{ name: 'fog', strength: 2 },
			{ name: 'boats v2', strength: 0.8 },
		]);
		expect(read).toMatchObject({ model: { id: 'z_image_turbo_bf16.safetensors' }, shift: 3 });
	});

	it('reads how much of a source picture is drawn anew', () => {
		expect(parseComfyPrompt(changed('44', { denoise: 0.6 }))).toMatchObject({
			denoisingStrength: 0.6,
		});
		expect(parseComfyPrompt(JSON.stringify(GRAPH)).denoisingStrength).toBeUndefined();
	});

	it('follows text and numbers to nodes of their own', () => {
		const json = JSON.stringify({
			...(JSON.parse(changed('44', { seed: ['50', 0] })) as object),
			'45': { inputs: { text: ['51', 0] }, class_type: 'CLIPTextEncode' },
			'50': { inputs: { seed: 12, extra: 1 }, class_type: 'Seed (rgthree)' },
			'51': { inputs: { value: 'a dog' }, class_type: 'PrimitiveStringMultiline' },
		});
		expect(parseComfyPrompt(json)).toMatchObject({ prompt: 'a dog', seed: 12 });
	});

	it('reads the sampler that is made of parts', () => {
		const json = JSON.stringify({
			...GRAPH,
			'44': {
				inputs: {
					...{ noise: ['60', 0], guider: ['61', 0], sampler: ['62', 0], sigmas: ['63', 0] },
					latent_image: ['41', 0],
				},
				class_type: 'SamplerCustomAdvanced',
			},
			'60': { inputs: { noise_seed: 5 }, class_type: 'RandomNoise' },
			'61': { inputs: { model: ['47', 0], conditioning: ['45', 0] }, class_type: 'BasicGuider' },
			'62': { inputs: { sampler_name: 'euler' }, class_type: 'KSamplerSelect' },
			'63': {
				inputs: { steps: 4, scheduler: 'beta', model: ['47', 0] },
				class_type: 'BasicScheduler',
			},
		});
		expect(parseComfyPrompt(json)).toMatchObject({
			...{ prompt: '一只猫', seed: 5, steps: 4, size: { width: 1024, height: 768 } },
			...{ sampler: 'euler', schedule: 'beta', shift: 3 },
			model: { id: 'z_image_turbo_bf16.safetensors' },
		});
	});

	/** The template with nodes changed or added. */
	function graphWith(
		nodes: Readonly<Record<string, readonly [type: string, inputs: object]>>,
	): string {
		const added = Object.entries(nodes).map(([id, [class_type, inputs]]) => {
			const old = id in GRAPH ? GRAPH[id as keyof typeof GRAPH].inputs : {};
			return [id, { class_type, inputs: { ...old, ...inputs } }] as const;
		});
		return JSON.stringify({ ...GRAPH, ...Object.fromEntries(added) });
	}

	function steps(json: string): readonly string[] {
		const { warnings } = parseComfyPrompt(json);
		return warnings.map((warning) => (warning.problem === 'not-drawn' ? warning.step : 'other'));
	}

	it.each<readonly [string, Parameters<typeof graphWith>[0], readonly string[]]>([
		[
			'an upscaler',
			{
				'9': ['SaveImage', { images: ['80', 0] }],
				'80': ['ImageUpscaleWithModel', { image: ['43', 0] }],
			},
			['after-work'],
		],
		[
			'a face detailer',
			{
				'9': ['SaveImage', { images: ['80', 0] }],
				'80': ['FaceDetailer', { image: ['43', 0], steps: 20, seed: 1 }],
			},
			['detailer'],
		],
		[
			'a tiled second pass',
			{
				'9': ['SaveImage', { images: ['80', 0] }],
				'80': ['UltimateSDUpscale', { image: ['43', 0], steps: 20, seed: 1 }],
			},
			['second-pass'],
		],
		[
			'a picture below',
			{ '41': ['VAEEncode', { pixels: ['80', 0] }], '80': ['LoadImage', { image: 'a.png' }] },
			['source-picture'],
		],
		[
			'a mask',
			{
				'44': ['KSampler', { latent_image: ['80', 0] }],
				'80': ['SetLatentNoiseMask', { samples: ['41', 0] }],
			},
			['inpainting'],
		],
		[
			'two prompts',
			{
				'44': ['KSampler', { positive: ['80', 0] }],
				'80': ['ConditioningCombine', { conditioning_1: ['45', 0], conditioning_2: ['42', 0] }],
			},
			['several-prompts'],
		],
		[
			'a patch of the model',
			{ '44': ['KSampler', { model: ['80', 0] }], '80': ['FreeU_V2', { model: ['47', 0] }] },
			['unknown'],
		],
		[
			'a reference',
			{ '44': ['KSampler', { model: ['80', 0] }], '80': ['IPAdapterApply', { model: ['47', 0] }] },
			['reference-picture'],
		],
		[
			'several pictures of one run',
			{ '41': ['EmptySD3LatentImage', { batch_size: 4 }] },
			['batch'],
		],
		['a shift of another kind', { '47': ['ModelSamplingSD3', {}] }, ['unknown']],
		['weights', { '45': ['CLIPTextEncode', { text: 'a (cat:1.3)' }] }, ['prompt-weights']],
		[
			'part of the steps',
			{ '44': ['KSamplerAdvanced', { start_at_step: 0, end_at_step: 5 }] },
			['part-of-steps'],
		],
		['nothing else', { '44': ['KSampler (Efficient)', {}] }, []],
	])('tells of %s', (_what, nodes, expected) => {
		expect(steps(graphWith(nodes))).toEqual(expected);
	});

	it('takes two samplers that share one range of steps for one', () => {
		const half = { steps: 8, add_noise: 'enable', start_at_step: 0, end_at_step: 4 };
		const rest = { ...half, add_noise: 'disable', start_at_step: 4, end_at_step: 10_000 };
		const json = graphWith({
			'44': ['KSamplerAdvanced', { ...half, noise_seed: 6, return_with_leftover_noise: 'enable' }],
			'80': ['KSamplerAdvanced', { ...GRAPH['44'].inputs, ...rest, latent_image: ['44', 0] }],
			'43': ['VAEDecode', { samples: ['80', 0] }],
		});
		expect(steps(json)).toEqual([]);
		expect(parseComfyPrompt(json).steps).toBe(8);
	});

	it.each([
		['several parts', { text_a: 'a cat', text_b: ['50', 0], delimiter: '\\n' }, 'a cat\nat dawn'],
		['a switch', { switch: true, on_true: ['50', 0], on_false: 'x' }, 'at dawn'],
		['a wildcard', { wildcard_text: '__pet__', populated_text: 'a dog' }, 'a dog'],
	])('finds a text in %s', (_what, inputs, prompt) => {
		const json = graphWith({
			'45': ['CLIPTextEncode', { text: ['49', 0] }],
			'49': ['Text Multi', inputs],
			'50': ['PrimitiveString', { value: 'at dawn' }],
		});
		expect(parseComfyPrompt(json).prompt).toBe(prompt);
	});

	it('reads guiders with two conditionings, and loaders of everything', () => {
		const dual = graphWith({
			'44': ['SamplerCustomAdvanced', { guider: ['61', 0], noise: ['60', 0] }],
			'60': ['RandomNoise', { noise_seed: 5 }],
			'61': [
				'DualCFGGuider',
				{ model: ['47', 0], cond1: ['45', 0], cond2: ['42', 0], negative: ['42', 0] },
			],
		});
		expect(parseComfyPrompt(dual)).toMatchObject({ prompt: '一只猫' });
		const pipe = JSON.stringify({
			'1': {
				class_type: 'easy fullLoader',
				inputs: {
					ckpt_name: 'x',
					positive: 'a cat',
					negative: 'b',
					empty_latent_width: 512,
					empty_latent_height: 768,
				},
			},
			'2': {
				class_type: 'easy preSampling',
				inputs: { steps: 8, cfg: 1, seed: 3, pipe: ['1', 0] },
			},
			'3': { class_type: 'easy kSampler', inputs: { pipe: ['2', 0], image_output: 'Save' } },
		});
		expect(parseComfyPrompt(pipe)).toMatchObject({
			...{
				prompt: 'a cat',
				seed: 3,
				steps: 8,
				size: { width: 512, height: 768 },
				model: { id: 'x' },
			},
		});
	});

	it('leaves out a seed that a number here cannot hold', () => {
		const json = JSON.stringify(GRAPH).replace('47447417949230', '18446744073709551615');
		const read = parseComfyPrompt(json);
		expect(read.seed).toBeUndefined();
		expect(read.warnings[0]).toMatchObject({ field: 'seed', problem: 'out-of-range' });
	});

	it('reads what Python calls JSON', () => {
		const json = changed('44', { is_changed: [0] }).replace('[0]', '[NaN]');
		expect(json).toContain('NaN');
		expect(parseComfyPrompt(json).steps).toBe(9);
	});

	it('walks in no circle', () => {
		expect(parseComfyPrompt(changed('42', { conditioning: ['44', 0] })).steps).toBe(9);
		const json = changed('44', { positive: ['44', 0], latent_image: ['44', 0] });
		expect(parseComfyPrompt(json)).toMatchObject({ seed: 47447417949230 });
	});

	it.each(['', 'null', '[]', '{', '{}', '{"1":{"class_type":"SaveImage","inputs":{}}}'])(
		'finds no recipe in %j',
		(json) => {
			expect(readComfyPrompt(parsePythonJson(json))).toBeUndefined();
		},
	);

	it('never crashes: graphs with inputs changed', () => {
		const id = fc.constantFrom('41', '42', '44', '45', '46', '47', '99', 44);
		const value = fc.oneof(fc.tuple(id, fc.nat(2)), fc.jsonValue());
		const name = fc.constantFrom(
			...['seed', 'steps', 'positive', 'negative', 'latent_image', 'model', 'text', 'width'],
			...['height', 'unet_name', 'guider', 'noise', 'sigmas', '__proto__'],
			...['cfg', 'sampler', 'sampler_name', 'scheduler', 'denoise', 'shift', 'lora_name'],
		);
		const node = fc.constantFrom<keyof typeof GRAPH>('41', '42', '44', '45', '46', '47');
		fc.assert(
			fc.property(node, fc.array(fc.tuple(name, value)), (target, inputs) => {
				const graph = parsePythonJson(changed(target, Object.fromEntries(inputs)));
				const read = readComfyPrompt(graph);
				// Nothing that was found is silently empty.
				if (read?.prompt === undefined && read !== undefined) {
					expect(read.warnings).toContainEqual({ problem: 'no-prompt' });
				} else expect(read?.prompt).not.toBe('');
			}),
			{ numRuns: 3000, seed: 1 },
		);
	});
});
