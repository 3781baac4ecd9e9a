import { readFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { Composer } from '../../../../src/app/compose/composer.svelte.ts';
import { Restoring } from '../../../../src/app/compose/restoring.svelte.ts';
import { Formats } from '../../../../src/app/format.ts';
import { chinese } from '../../../../src/app/i18n/chinese.ts';
import { english } from '../../../../src/app/i18n/english.ts';
import { Toasts } from '../../../../src/app/ui/toasts.svelte.ts';
import type { ModelInfo } from '../../../../src/engine/engine.ts';
import { isNameOf } from '../../../../src/recipe/model-name.ts';
import { pngChunk, pngWith } from '../../../fixtures/picture-files.ts';
import { MODEL, TestEnvironment } from '../scripted-engine.ts';

const EN = english(new Formats('en'));
const ZH = chinese(new Formats('zh-Hans'));
const TURBO = { ...MODEL, id: 'z-image-turbo' as ModelInfo['id'], name: 'Z-Image-Turbo' };

let composer: Composer;
let toasts: Toasts;
let model: ModelInfo;
let restoring: Restoring;

beforeEach(() => {
	composer = new Composer(new TestEnvironment().randomSeed);
	composer.adopt(MODEL);
	composer.prompt = 'my own prompt';
	toasts = new Toasts();
	model = MODEL;
	restoring = new Restoring(composer, toasts, (id) => {
		if (id !== undefined && isNameOf(id, TURBO)) model = TURBO;
		return model;
	});
});

/** A file in the form of another program. */
function drop(name: string): Promise<void> {
	const path = new URL(`../../../fixtures/foreign-files/${name}`, import.meta.url);
	return restoring.fromFile(new File([readFileSync(path)], name));
}

function dropText(text: string): Promise<void> {
	return restoring.fromFile(new File([text], 'notes.txt'));
}

function said(): string {
	return toasts.all.map(({ say }) => say(EN)).join('\n');
}

test('a published file name is the model: the page turns to it and says nothing of another', async () => {
	await drop('comfy-z-image-turbo.png');
	expect(model.id).toBe('z-image-turbo');
	expect(said()).not.toContain('made for the model');
	await drop('sdnext-exif-comment.jpg');
	expect(said()).not.toContain('made for the model');
	await drop('forge-second-pass.png');
	expect(said()).toContain('made for the model “z_image_bf16”');
});

test('a quantised form of the model is said to be one', async () => {
	await dropText('a fox\nSteps: 8, Seed: 5, Size: 512x256, Model: z-image-turbo-Q4_K_M.gguf');
	expect(said()).toContain('quantised form of this model (“z-image-turbo-Q4_K_M.gguf”)');
	expect(said()).not.toContain('made for the model');
});

test('what was said of the file before goes when the next one comes', async () => {
	await drop('comfy-z-image-turbo.png');
	expect(said()).toContain('The settings were filled in.');
	for (const name of ['comfy-workflow.json', 'comfy-workflow-only.png']) {
		await drop(name);
		expect(toasts.all).toHaveLength(1);
		expect(said()).toContain(`“${name}” holds a workflow, but not the graph that was run`);
	}
});

test('a file without a prompt leaves yours, and says so', async () => {
	await dropText('Steps: 8, Seed: 5, Size: 512x256');
	expect(composer.prompt).toBe('my own prompt');
	expect(composer.seed.fixed).toBe(5);
	expect(said()).toContain('No prompt was found in it, so yours stays.');
});

test('a LoRA that cannot be had is named with its strength', async () => {
	await drop('comfy-lora.png');
	expect(composer.prompt).toBe('a mountain lake');
	expect(said()).toContain('“pixel_art_style_z_image_turbo” (strength 1)');
});

test('files that hold no recipe are named, in both languages, and change nothing', async () => {
	const files = [
		['notes.txt', 'buy milk', 'is not a picture, and holds no settings'],
		['x.safetensors', '\x02\0\0\0\0\0\0\0{}', 'is a model file'],
		['x.gguf', 'GGUF\x03', 'of a format that Shardlight does not read'],
		['clip.mp4', '\0\0\0\x20ftypisom', 'is a video'],
		['a.zip', 'PK\x03\x04', 'is an archive'],
		['a.avif', '\0\0\0\x20ftypavif', 'of a kind whose settings cannot be read'],
		['a.bin', '\x01\x02\0\x03', 'is not a picture'],
		['empty.png', '', 'is empty'],
		['a.json', '{}', 'holds no settings that are known here'],
	] as const;
	for (const [name, bytes, sentence] of files) {
		await restoring.fromFile(new File([bytes], name));
		expect(toasts.all).toHaveLength(1);
		expect(said()).toContain(`“${name}”`);
		expect(said()).toContain(sentence);
		const chinese = toasts.all.map(({ say }) => say(ZH)).join('');
		expect(chinese).toMatch(/\p{Script=Han}/u);
		expect(chinese).toContain(name);
	}
	const png = new File([pngWith(pngChunk('tEXt', 'Author\0me'))], 'a.png');
	await restoring.fromFile(png);
	expect(said()).toContain('“a.png” carries no prompt or settings');
	await restoring.fromFile(new File([(await png.bytes()).slice(0, 20)], 'cut.png'));
	expect(said()).toContain('“cut.png” is damaged');
	expect(composer.prompt).toBe('my own prompt');
});
