import { describe, expect, it } from 'vitest';
import { readForeignText } from '../../../../src/share/foreign/read-foreign-text.ts';

function read(json: unknown): unknown {
	return readForeignText(JSON.stringify(json));
}

const CAT = { prompt: 'a cat', seed: 7, steps: 8, size: { width: 832, height: 1216 } };
const SIZE = { width: 832, height: 1216 };
const PLAIN = { prompt: 'a cat', seed: 7, steps: 8, ...SIZE };

describe("other programs' JSON", () => {
	it('of SwarmUI, with LoRAs and what comes after the first pass', () => {
		const params = {
			...{ ...PLAIN, negativeprompt: 'ugly', model: 'z_image_turbo_bf16', cfgscale: 1 },
			...{ sampler: 'euler', scheduler: 'beta', sigmashift: 3 },
			...{ loras: ['styles/ink', 'fog'], loraweights: ['0.8', '1'] },
			...{ refinerupscale: 1.5, variationseedstrength: 0, controlnetmodel: 'union' },
		};
		expect(read({ sui_image_params: params, sui_extra_data: { date: 'x' } })).toMatchObject({
			...{ ...CAT, negativePrompt: 'ugly', sampler: 'euler', schedule: 'beta', shift: 3 },
			adapters: [
				{ name: 'ink', strength: 0.8 },
				{ name: 'fog', strength: 1 },
			],
			warnings: [
				{ step: 'second-pass', names: ['refinerupscale: 1.5'] },
				{ step: 'control', names: ['controlnetmodel: union'] },
			],
		});
	});

	it('of Fooocus', () => {
		const fooocus = {
			...{ prompt: 'a cat', seed: '7', steps: 8, resolution: '(832, 1216)', guidance_scale: 4 },
			...{ base_model: 'x.safetensors', sampler: 'dpmpp_2m_sde', scheduler: 'karras' },
			...{ styles: "['Fooocus V2']", refiner_model: 'None' },
			lora_combined_1: 'sd_offset.safetensors : 0.1',
		};
		expect(read(fooocus)).toMatchObject({
			...{ ...CAT, guidanceScale: 4, sampler: 'dpmpp_2m_sde', schedule: 'karras' },
			...{ model: { id: 'x.safetensors' }, adapters: [{ name: 'sd_offset', strength: 0.1 }] },
			warnings: [{ step: 'styles' }],
		});
	});

	it('of InvokeAI, whose scheduler is the sampler', () => {
		const invoke = {
			...{ generation_mode: 'z_image_img2img', positive_prompt: 'a cat', negative_prompt: '' },
			...{ seed: 7, steps: 8, ...SIZE, cfg_scale: 1, scheduler: 'dpmpp_2m_k', strength: 0.6 },
			model: { key: '1', name: 'Z-Image Turbo', base: 'z-image' },
			loras: [{ model: { name: 'ink' }, weight: 0.75 }],
		};
		expect(read(invoke)).toMatchObject({
			...{ ...CAT, sampler: 'dpmpp_2m', schedule: 'karras', denoisingStrength: 0.6 },
			...{ model: { id: 'Z-Image Turbo' }, adapters: [{ name: 'ink', strength: 0.75 }] },
			warnings: [{ step: 'source-picture' }],
		});
	});

	it('of NovelAI and Draw Things', () => {
		const novel = { ...PLAIN, scale: 5, uc: 'ugly', sampler: 'k_euler', request_type: 'x' };
		expect(read(novel)).toMatchObject({ ...CAT, guidanceScale: 5, negativePrompt: 'ugly' });
		const things = { c: 'a cat', uc: '', seed: 7, steps: 8, size: '832x1216', scale: 1, shift: 3 };
		expect(read({ ...things, lora: [{ model: 'ink.ckpt', weight: 0.5 }] })).toMatchObject({
			...{ ...CAT, shift: 3, adapters: [{ name: 'ink', strength: 0.5 }] },
		});
	});

	it("of Civitai's generator, within a graph that names no sampler", () => {
		const extraMetadata = JSON.stringify({ ...PLAIN, cfgScale: 1, sampler: 'Euler' });
		const resources = { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'urn:air:1' } };
		expect(read({ 'resource-stack': resources, extraMetadata })).toMatchObject(CAT);
	});

	it('is no recipe without numbers, or without a prompt', () => {
		expect(read({ prompt: 'a cat' })).toBeUndefined();
		expect(read({ seed: 7, steps: 8 })).toBeUndefined();
		expect(read({ prompt: { text: 'x' }, seed: 7 })).toBeUndefined();
		expect(read([PLAIN])).toBeUndefined();
	});

	it('of a workflow says that it is one', () => {
		expect(read({ nodes: [], links: [] })).toBe('workflow');
		expect(read({ workflow: { nodes: [], links: [] } })).toBe('workflow');
		expect(read({ name: 'InvokeAI', nodes: [], edges: [] })).toBe('workflow');
	});
});
