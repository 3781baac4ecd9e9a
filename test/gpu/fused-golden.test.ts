import { describe, expect, it } from 'vitest';
import { verifyCase } from '../../src/engine/verify.ts';

/** f32 throughout, and FP16 subnormals kept: no extra allowance for the text encoder. */
const BLOCK_TOLERANCE = 1e-5;
/** Sums of many blocks or steps. */
const ACCUMULATED = new Set(['traj', 'image']);

const CASES = [
	{ name: 'qwen3-tiny', kind: 'qwen3', layout: 'weights', golden: 'golden' },
	{ name: 'vae-tiny', kind: 'autoencoder-kl', layout: 'diffusers', golden: 'golden' },
	{ name: 'dit-tiny', kind: 'z-image', layout: 'diffusers', golden: 'golden' },
] as const;

const FOLDER = new URL('/test/fixtures/golden/', location.href);

describe('networks on our own kernels equal the official code', () => {
	for (const { name, kind, layout, golden } of CASES) {
		it(`${name}.${layout} against ${golden}`, async () => {
			const config: unknown = await (await fetch(new URL(`${name}.config.json`, FOLDER))).json();
			const tensors = await verifyCase({
				name,
				kind,
				layout,
				config,
				weightsUrl: new URL(`${name}.${layout}.safetensors`, FOLDER).href,
				goldenUrl: new URL(`${name}.${golden}.safetensors`, FOLDER).href,
				engine: 'fused',
			});
			console.log(JSON.stringify(tensors));
			const compared = tensors.filter(({ status }) => status !== 'input');
			expect(compared.length).toBeGreaterThan(0);
			for (const { tensor, relativeError, tolerance } of compared) {
				const allowed = ACCUMULATED.has(tensor) ? tolerance : BLOCK_TOLERANCE;
				expect(relativeError, tensor).toBeLessThanOrEqual(allowed);
			}
		});
	}
});
