import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderSources } from '../../../../cli/folder-sources.ts';
import { Formats } from '../../../../src/app/format.ts';
import { english } from '../../../../src/app/i18n/english.ts';
import { isAppError } from '../../../../src/errors/app-error.ts';
import { sayError } from '../../../../src/errors/error-sentences.ts';
import { Z_IMAGE_BASE, Z_IMAGE_TURBO } from '../../../../src/families/z-image/published.ts';
import { SourceChangedError } from '../../../../src/install/errors.ts';
import type { ModelSource, TokenizerFiles } from '../../../../src/install/sources/model-source.ts';
import { openFiles } from '../../../../src/install/sources/open-files.ts';
import type { StreamSource } from '../../../../src/install/stream-source.ts';
import { bytesStream } from '../../../fixtures/golden-model.ts';
import {
	CONFIGS,
	FITTING,
	type Folder,
	folderWithout,
	GOOD,
	json,
	MODEL_FOLDERS,
	tokenizer,
} from '../../../fixtures/model-folders.ts';

const { errors } = english(new Formats('en'));
const FETCHED: TokenizerFiles = { vocabulary: tokenizer(99), config: json({}) };

function sourcesOf(folder: Folder): ReadonlyMap<string, StreamSource> {
	return new Map(Object.entries(folder).map(([path, bytes]) => [path, bytesStream(path, bytes)]));
}

function open(
	sources: ReadonlyMap<string, StreamSource>,
	{ configs, tokenizers, names } = Z_IMAGE_TURBO,
): Promise<ModelSource> {
	return openFiles(sources, {
		...{ family: 'z-image', configs, tokenizers, names },
		fetchTokenizer: async () => FETCHED,
	});
}

/** Which files were taken, and how many tokens the tokenizer has. */
async function taken(folder: Folder): Promise<Readonly<Record<string, string | number>>> {
	const { weights, tokenizers } = await open(sourcesOf(folder));
	const files = Object.entries(weights).map(([component, [{ source }]]) => [
		component,
		source.name,
	]);
	const { model } = JSON.parse(new TextDecoder().decode(tokenizers['tokenizer']?.vocabulary)) as {
		model: { vocab: object };
	};
	return {
		...(Object.fromEntries(files) as Record<string, string>),
		tokens: Object.keys(model.vocab).length,
	};
}

async function refusal(folder: Folder): Promise<string> {
	const error: unknown = await open(sourcesOf(folder)).then(
		() => undefined,
		(reason: unknown) => reason,
	);
	if (!isAppError(error)) throw new TypeError(`no refusal: ${String(error)}`);
	return sayError(errors, error);
}

const OWN = {
	transformer: 'diffusion_models/z_image_turbo_bf16.safetensors',
	text_encoder: 'text_encoders/qwen_3_4b.safetensors',
	vae: 'vae/ae.safetensors',
	tokens: 40,
};

describe('of several checkpoints', () => {
	it('the published one is taken, not the base model beside it', async () => {
		expect(await taken(MODEL_FOLDERS.baseBesideTurbo)).toEqual(OWN);
	});

	it('the base model is taken where that one is installed, with its shift', async () => {
		const { weights, configs } = await open(sourcesOf(MODEL_FOLDERS.baseBesideTurbo), Z_IMAGE_BASE);
		expect(weights.transformer[0].source.name).toBe('diffusion_models/z_image_bf16.safetensors');
		expect(configs['scheduler']).toMatchObject({ shift: 6 });
		await expect(open(sourcesOf(GOOD), Z_IMAGE_BASE)).rejects.toMatchObject({
			data: { problem: 'other-model', named: 'Z-Image-Turbo', get: 'z_image_bf16.safetensors' },
		});
	});

	it('the text encoder is taken, not the one that sees pictures', async () => {
		expect(await taken(MODEL_FOLDERS.visualBesideText)).toEqual(OWN);
	});

	it.each([
		'Qwen3-4B-Instruct-2507.safetensors',
		'Qwen3-Embedding-4B/model.safetensors',
		'LLM/Qwen3-4B-Thinking-2507/model.safetensors',
		'a_finetune_of_qwen3.safetensors',
	])('the published text encoder is taken, not %s', async (name) => {
		expect(await taken({ [`a/${name}`]: FITTING.textEncoder, ...GOOD })).toEqual(OWN);
	});

	it('one in a folder of the right name is taken, whatever comes first in the alphabet', async () => {
		const diffusers = (name: string): Folder => ({
			[`${name}/transformer/diffusion_pytorch_model.safetensors`]: FITTING.transformer,
			[`${name}/text_encoder/model.safetensors`]: FITTING.textEncoder,
			[`${name}/vae/diffusion_pytorch_model.safetensors`]: FITTING.vae,
			...Object.fromEntries(Object.entries(CONFIGS).map(([path, of]) => [`${name}/${path}`, of])),
			[`${name}/tokenizer/tokenizer.json`]: tokenizer(name.length),
			[`${name}/tokenizer/tokenizer_config.json`]: json({}),
		});
		const both = { ...diffusers('Z-Image'), ...diffusers('Z-Image-Turbo') };
		expect((await taken(both)).transformer).toBe(
			'Z-Image-Turbo/transformer/diffusion_pytorch_model.safetensors',
		);
		const cached = 'hub/models--Tongyi-MAI--Z-Image/snapshots/0a1b';
		const turbo = `${cached.replace('Z-Image', 'Z-Image-Turbo')}/transformer/a.safetensors`;
		const cache = {
			...GOOD,
			[OWN.transformer]: FITTING.clip,
			[`${cached}/transformer/a.safetensors`]: FITTING.transformer,
			[turbo]: FITTING.transformer,
		};
		expect((await taken(cache)).transformer).toBe(turbo);
	});

	it("a fine-tune's file is taken where no other is there", async () => {
		const folder = {
			...folderWithout(GOOD, OWN.transformer),
			'diffusion_models/my zimage mix v2.safetensors': FITTING.transformer,
		};
		expect((await taken(folder)).transformer).toContain('my zimage mix');
	});
});

describe('a model of the same extents is refused by its name', () => {
	it.each([
		'diffusion_models/z_image_bf16.safetensors',
		'z-image.safetensors',
		'Z-Image/transformer/diffusion_pytorch_model.safetensors',
		'hub/models--Tongyi-MAI--Z-Image/snapshots/0a1b/transformer/model.safetensors',
		'unet/z_image_edit_bf16.safetensors',
	])('%s', async (path) => {
		const folder = { ...folderWithout(GOOD, OWN.transformer), [path]: FITTING.transformer };
		expect(await refusal(folder)).toMatch(/By its name this is Z-Image.*z_image_turbo_bf16/);
		expect(await refusal(folder)).toContain(path);
	});

	it.each([
		'text_encoders/Qwen3-Embedding-4B.safetensors',
		'text_encoders/qwen_3_4b_thinking_2507.safetensors',
	])('%s', async (path) => {
		const folder = { ...folderWithout(GOOD, OWN.text_encoder), [path]: FITTING.textEncoder };
		expect(await refusal(folder)).toMatch(/By its name this is Qwen3/);
	});

	it('or by what else it holds', async () => {
		const path = 'text_encoders/anything.safetensors';
		const folder = { ...folderWithout(GOOD, OWN.text_encoder), [path]: FITTING.visualTextEncoder };
		expect(await refusal(folder)).toContain('It holds the Qwen3-VL.');
	});
});

describe('of tokenizers', () => {
	it("another model's is not taken: the published one is fetched", async () => {
		expect(await taken(MODEL_FOLDERS.tokenizerOfAnother)).toEqual({ ...OWN, tokens: 99 });
		const named = {
			...folderWithout(GOOD, 'tokenizer/tokenizer.json'),
			'diffusers/sdxl/tokenizer/tokenizer.json': tokenizer(2),
			'diffusers/sdxl/tokenizer/tokenizer_config.json': json({}),
			'diffusers/sdxl/text_encoder/config.json': json({ architectures: ['CLIPTextModel'] }),
		};
		expect(await taken(named)).toEqual({ ...OWN, tokens: 99 });
	});

	it("the model's own is known by its tokens, wherever it lies", async () => {
		const vocab = Object.fromEntries(Array.from({ length: 151_643 }, (_, i) => [`t${i}`, i]));
		const added = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'].map((content, i) => {
			return { content, id: 151_643 + i };
		});
		const qwen = json({ model: { vocab }, added_tokens: added });
		const folder = {
			...MODEL_FOLDERS.tokenizerOfAnother,
			'LLM/Qwen3-8B/tokenizer.json': qwen,
			'LLM/Qwen3-8B/tokenizer_config.json': json({}),
		};
		expect(await taken(folder)).toEqual({ ...OWN, tokens: 151_643 });
	});
});

describe('of configs', () => {
	it("another model's does not count, and is named where nothing fits", async () => {
		const said = await refusal(MODEL_FOLDERS.configOfAnother);
		expect(said).toContain('diffusers/sdxl/vae/config.json');
		expect(said).not.toContain('post_quant_conv');
	});

	it('those of a whole model count, among those of others', async () => {
		const sd3 = { _class_name: 'AutoencoderKL', latent_channels: 16, scaling_factor: 1.5305 };
		const folder = {
			'a/sd3/vae/config.json': json(sd3),
			'a/sd3/transformer/config.json': json({ _class_name: 'SD3Transformer2DModel' }),
			'a/sd3/text_encoder/config.json': json({ architectures: ['CLIPTextModel'] }),
			...GOOD,
			'b/vae/config.json': new TextEncoder().encode('{ broken'),
		};
		expect(await taken(folder)).toEqual(OWN);
	});
});

describe('what is said of which file', () => {
	it('a quantised one is named, with hyphens too', async () => {
		expect(await refusal(MODEL_FOLDERS.quantisedWithHyphens)).toMatch(
			/^z-image-turbo-fp8-e4m3fn\.safetensors: .*quantised to FP8/,
		);
	});

	it('the one that comes nearest is named, not the first', async () => {
		expect(await refusal(MODEL_FOLDERS.quantisedAmongOthers)).toMatch(
			/^text_encoders\/qwen_3_4b_fp8_mixed\.safetensors: .*quantised to FP8/,
		);
	});

	it.each([
		['z-image-turbo-Q4_K_M.gguf', 'GGUF'],
		['unet/zImageTurbo_q8.gguf', 'GGUF'],
	])('%s is named', async (path, what) => {
		const gguf = new TextEncoder().encode('GGUF what follows');
		const said = await refusal({ ...folderWithout(GOOD, OWN.transformer), [path]: gguf });
		expect(said).toContain(`${path}: `);
		expect(said).toContain(what);
	});

	it('files of other models are not blamed: what is missing is listed, and what was found', async () => {
		const folder = {
			...folderWithout(GOOD, OWN.text_encoder),
			'text_encoders/clip_l.safetensors': FITTING.clip,
			'text_encoders/t5xxl_fp16.safetensors': FITTING.t5,
		};
		const said = await refusal(folder);
		expect(said).toContain('✗ the Qwen3-4B text encoder (qwen_3_4b.safetensors)');
		expect(said).toContain(`✓ the Z-Image-Turbo transformer (${OWN.transformer})`);
		expect(said).toContain('Looked at 9 files.');
		expect(said).not.toContain('clip_l');
	});

	it('a folder without any of it is said to have been looked at', async () => {
		const said = await refusal({});
		expect(said.match(/✗/g)).toHaveLength(3);
		expect(said).toContain('Looked at 0 files.');
	});
});

describe('what cannot be read', () => {
	it('is passed over where it is not needed: a file that is gone by now', async () => {
		const gone: StreamSource = {
			...{ name: 'loras/x.safetensors', byteLength: 100, identity: '' },
			// eslint-disable-next-line require-yield
			async *open() {
				throw new SourceChangedError('loras/x.safetensors', 'gone', 'disk');
			},
		};
		const sources = new Map(sourcesOf(GOOD)).set(gone.name, gone);
		expect((await open(sources)).weights.vae[0].source.name).toBe(OWN.vae);
	});

	it('is passed over on the command line: broken links, and links that lead back', async () => {
		const folder = mkdtempSync(join(tmpdir(), 'shardlight-links-'));
		try {
			for (const [path, bytes] of Object.entries(GOOD)) {
				mkdirSync(dirname(join(folder, path)), { recursive: true });
				writeFileSync(join(folder, path), bytes);
			}
			mkdirSync(join(folder, 'loras'));
			symlinkSync('/mnt/unplugged/x.safetensors', join(folder, 'loras/x.safetensors'));
			symlinkSync(folder, join(folder, 'loras/back'));
			const sources = await folderSources(folder);
			expect([...sources.keys()].sort()).toEqual(Object.keys(GOOD).sort());
			expect((await open(sources)).weights.vae[0].source.name).toBe(OWN.vae);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
});
