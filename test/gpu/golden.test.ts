import { describe, expect, it } from 'vitest';
import { verifyCase } from '../../lab/verify/verify.ts';
import type { ConfigKind, WeightsLayout } from '../../lab/verify/verify-contract.ts';
import { FusedBlockEngine } from '../../src/gpu/fused/fused-block-engine.ts';
import { emulateMatricesOn } from './kernels/emulate-matrices.ts';

interface GoldenCase {
	readonly name: string;
	readonly kind: ConfigKind;
	readonly layout: WeightsLayout;
	/** Between the name and the file's ending. */
	readonly golden: string;
}

const CASES: readonly GoldenCase[] = [
	{ name: 'dit-tiny', kind: 'z-image', layout: 'diffusers', golden: '.golden' },
	{ name: 'dit-tiny', kind: 'z-image', layout: 'comfy', golden: '.golden2' },
	{ name: 'dit-tiny', kind: 'z-image', layout: 'comfy', golden: '-guidance.golden' },
	{ name: 'qwen3-tiny', kind: 'qwen3', layout: 'weights', golden: '.golden' },
	{ name: 'vae-tiny', kind: 'autoencoder-kl', layout: 'original', golden: '.golden' },
];

const FOLDER = new URL('/test/fixtures/golden/', location.href);

async function verify(
	{ name, kind, layout, golden }: GoldenCase,
	engine: 'ort' | 'fused' | 'matrix',
): ReturnType<typeof verifyCase> {
	const config: unknown = await (await fetch(new URL(`${name}.config.json`, FOLDER))).json();
	const weightsUrl = new URL(`${name}.${layout}.safetensors`, FOLDER).href;
	const goldenUrl = new URL(`${name}${golden}.safetensors`, FOLDER).href;
	const openEmulated: Parameters<typeof verifyCase>[1] = (_name, context) => {
		emulateMatricesOn(context.device);
		return FusedBlockEngine.open(context, {
			findRefused: () => Promise.resolve(new Map()),
			findMatrices: () => Promise.resolve({ syntax: 'template' }),
		});
	};
	return verifyCase(
		{ name, kind, layout, config, weightsUrl, goldenUrl, engine },
		engine === 'matrix' ? openEmulated : undefined,
	);
}

for (const engine of ['ort', 'fused'] as const) {
	describe(`networks streamed block by block on ${engine} equal the official code`, () => {
		for (const each of CASES) {
			it(`${each.name}.${each.layout} against ${each.name}${each.golden}`, async () => {
				const tensors = await verify(each, engine);
				expect(tensors.filter((tensor) => tensor.status === 'fail')).toEqual([]);
				expect(tensors.some((tensor) => tensor.status === 'ok')).toBe(true);
			});
		}
	});
}

// One case: emulation takes most of a minute. The text encoder's few rows and its masked attention stay in f32.
it('the transformer on emulated matrix units equals the official code within what FP16 factors cost', async () => {
	const tensors = await verify(CASES[1], 'matrix');
	expect(tensors.filter((tensor) => tensor.status === 'fail')).toEqual([]);
	const errors = tensors.map(({ relativeError }) => relativeError);
	expect(Math.max(...errors), 'matrix units were not used').toBeGreaterThan(1e-5);
});
