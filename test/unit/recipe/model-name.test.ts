import { expect, it } from 'vitest';
import { isNameOf, isQuantisedName } from '../../../src/recipe/model-name.ts';

const TURBO = { id: 'z-image-turbo', name: 'Z-Image-Turbo' };

it.each([
	...['z_image_turbo_bf16.safetensors', 'z_image_turbo_bf16', 'z_image_turbo', 'Z Image Turbo'],
	...['Z-Image/z_image_turbo_bf16.safetensors', 'unet\\z_image_turbo.safetensors'],
	...['Tongyi-MAI/Z-Image-Turbo', 'Tongyi-MAI--Z-Image-Turbo', 'z-image-turbo', 'zImageTurbo_fp16'],
])('%s is Z-Image-Turbo', (name) => {
	expect(isNameOf(name, TURBO)).toBe(true);
	expect(isQuantisedName(name)).toBe(false);
});

it.each([
	...[
		'z_image_turbo_fp8_e4m3fn.safetensors',
		'z-image-turbo-fp8-e4m3fn',
		'z-image-turbo-Q4_K_M.gguf',
	],
	...[
		'z_image_turbo_fp8_scaled',
		'z_image_turbo_nvfp4',
		'svdq-int4_r128-z-image-turbo',
		'z_image_turbo-Q8_0',
	],
])('%s is a quantised Z-Image-Turbo', (name) => {
	expect(isNameOf(name, TURBO)).toBe(true);
	expect(isQuantisedName(name)).toBe(true);
});

it.each(['z_image_bf16', 'zImageTurboRealism_v2', 'z_image', 'turbo', '', 'demo'])(
	'%s is another model',
	(name) => {
		expect(isNameOf(name, TURBO)).toBe(false);
	},
);
