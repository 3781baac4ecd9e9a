import type { CheckpointFiles } from '../parts/checkpoint-files.ts';

/** Source: docs/spec/z-image-turbo.md, sections 1.4 and 5 */
export const FLUX_VAE_FILES: CheckpointFiles = {
	what: 'FLUX.1 autoencoder',
	instead: 'ae.safetensors',
	place: /(^|\/)vae\/|(^|\/)ae\.(safetensors|sft)$/i,
	named: /^ae$|^(flux|z[-_ ]?image).*[-_ ](vae|ae)$/i,
	similar: [
		{
			// The same extents, other weights.
			what: 'Stable Diffusion 3 autoencoder',
			name: /(sd|stable[-_ ]?diffusion)[-_ ]?3/i,
			tensor: /(^|\.)joint_blocks\./,
		},
	],
	anchor: 'decoder.conv_in.weight',
	layouts: [
		{
			name: 'diffusers',
			sign: 'decoder.conv_norm_out.weight',
			locate: (name) => ({ name }),
		},
		{
			// Names of the latent diffusion code, linear layers as 1x1 convolutions.
			name: 'original',
			sign: 'decoder.norm_out.weight',
			locate: (official, _, names) => ({ name: originalName(official, levelsOf(names)) }),
		},
	],
};

/** The levels of the decoder are counted from the other end. */
function originalName(official: string, levels: number): string {
	return official
		.replace(
			/^decoder\.mid_block\.resnets\.(\d+)\./,
			(_, i: string) => `decoder.mid.block_${Number(i) + 1}.`,
		)
		.replace(
			/^decoder\.mid_block\.attentions\.(\d+)\./,
			(_, i: string) => `decoder.mid.attn_${Number(i) + 1}.`,
		)
		.replace(/(\.attn_\d+)\.group_norm\./, '$1.norm.')
		.replace(/(\.attn_\d+)\.to_([qkv])\./, '$1.$2.')
		.replace(/(\.attn_\d+)\.to_out\.0\./, '$1.proj_out.')
		.replace(
			/^decoder\.up_blocks\.(\d+)\./,
			(_, i: string) => `decoder.up.${levels - 1 - Number(i)}.`,
		)
		.replace(/(\.up\.\d+)\.resnets\./, '$1.block.')
		.replace(/(\.up\.\d+)\.upsamplers\.0\./, '$1.upsample.')
		.replace('.conv_shortcut.', '.nin_shortcut.')
		.replace(/^decoder\.conv_norm_out\./, 'decoder.norm_out.');
}

function levelsOf(names: ReadonlySet<string>): number {
	let levels = 0;
	while (names.has(`decoder.up.${levels}.block.0.conv1.weight`)) levels++;
	return levels;
}
