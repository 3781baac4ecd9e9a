import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findComponent } from '../../../../lab/find-component.ts';
import type {
	CheckpointFiles,
	TensorPlace,
} from '../../../../src/families/parts/checkpoint-files.ts';
import { buildModel } from '../../../../src/families/registry.ts';
import {
	indexCheckpoint,
	type LayoutIndex,
	resolveTensor,
} from '../../../../src/install/checkpoint/checkpoint-layouts.ts';
import { CheckpointError } from '../../../../src/install/errors.ts';
import {
	parseSafetensorsHeader,
	type SafetensorsHeader,
	type SafetensorsTensor,
} from '../../../../src/install/checkpoint/safetensors.ts';
import { goldenBytes, goldenPath } from '../../../fixtures/golden-files.ts';
import { goldenConfigs } from '../../../fixtures/golden-model.ts';
import { refusal } from '../../../fixtures/refusal.ts';

const { components } = buildModel('z-image', goldenConfigs());

function indexOf(headers: readonly SafetensorsHeader[], component: string): LayoutIndex {
	const siblings = components.map(({ files }) => files);
	return indexCheckpoint(headers, findComponent({ components }, component).files, siblings);
}

interface File {
	readonly bytes: Uint8Array;
	readonly header: SafetensorsHeader;
}

function file(bytes: Uint8Array): File {
	return { bytes, header: parseSafetensorsHeader(bytes, bytes.byteLength) };
}

/** The header with each name changed. */
function renamed(header: SafetensorsHeader, rename: (name: string) => string): SafetensorsHeader {
	const tensors = [...header.tensors.values()].map((tensor): [string, SafetensorsTensor] => [
		rename(tensor.name),
		tensor,
	]);
	return { tensors: new Map(tensors), metadata: header.metadata };
}

/** The header with some tensors replaced or added. */
function withTensors(
	header: SafetensorsHeader,
	changes: Readonly<Record<string, Partial<SafetensorsTensor>>>,
): SafetensorsHeader {
	const tensors = new Map(header.tensors);
	const blank = { dtype: 'F32', shape: [], byteOffset: 0, byteLength: 4 };
	for (const [name, change] of Object.entries(changes)) {
		tensors.set(name, { name, ...(tensors.get(name) ?? blank), ...change });
	}
	return { tensors, metadata: header.metadata };
}

/** The bytes that every official tensor resolves to are those it has in the official file. */
function expectSameBytes(official: File, other: File, component: string): void {
	const index = indexOf([other.header], component);
	for (const { name, shape, byteOffset, byteLength } of official.header.tensors.values()) {
		const found = resolveTensor(index, name, shape);
		const expected = Buffer.from(official.bytes.buffer, byteOffset, byteLength);
		const actual = Buffer.from(other.bytes.buffer, found.byteOffset, found.byteLength);
		expect(found.dtype).toBe('BF16');
		if (!actual.equals(expected)) expect(found.sourceName).toBe(`the bytes of ${name}`);
	}
}

let folder: string;
let diffusers: File;
let comfy: File;

beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), 'shardlight-weights-'));
	const config = goldenPath('dit-tiny.config.json');
	execFileSync(process.execPath, [goldenPath('make-weights.mjs'), config, 'dit-tiny', folder]);
	const read = (name: string) => file(new Uint8Array(readFileSync(join(folder, name))));
	diffusers = read('dit-tiny.diffusers.safetensors');
	comfy = read('dit-tiny.comfy.safetensors');
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('layouts of the transformer', () => {
	it('resolves every official name of the official file to itself', () => {
		expect(indexOf([diffusers.header], 'transformer').layout.name).toBe('diffusers');
		expectSameBytes(diffusers, diffusers, 'transformer');
	});

	it('resolves every official name of a ComfyUI file to the same bytes', () => {
		expect(indexOf([comfy.header], 'transformer').layout.name).toBe('comfy');
		expectSameBytes(diffusers, comfy, 'transformer');
	});

	it('looks behind the prefix of all-in-one checkpoints and past stray tensors', () => {
		const prefixed = renamed(comfy.header, (name) => `model.diffusion_model.${name}`);
		const stray = withTensors(prefixed, {
			'model.diffusion_model.norm_final.weight': { dtype: 'F16' },
			'first_stage_model.decoder.conv_in.weight': { dtype: 'F8_E4M3' },
		});
		expect(indexOf([stray], 'transformer').prefix).toBe('model.diffusion_model.');
		expectSameBytes(diffusers, { bytes: comfy.bytes, header: stray }, 'transformer');
	});

	it('takes pad tokens with and without their extent of 1', () => {
		const flat = withTensors(comfy.header, { x_pad_token: { shape: [384] } });
		const index = indexOf([flat], 'transformer');
		expect(resolveTensor(index, 'x_pad_token', [1, 384]).byteLength).toBe(2 * 384);
	});

	it('finds tensors in whichever shard has them', () => {
		const all = [...diffusers.header.tensors];
		const shard = (keep: number) => ({
			tensors: new Map(all.filter((_, i) => i % 3 === keep)),
			metadata: new Map<string, string>(),
		});
		const index = indexOf([shard(0), shard(1), shard(2)], 'transformer');
		for (const [i, [name, { shape, byteOffset }]] of all.entries()) {
			expect(resolveTensor(index, name, shape)).toMatchObject({ file: i % 3, byteOffset });
		}
	});

	it('cuts fused projections where keys and values are fewer than queries', () => {
		const name = 'layers.0.attention.qkv.weight';
		const fused = withTensors(comfy.header, {
			[name]: { shape: [8, 4], byteOffset: 1000, byteLength: 64 },
		});
		const index = indexOf([fused], 'transformer');
		const at = (letter: string, rows: number) => {
			const found = resolveTensor(index, `layers.0.attention.to_${letter}.weight`, [rows, 4]);
			return [found.byteOffset, found.byteLength];
		};
		expect([at('q', 4), at('k', 2), at('v', 2)]).toEqual([
			[1000, 32],
			[1032, 16],
			[1048, 16],
		]);
	});

	it('says which tensor is absent or has another shape', () => {
		const index = indexOf([comfy.header], 'transformer');
		expect(refusal(() => resolveTensor(index, 'layers.9.ffn_norm1.weight', [384]))).toMatch(
			/lacks the tensor layers\.9\.ffn_norm1\.weight.*z_image_turbo_bf16\.safetensors/,
		);
		for (const shape of [[384, 385], [385, 384], [384], [3000, 384]]) {
			expect(refusal(() => resolveTensor(index, 'layers.0.attention.to_k.weight', shape))).toMatch(
				/layers\.0\.attention\.qkv\.weight has the shape \[1152, 384\]/,
			);
		}
		const short = withTensors(comfy.header, {
			'layers.0.attention.qkv.weight': { shape: [300, 384], byteLength: 300 * 384 * 2 },
		});
		const shortIndex = indexOf([short], 'transformer');
		for (const letter of ['q', 'k', 'v']) {
			expect(() =>
				resolveTensor(shortIndex, `layers.0.attention.to_${letter}.weight`, [384, 384]),
			).toThrow(CheckpointError);
		}
		expect(() => resolveTensor(index, 'cap_embedder.1.weight', [384, 2560])).toThrow(
			CheckpointError,
		);
	});
});

describe('layouts of the autoencoder', () => {
	const official = file(goldenBytes('vae-tiny.diffusers.safetensors'));
	const original = file(goldenBytes('vae-tiny.original.safetensors'));

	it('resolves every official name in both layouts to the same bytes', () => {
		expect(indexOf([official.header], 'vae').layout.name).toBe('diffusers');
		expect(indexOf([original.header], 'vae').layout.name).toBe('original');
		expectSameBytes(official, official, 'vae');
		expectSameBytes(official, original, 'vae');
	});

	it('looks behind a prefix', () => {
		for (const prefix of ['first_stage_model.', 'vae.']) {
			const header = renamed(original.header, (name) => prefix + name);
			expectSameBytes(official, { bytes: original.bytes, header }, 'vae');
		}
	});

	it('counts levels from the other end, however many there are', () => {
		const cut = [...original.header.tensors].filter(([name]) => !name.includes('.up.3.'));
		const index = indexOf([{ tensors: new Map(cut), metadata: new Map() }], 'vae');
		const name = 'decoder.up_blocks.0.resnets.1.conv1.weight';
		const found = resolveTensor(index, name, [64, 64, 3, 3]);
		expect(found.sourceName).toBe('decoder.up.2.block.1.conv1.weight');
	});
});

describe('layouts of the text encoder', () => {
	const official = file(goldenBytes('qwen3-tiny.weights.safetensors'));

	it.each(['model.', '', 'text_encoders.qwen3_4b.transformer.model.'])(
		'resolves official names behind the prefix %j',
		(prefix) => {
			const header = renamed(official.header, (name) => name.replace(/^model\./, prefix));
			expectSameBytes(official, { bytes: official.bytes, header }, 'text_encoder');
		},
	);
});

describe('what cannot be converted', () => {
	const linear = 'layers.0.attention.qkv.weight';

	it.each<[string, Readonly<Record<string, Partial<SafetensorsTensor>>>, RegExp]>([
		['plain FP8', { [linear]: { dtype: 'F8_E4M3' } }, /quantised to FP8/],
		['scaled FP8', { scaled_fp8: { dtype: 'F8_E4M3' } }, /quantised/],
		['scaled FP8 with scales', { [`${linear.slice(0, -7)}.scale_weight`]: {} }, /quantised/],
		['NVFP4', { [linear]: { dtype: 'U8' } }, /quantised to 4 bits/],
		['NVFP4 scales', { [`${linear}_scale`]: { dtype: 'F8_E4M3' } }, /quantised/],
		['INT8', { [linear]: { dtype: 'I8' } }, /quantised to INT8/],
		['SVDQuant', { 'layers.0.attention.to_qkv.qweight': { dtype: 'I8' } }, /quantised/],
	])('refuses %s and names the file to get', (_what, changes, message) => {
		const header = withTensors(comfy.header, changes);
		expect(() => indexOf([header], 'transformer')).toThrow(CheckpointError);
		expect(refusal(() => indexOf([header], 'transformer'))).toMatch(message);
		expect(refusal(() => indexOf([header], 'transformer'))).toMatch(
			/Get z_image_turbo_bf16\.safetensors\./,
		);
		expect(refusal(() => indexOf([renamed(header, (name) => `x.${name}`)], 'transformer'))).toMatch(
			message,
		);
	});

	it('names the file to get for each component', () => {
		const nothing = { tensors: new Map<string, SafetensorsTensor>(), metadata: new Map() };
		for (const [component, name] of [
			['transformer', 'z_image_turbo_bf16.safetensors'],
			['text_encoder', 'qwen_3_4b.safetensors'],
			['vae', 'ae.safetensors'],
		] as const) {
			expect(refusal(() => indexOf([nothing], component))).toContain(name);
		}
	});

	it('says what a file holds instead', () => {
		expect(refusal(() => indexOf([comfy.header], 'vae'))).toMatch(
			/does not hold the FLUX\.1 autoencoder\. It holds the Z-Image-Turbo transformer\./,
		);
		const lora = withTensors(
			{ tensors: new Map(), metadata: new Map() },
			{ 'diffusion_model.layers.0.attention.to_q.lora_A.weight': {} },
		);
		expect(refusal(() => indexOf([lora], 'transformer'))).toMatch(/It is a LoRA\./);
	});

	it('refuses a type it cannot convert when the tensor is wanted', () => {
		const header = withTensors(comfy.header, { 'cap_embedder.1.bias': { dtype: 'F64' } });
		const index = indexOf([header], 'transformer');
		expect(refusal(() => resolveTensor(index, 'cap_embedder.1.bias', [384]))).toMatch(/type F64/);
	});
});

describe('tensors that are rows of others', () => {
	const PLACES: Readonly<Record<string, TensorPlace>> = {
		'k.weight': { name: 'kv.weight', rows: { first: 0, of: 8 } },
		'v.weight': { name: 'kv.weight', rows: { first: 4, of: 8 } },
		'q.bias': { name: 'qkv.bias', rows: { first: 0, of: 12 } },
		'k.bias': { name: 'qkv.bias', rows: { first: 4, of: 12 } },
		// The file has shift before scale, the official checkpoint after it.
		'norm_out.scale': { name: 'adaLN.weight', rows: { first: 2, of: 4 } },
		'norm_out.shift': { name: 'adaLN.weight', rows: { first: 0, of: 4 } },
	};
	const files: CheckpointFiles = {
		what: 'a made-up network',
		instead: 'made-up.safetensors',
		place: /made-up/,
		anchor: 'kv.weight',
		layouts: [{ name: 'fused', sign: 'kv.weight', locate: (official) => PLACES[official] }],
	};
	const header = withTensors(
		{ tensors: new Map(), metadata: new Map() },
		{
			'net.kv.weight': { dtype: 'F16', shape: [8, 3], byteOffset: 100, byteLength: 48 },
			'net.qkv.bias': { dtype: 'F32', shape: [12], byteOffset: 200, byteLength: 48 },
			'net.adaLN.weight': { dtype: 'BF16', shape: [4, 2], byteOffset: 300, byteLength: 16 },
		},
	);
	const index = indexCheckpoint([header], files);

	it.each([
		{ official: 'k.weight', shape: [4, 3], byteOffset: 100, byteLength: 24 },
		{ official: 'v.weight', shape: [4, 3], byteOffset: 124, byteLength: 24 },
		{ official: 'q.bias', shape: [4], byteOffset: 200, byteLength: 16 },
		{ official: 'k.bias', shape: [4], byteOffset: 216, byteLength: 16 },
		{ official: 'norm_out.scale', shape: [2, 2], byteOffset: 308, byteLength: 8 },
		{ official: 'norm_out.shift', shape: [2, 2], byteOffset: 300, byteLength: 8 },
	])('$official is found at $byteOffset', ({ official, shape, byteOffset, byteLength }) => {
		expect(resolveTensor(index, official, shape)).toMatchObject({ byteOffset, byteLength });
	});

	it.each([
		{ official: 'v.weight', shape: [5, 3] },
		{ official: 'v.weight', shape: [4, 2] },
		{ official: 'k.bias', shape: [9] },
	])('$official is refused as $shape', ({ official, shape }) => {
		expect(refusal(() => resolveTensor(index, official, shape))).toMatch(/which does not hold/);
	});
});
