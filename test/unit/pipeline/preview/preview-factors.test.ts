import { describe, expect, it } from 'vitest';
import { parseAutoencoderKlConfig } from '../../../../src/families/vae/autoencoder-kl-decoder.ts';
import { Z_IMAGE_TURBO } from '../../../../src/install/published-models.ts';
import { previewFactors } from '../../../../src/pipeline/preview/preview-factors.ts';

const flux = parseAutoencoderKlConfig(Z_IMAGE_TURBO.configs.vae);

describe('previewFactors', () => {
	it('knows the latent space of the published model by its config', () => {
		expect(previewFactors({}, flux)?.matrix).toHaveLength(flux.latentChannels);
	});

	it("takes a model's own factors first, and none for an unknown space", () => {
		const own = { matrix: [], bias: [0, 0, 0] } as const;
		expect(previewFactors({ preview: own }, flux)).toBe(own);
		expect(previewFactors({}, { ...flux, scalingFactor: 0.36 })).toBeUndefined();
	});
});
