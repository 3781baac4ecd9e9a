import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../../src/families/registry.ts';
import { chooseWeights } from '../../../../src/install/sources/choose-weights.ts';
import { CheckpointError, FilesMissingError } from '../../../../src/install/errors.ts';
import { type Candidate, readCandidates } from '../../../../src/install/sources/read-candidates.ts';
import { openFiles } from '../../../../src/install/sources/open-files.ts';
import {
	downloadBytes,
	MIRROR_PRESET_URL,
	publishedUrl,
} from '../../../../src/install/sources/hub.ts';
import { Z_IMAGE_TURBO } from '../../../../src/families/z-image/published.ts';
import type { StreamSource } from '../../../../src/install/stream-source.ts';
import { bytesStream, goldenConfigs, goldenStream } from '../../../fixtures/golden-model.ts';
import { tinyCheckpoint } from '../../../fixtures/tiny-checkpoint.ts';

const { files: checkpoint, configs } = tinyCheckpoint();
const MODEL = buildModel('z-image', configs);

function sources(paths: Readonly<Record<string, string>>): Promise<readonly Candidate[]> {
	const files = new Map<string, StreamSource>(
		Object.entries(paths).map(([path, name]) => {
			const bytes = checkpoint.get(name) ?? new TextEncoder().encode(name);
			return [path, bytesStream(path, bytes)];
		}),
	);
	return readCandidates(files);
}

const COMPLETE = {
	'transformer/model-00001-of-00002.safetensors': 'transformer-1.safetensors',
	'transformer/model-00002-of-00002.safetensors': 'transformer-2.safetensors',
	'text_encoder/model.safetensors': 'text_encoder.safetensors',
	'vae/model.safetensors': 'vae.safetensors',
};

describe('chooseWeights', () => {
	it('finds the components, a checkpoint in parts among them', async () => {
		const chosen = chooseWeights(MODEL, await sources(COMPLETE));
		expect(chosen.transformer.map(({ source }) => source.name)).toEqual(
			Object.keys(COMPLETE).slice(0, 2),
		);
	});

	it('passes over what is something else, wherever it lies', async () => {
		const chosen = chooseWeights(
			MODEL,
			await sources({
				...COMPLETE,
				'vae/another.safetensors': 'text_encoder.safetensors',
				'diffusion_models/a.gguf': 'GGUF what follows',
				'loras/x.safetensors': 'no safetensors file at all',
			}),
		);
		expect(chosen.vae.map(({ source }) => source.name)).toEqual(['vae/model.safetensors']);
	});

	it('says what is missing', async () => {
		const rest = Object.fromEntries(Object.entries(COMPLETE).slice(0, 3));
		const candidates = await sources(rest);
		const choice = () => chooseWeights(MODEL, candidates);
		expect(choice).toThrow(FilesMissingError);
		const missing = [{ what: 'FLUX.1 autoencoder', file: 'ae.safetensors' }];
		const data = expect.objectContaining({ missing }) as unknown;
		expect(choice).toThrow(expect.objectContaining({ data }));
	});

	it('says why a file in the usual place cannot be taken', async () => {
		const candidates = await sources({
			'diffusion_models/z_image_turbo-Q4_0.gguf': 'GGUF what follows',
			'text_encoders/qwen_3_4b.safetensors': 'text_encoder.safetensors',
			'vae/ae.safetensors': 'vae.safetensors',
		});
		const choice = () => chooseWeights(MODEL, candidates);
		expect(choice).toThrow(CheckpointError);
		const file = 'diffusion_models/z_image_turbo-Q4_0.gguf';
		const data = expect.objectContaining({ file, kind: 'gguf' }) as unknown;
		expect(choice).toThrow(expect.objectContaining({ data }));
	});
});

describe('openFiles', () => {
	it('takes configs and tokenizer from elsewhere where the files have none', async () => {
		const tokenizer = { vocabulary: new Uint8Array(1), config: new Uint8Array(2) };
		const opened = await openFiles(
			new Map(
				['dit-tiny.comfy', 'qwen3-tiny.weights', 'vae-tiny.original'].map((name) => {
					return [`${name}.safetensors`, goldenStream(`${name}.safetensors`)];
				}),
			),
			{
				family: 'z-image',
				configs: goldenConfigs(),
				fetchTokenizer: async () => tokenizer,
			},
		);
		expect(opened.tokenizers['tokenizer']).toBe(tokenizer);
		expect(opened.weights.vae[0]?.source.name).toBe('vae-tiny.original.safetensors');
	});
});

describe('Z-Image-Turbo as published', () => {
	it('has whole hashes and the sizes of the specification', () => {
		for (const { weights } of Z_IMAGE_TURBO.downloads) {
			for (const { sha256 } of Object.values(weights).flat()) {
				expect(sha256).toMatch(/^[0-9a-f]{64}$/);
			}
		}
		const { vocabulary } = Z_IMAGE_TURBO.tokenizers['tokenizer'];
		const [comfy] = Z_IMAGE_TURBO.downloads;
		expect(downloadBytes(Z_IMAGE_TURBO, comfy)).toBe(
			12_309_866_400 + 8_044_982_048 + 335_304_388 + vocabulary.byteLength,
		);
		const [first] = comfy.weights['vae'];
		expect(publishedUrl(`${MIRROR_PRESET_URL}/`, comfy, first)).toBe(
			'https://hf-mirror.com/Comfy-Org/z_image_turbo/resolve/' +
				'08d04455279082882deaabc8d0d09fc914c071e1/split_files/vae/ae.safetensors',
		);
	});
});
