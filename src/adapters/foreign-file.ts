import type { AdapterHeader } from './adapter-header.ts';
import type { AdapterStem, AdapterStems } from './adapter-stems.ts';
import type { AdapterFault } from './errors.ts';

/** What only the keys of one kind of file hold. The first that fits is the one. */
interface Sign {
	readonly made: string;
	readonly key: RegExp;
	/** Of the matrix A among the keys that fit: inputs of the layer. */
	readonly widths?: readonly number[];
}

/** Source: docs/spec/adapters.md 3 */
const SIGNS: readonly Sign[] = [
	{ made: 'FLUX.2', key: /single_transformer_blocks.*to_qkv_mlp_proj|double_stream_modulation/ },
	{ made: 'FLUX.1', key: /single_transformer_blocks|double_blocks|single_blocks/ },
	{ made: 'Qwen-Image', key: /transformer_blocks.*(?:img_mlp|img_mod[._]1|txt_mlp)/ },
	{ made: 'Wan', key: /(?:^|[._])blocks[._]\d+[._]self_attn/ },
	{ made: 'FLUX.1 / Qwen-Image', key: /transformer_blocks.*add_k_proj/, widths: [3072] },
	{ made: 'Stable Diffusion 3', key: /transformer_blocks.*add_k_proj/, widths: [1536, 2432] },
	{ made: 'Stable Diffusion 3', key: /joint_blocks|ff_context/ },
	{ made: 'Stable Diffusion XL', key: /^lora_te2_/ },
	{ made: 'Stable Diffusion XL', key: /attn2[._]to_k/, widths: [2048] },
	{ made: 'Stable Diffusion 2', key: /attn2[._]to_k/, widths: [1024] },
	{
		made: 'Stable Diffusion 1.5',
		key: /(?:down|up|input|output)_blocks|lora_te_text_model/,
	},
];

const CONTROL_NET = /control_layers\.|control_all_x_embedder/;

/** Tensors that only whole networks have, by their ends. */
const WHOLE = [
	{ what: 'model', key: /(?:^|\.)cap_embedder\.1\.weight$/ },
	{ what: 'text-encoder', key: /(?:^|\.)layers\.0\.self_attn\.q_proj\.weight$/ },
	{ what: 'autoencoder', key: /(?:^|\.)decoder\.conv_in\.weight$/ },
] as const;

const LUMINA_WIDTH = 2304;

/**
 * What a file is of which nothing can be applied.
 *
 * @param misfits stems whose names fit and whose shapes do not
 */
export function foreignFile(
	{ tensors, metadata }: AdapterHeader,
	{ stems, textEncoder }: AdapterStems,
	misfits: readonly AdapterStem[],
): AdapterFault {
	const width = misfits.map(widthOf).find((found) => found !== undefined);
	if (width === LUMINA_WIDTH) return { problem: 'other-model', made: 'Lumina Image 2.0' };
	if (width !== undefined) return { problem: 'other-width', width };
	const keys = [...tensors.keys()];
	if (keys.some((key) => CONTROL_NET.test(key))) return { problem: 'controlnet' };
	if (stems.length === 0 && textEncoder.length === 0) {
		const whole = WHOLE.find(({ key }) => keys.some((name) => key.test(name)));
		if (whole !== undefined) return { problem: 'whole', what: whole.what };
	}
	const sign = SIGNS.find(({ key, widths }) => {
		if (widths === undefined) return keys.some((name) => key.test(name));
		return stems.some((stem) => key.test(stem.name) && widths.includes(widthOf(stem) ?? 0));
	});
	if (sign !== undefined) return { problem: 'other-model', made: sign.made };
	const told = metadata.get('ss_base_model_version') ?? metadata.get('modelspec.architecture');
	if (told === undefined || told === '') return { problem: 'unknown-model' };
	if (/z[-_ ]?image/i.test(told))
		return { problem: 'unknown-modules', key: shorten(keys[0] ?? '') };
	return { problem: 'other-model', made: shorten(told) };
}

/** How many values the layer reads. */
function widthOf({ roles }: AdapterStem): number | undefined {
	return roles.get('A')?.shape[1];
}

/** Names in a file may be of any length. */
function shorten(text: string): string {
	const plain = text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, ' ');
	return plain.length > 80 ? `${plain.slice(0, 80)}…` : plain;
}
