import type { SimilarModel } from '../parts/checkpoint-files.ts';
import type { PublishedModel, PublishedRepository } from '../parts/published-model.ts';

const OFFICIAL: PublishedRepository = {
	repository: 'Tongyi-MAI/Z-Image-Turbo',
	revision: 'f332072aa78be7aecdf3ee76d5c247082da564a6',
};

/** ComfyUI's files for Turbo, whose text encoder and autoencoder are those of both models. */
const COMFY_TURBO: PublishedRepository = {
	repository: 'Comfy-Org/z_image_turbo',
	revision: '08d04455279082882deaabc8d0d09fc914c071e1',
};

const SIZES: PublishedModel['card']['sizes'] = [
	{ width: 1024, height: 1024 },
	{ width: 768, height: 768 },
	{ width: 512, height: 512 },
	{ width: 1280, height: 720 },
	{ width: 720, height: 1280 },
	{ width: 1152, height: 864 },
	{ width: 864, height: 1152 },
];

const TOKENIZERS: PublishedModel['tokenizers'] = {
	tokenizer: {
		...OFFICIAL,
		facts: {
			vocabularySize: 151_643,
			addedTokens: { '<|endoftext|>': 151_643, '<|im_start|>': 151_644, '<|im_end|>': 151_645 },
		},
		vocabulary: {
			path: 'tokenizer/tokenizer.json',
			byteLength: 11_422_654,
			sha256: 'aeb13307a71acd8fe81861d94ad54ab689df773318809eed3cbe794b4492dae4',
		},
		config: { path: 'tokenizer/tokenizer_config.json' },
	},
};

const CONFIGS: PublishedModel['configs'] = {
	transformer: {
		_class_name: 'ZImageTransformer2DModel',
		all_f_patch_size: [1],
		all_patch_size: [2],
		axes_dims: [32, 48, 48],
		axes_lens: [1536, 512, 512],
		cap_feat_dim: 2560,
		dim: 3840,
		in_channels: 16,
		n_heads: 30,
		n_kv_heads: 30,
		n_layers: 30,
		n_refiner_layers: 2,
		norm_eps: 1e-5,
		qk_norm: true,
		rope_theta: 256,
		t_scale: 1000,
	},
	text_encoder: {
		architectures: ['Qwen3ForCausalLM'],
		attention_bias: false,
		bos_token_id: 151643,
		eos_token_id: 151645,
		head_dim: 128,
		hidden_act: 'silu',
		hidden_size: 2560,
		intermediate_size: 9728,
		max_position_embeddings: 40960,
		model_type: 'qwen3',
		num_attention_heads: 32,
		num_hidden_layers: 36,
		num_key_value_heads: 8,
		rms_norm_eps: 1e-6,
		rope_scaling: null,
		rope_theta: 1_000_000,
		tie_word_embeddings: true,
		vocab_size: 151936,
	},
	vae: {
		_class_name: 'AutoencoderKL',
		act_fn: 'silu',
		block_out_channels: [128, 256, 512, 512],
		force_upcast: true,
		in_channels: 3,
		latent_channels: 16,
		layers_per_block: 2,
		mid_block_add_attention: true,
		norm_num_groups: 32,
		out_channels: 3,
		sample_size: 1024,
		scaling_factor: 0.3611,
		shift_factor: 0.1159,
		use_post_quant_conv: false,
		use_quant_conv: false,
	},
};

/** As files and folders call them: Turbo and the others have the same tensors, so only names tell them apart. */
const TURBO_NAME = /z[-_ ]?image[-_ ]?turbo/i;
const BASE_NAME = /^z[-_ ]?image([-_ ]?base)?([-_ ](bf16|fp16|fp32))?$/i;
const UNPUBLISHED: readonly SimilarModel[] = [
	{ what: 'Z-Image-Edit', name: /^z[-_ ]?image[-_ ]?edit/i },
	{ what: 'Z-Image-Omni', name: /^z[-_ ]?image[-_ ]?omni/i, tensor: /(^|\.)siglip_embedder\./ },
];

/**
 * Z-Image-Turbo. Sizes and hashes are those of the repositories' LFS records.
 * Source: docs/spec/z-image-turbo.md, sections 1.1, 1.4, 4, 5
 */
export const Z_IMAGE_TURBO: PublishedModel = {
	card: {
		id: 'z-image-turbo',
		name: 'Z-Image-Turbo',
		family: 'z-image',
		sizes: SIZES,
		defaultSteps: 8,
		examples: [
			'A red fox asleep in fresh snow under a pine, low winter sun, 85 mm photograph',
			'A hand-painted shop sign that says "OPEN LATE" above a rainy street at night',
			'Isometric cutaway of a lighthouse with a tiny library on every floor, soft clay render',
		],
	},
	downloads: [
		{
			...{ id: 'comfy', publisher: 'comfy', dtype: 'BF16' },
			...COMFY_TURBO,
			weights: {
				transformer: [
					{
						path: 'split_files/diffusion_models/z_image_turbo_bf16.safetensors',
						byteLength: 12_309_866_400,
						sha256: '2407613050b809ffdff18a4ac99af83ea6b95443ecebdf80e064a79c825574a6',
					},
				],
				text_encoder: [
					{
						path: 'split_files/text_encoders/qwen_3_4b.safetensors',
						byteLength: 8_044_982_048,
						sha256: '6c671498573ac2f7a5501502ccce8d2b08ea6ca2f661c458e708f36b36edfc5a',
					},
				],
				vae: [
					{
						path: 'split_files/vae/ae.safetensors',
						byteLength: 335_304_388,
						sha256: 'afc8e28272cd15db3919bacdb6918ce9c1ed22e96cb12c4d5ed0fba823529e38',
					},
				],
			},
		},
		{
			...{ id: 'diffusers', publisher: 'official', dtype: 'F32' },
			...OFFICIAL,
			weights: {
				transformer: [
					{
						path: 'transformer/diffusion_pytorch_model-00001-of-00003.safetensors',
						byteLength: 9_973_693_184,
						sha256: '95facd593e2549e8252acb571c653d57f7ddb7f1060d4e81712f152555a88804',
					},
					{
						path: 'transformer/diffusion_pytorch_model-00002-of-00003.safetensors',
						byteLength: 9_973_714_824,
						sha256: 'a4bbe43ee184a1fb5af4b412d27555f532893bdc3165b1149e304ed82b5d7015',
					},
					{
						path: 'transformer/diffusion_pytorch_model-00003-of-00003.safetensors',
						byteLength: 4_672_282_880,
						sha256: 'aba4e37a590e63210878160a718d916d80398f4e1f78ab6c9b2b2a00d92769fa',
					},
				],
				text_encoder: [
					{
						path: 'text_encoder/model-00001-of-00003.safetensors',
						byteLength: 3_957_900_840,
						sha256: '328a91d3122359d5547f9d79521205bc0a46e1f79a792dfe650e99fc2d651223',
					},
					{
						path: 'text_encoder/model-00002-of-00003.safetensors',
						byteLength: 3_987_450_520,
						sha256: '6cd087b316306a68c562436b5492edbcf6e16c6dba3a1308279caa5a58e21ca5',
					},
					{
						path: 'text_encoder/model-00003-of-00003.safetensors',
						byteLength: 99_630_640,
						sha256: '7ca841ee75b9c61267c0c6148fd8d096d3d21b6d3e161256a9b878154f91fc52',
					},
				],
				vae: [
					{
						path: 'vae/diffusion_pytorch_model.safetensors',
						byteLength: 167_666_902,
						sha256: 'f5b59a26851551b67ae1fe58d32e76486e1e812def4696a4bea97f16604d40a3',
					},
				],
			},
		},
	],
	names: {
		transformer: {
			what: 'Z-Image-Turbo transformer',
			instead: 'z_image_turbo_bf16.safetensors',
			named: TURBO_NAME,
			similar: [{ what: 'Z-Image (base)', name: BASE_NAME }, ...UNPUBLISHED],
		},
	},
	tokenizers: TOKENIZERS,
	configs: CONFIGS,
};

/**
 * Z-Image, which was not distilled: the same network, with guidance and many more steps. That it is not Turbo,
 * nothing in its weights says. Its repository's commit was not seen; the hashes hold its bytes all the same.
 * Source: docs/spec/guidance-and-base.md, section 2
 */
export const Z_IMAGE_BASE: PublishedModel = {
	card: {
		id: 'z-image',
		name: 'Z-Image',
		family: 'z-image',
		sizes: SIZES,
		defaultSteps: 50,
		defaultGuidanceScale: 5,
		examples: [
			'A portrait of an old violin maker in her workshop, window light, shallow focus, 50 mm photograph',
			'A misty harbour at dawn in the style of a woodblock print, three boats, muted blues',
			'A cutaway drawing of a mechanical owl with every gear labelled, ink on cream paper',
		],
	},
	downloads: [
		{
			...{ id: 'comfy', publisher: 'comfy', dtype: 'BF16' },
			...{ repository: 'Comfy-Org/z_image', revision: 'main' },
			weights: {
				transformer: [
					{
						path: 'split_files/diffusion_models/z_image_bf16.safetensors',
						byteLength: 12_309_866_400,
						sha256: '996a67d3ff666946b1c25cbc16d1b1918b6cc0ac166309e23fe3b3d830263dee',
					},
				],
				text_encoder: [
					{
						from: COMFY_TURBO,
						path: 'split_files/text_encoders/qwen_3_4b.safetensors',
						byteLength: 8_044_982_048,
						sha256: '6c671498573ac2f7a5501502ccce8d2b08ea6ca2f661c458e708f36b36edfc5a',
					},
				],
				vae: [
					{
						from: COMFY_TURBO,
						path: 'split_files/vae/ae.safetensors',
						byteLength: 335_304_388,
						sha256: 'afc8e28272cd15db3919bacdb6918ce9c1ed22e96cb12c4d5ed0fba823529e38',
					},
				],
			},
		},
	],
	names: {
		transformer: {
			what: 'Z-Image transformer',
			instead: 'z_image_bf16.safetensors',
			named: BASE_NAME,
			similar: [{ what: 'Z-Image-Turbo', name: TURBO_NAME }, ...UNPUBLISHED],
		},
	},
	tokenizers: TOKENIZERS,
	configs: { ...CONFIGS, scheduler: { _class_name: 'FlowMatchEulerDiscreteScheduler', shift: 6 } },
};
