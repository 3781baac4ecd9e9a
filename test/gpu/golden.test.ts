import { describe, expect, it } from 'vitest';
import { verifyCase } from '../../lab/verify/verify.ts';
import type { ConfigKind, WeightsLayout } from '../../lab/verify/verify-contract.ts';

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

for (const engine of ['ort', 'fused'] as const) {
	describe(`networks streamed block by block on ${engine} equal the official code`, () => {
		for (const { name, kind, layout, golden } of CASES) {
			it(`${name}.${layout} against ${name}${golden}`, async () => {
				const config: unknown = await (await fetch(new URL(`${name}.config.json`, FOLDER))).json();
				const tensors = await verifyCase({
					name,
					kind,
					layout,
					config,
					weightsUrl: new URL(`${name}.${layout}.safetensors`, FOLDER).href,
					goldenUrl: new URL(`${name}${golden}.safetensors`, FOLDER).href,
					engine,
				});
				expect(tensors.filter((tensor) => tensor.status === 'fail')).toEqual([]);
				expect(tensors.some((tensor) => tensor.status === 'ok')).toBe(true);
			});
		}
	});
}
