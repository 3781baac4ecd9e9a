import { expect, it } from 'vitest';
import { parseAutoencoderKlConfig } from '../../../../src/families/vae/autoencoder-kl-decoder.ts';
import { knownPreview } from '../../../../src/families/vae/known-preview.ts';
import { Z_IMAGE_TURBO } from '../../../../src/families/z-image/published.ts';

const flux = parseAutoencoderKlConfig(Z_IMAGE_TURBO.configs['vae']);

it('knows the latent space of the published model by its config, and no other', () => {
	expect(knownPreview(flux)?.matrix).toHaveLength(flux.latentChannels);
	expect(knownPreview({ ...flux, scalingFactor: 0.36 })).toBeUndefined();
});
