import { Buffer } from 'node:buffer';
import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { decode, encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { NoRecipeError, PngError } from '../../../src/share/errors.ts';
import { embedRecipe, readRecipe } from '../../../src/share/png-recipe.ts';
import { anyRecipe, restored } from '../../fixtures/arbitrary-recipe.ts';

const recipe = { prompt: '一只猫 🐈', seed: 7, width: 16, height: 32, steps: 8 };
const model = { id: 'demo', revision: '1' };
const pixels = Uint8Array.from({ length: 4 * 4 * 4 }, (_, i) => (i * 37) % 256);
const PLAIN = new Uint8Array(encode({ width: 4, height: 4, data: pixels, channels: 4 }));
const A1111 = 'caf\u00e9\nSteps: 20, Sampler: Euler a, Seed: 11, Size: 512x512, Model: anything';

/** A chunk made with Node's own CRC. */
function chunk(type: string, ...data: readonly (string | Uint8Array)[]): Uint8Array {
	const body = Buffer.concat([type, ...data].map((part) => Buffer.from(part)));
	const frame = Buffer.alloc(8);
	frame.writeUInt32BE(body.length - 4);
	frame.writeUInt32BE(crc32(body), 4);
	return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** The plain picture with chunks put before its end. */
function withChunks(...chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
	const end = PLAIN.byteLength - 12;
	return Uint8Array.from(Buffer.concat([PLAIN.subarray(0, end), ...chunks, PLAIN.subarray(end)]));
}

/** Walks a PNG as its standard says, checking every CRC with Node's. */
function textChunks(png: Uint8Array): ReadonlyMap<string, Buffer> {
	const bytes = Buffer.from(png);
	const found = new Map<string, Buffer>();
	for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
		const end = at + 8 + bytes.readUInt32BE(at);
		expect(bytes.readUInt32BE(end)).toBe(crc32(bytes.subarray(at + 4, end)));
		found.set(bytes.toString('latin1', at + 4, at + 8), bytes.subarray(at + 8, end));
	}
	return found;
}

describe('embedRecipe', () => {
	it('adds the recipe as iTXt and leaves the pixels alone', async () => {
		const png = await embedRecipe(PLAIN, recipe, model, '0.1.0');
		expect(decode(png, { checkCrc: true }).data).toEqual(pixels);
		const text = textChunks(png).get('iTXt')?.toString('utf8');
		expect(text).toMatch(
			/^parameters\0\0\0\0\0一只猫 🐈\nSteps: 8, .*Version: Shardlight 0\.1\.0$/,
		);
	});

	it('replaces the recipe that is there and keeps other text', async () => {
		const old = withChunks(
			chunk('tEXt', `parameters\0${A1111}`),
			chunk('tEXt', 'Author\0somebody'),
			chunk('zTXt', 'parameters\0\0', deflateSync('old')),
		);
		const png = await embedRecipe(old, recipe, model, '0.1.0');
		const chunks = textChunks(png);
		expect(chunks.get('tEXt')?.toString()).toBe('Author\0somebody');
		expect(chunks.has('zTXt')).toBe(false);
		expect(await embedRecipe(png, recipe, model, '0.1.0')).toEqual(png);
	});

	it('is read back exactly', async () => {
		await fc.assert(
			fc.asyncProperty(anyRecipe, async (given) => {
				const read = await readRecipe(await embedRecipe(PLAIN, given, model, '0.1.0'));
				// The text says what a model does by itself, too.
				const said = { sampler: 'euler', guidanceScale: 1 };
				expect(read).toEqual({ ...said, ...restored(given), model });
			}),
			{ numRuns: 500, seed: 1 },
		);
	});
});

describe('readRecipe', () => {
	const cat = { prompt: 'caf\u00e9', seed: 11, steps: 20, model: { id: 'anything' } };

	it.each([
		['Latin-1 in tEXt', chunk('tEXt', 'parameters\0', Buffer.from(A1111, 'latin1'))],
		['UTF-8 in tEXt', chunk('tEXt', `parameters\0${A1111}`)],
		['zTXt', chunk('zTXt', 'parameters\0\0', deflateSync(Buffer.from(A1111, 'latin1')))],
		['iTXt', chunk('iTXt', `parameters\0\0\0en\0Parameter\0${A1111}`)],
		['compressed iTXt', chunk('iTXt', 'parameters\0\x01\0\0\0', deflateSync(A1111))],
	])('reads %s', async (_what, text) => {
		expect(await readRecipe(withChunks(text))).toMatchObject(cat);
	});

	it('reads what ComfyUI writes', async () => {
		const graph = {
			'1': { class_type: 'EmptyLatentImage', inputs: { width: 512, height: 512 } },
			'2': { class_type: 'CLIPTextEncode', inputs: { text: 'a cat' } },
			'3': {
				class_type: 'KSampler',
				inputs: { seed: 5, steps: 4, positive: ['2', 0], latent_image: ['1', 0] },
			},
		};
		const png = withChunks(chunk('tEXt', `prompt\0${JSON.stringify(graph)}`));
		expect(await readRecipe(png)).toMatchObject({ prompt: 'a cat', seed: 5, steps: 4 });
	});

	it('says that a picture has no recipe', async () => {
		await expect(readRecipe(PLAIN)).rejects.toThrow(NoRecipeError);
		const author = withChunks(chunk('tEXt', 'Author\0somebody'));
		await expect(readRecipe(author)).rejects.toThrow(NoRecipeError);
	});

	const damaged = chunk('tEXt', `parameters\0${A1111}`);
	damaged[20] = 0x2a;

	it.each([
		['nothing', new Uint8Array(), /another format/],
		['a JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), /another format/],
		['a cut file', PLAIN.slice(0, -1), /end is missing/],
		['the signature alone', PLAIN.slice(0, 8), /end is missing/],
		['a chunk of 4 GB', withChunks(Uint8Array.of(255, 255, 255, 255, 116, 69, 88, 116)), /end is/],
		['a chunk without a name', withChunks(chunk('\0\0\0\0', '')), /no valid name/],
		['changed text', withChunks(damaged), /tEXt is damaged/],
		['an unknown compression', withChunks(chunk('zTXt', 'parameters\0\x01x')), /unknown way/],
		['broken compression', withChunks(chunk('zTXt', 'parameters\0\0abc')), /text is damaged/],
		['unfinished iTXt', withChunks(chunk('iTXt', 'parameters\0\0\0en')), /no end mark/],
		[
			'a text bomb',
			withChunks(chunk('zTXt', 'parameters\0\0', deflateSync(new Uint8Array(50_000_000)))),
			/text is damaged/,
		],
	])('refuses %s', async (_what, file, message) => {
		await expect(readRecipe(file)).rejects.toThrow(PngError);
		await expect(readRecipe(file)).rejects.toThrow(message);
	});

	/** Whatever the bytes: a recipe, or one of the named errors. */
	async function survives(file: Uint8Array<ArrayBuffer>): Promise<void> {
		for (const read of [readRecipe(file), embedRecipe(file, recipe, model, '0.1.0')]) {
			const error: unknown = await read.then(
				() => undefined,
				(reason: unknown) => reason,
			);
			if (error === undefined || error instanceof NoRecipeError) continue;
			expect(error).toBeInstanceOf(PngError);
		}
	}

	it('never crashes: good files with bytes changed or cut', async () => {
		const good = withChunks(
			chunk('iTXt', 'parameters\0\x01\0\0\0', deflateSync(A1111)),
			chunk('tEXt', 'prompt\0{}'),
		);
		const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
		await fc.assert(
			fc.asyncProperty(
				fc.array(change, { maxLength: 4 }),
				fc.nat(good.length),
				async (changes, end) => {
					const file = good.slice();
					for (const [at, value] of changes) file[at] = value;
					await survives(file);
					await survives(file.slice(0, end));
				},
			),
			{ numRuns: 1000, seed: 2 },
		);
	});

	it('never crashes: random chunks', async () => {
		const type = fc.constantFrom('iTXt', 'tEXt', 'zTXt', 'IDAT', 'IEND', 'IHDR', 'a b!');
		const keyword = fc.constantFrom('parameters\0', 'prompt\0', 'parameters', '');
		const part = fc.tuple(type, keyword, fc.uint8Array({ maxLength: 40 }));
		await fc.assert(
			fc.asyncProperty(fc.array(part, { maxLength: 5 }), (parts) =>
				survives(withChunks(...parts.map((one) => chunk(...one)))),
			),
			{ numRuns: 1500, seed: 3 },
		);
	});
});
