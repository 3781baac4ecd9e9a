import { Buffer } from 'node:buffer';
import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { decode, encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { PngError } from '../../../../src/share/errors.ts';
import { readRecipeFile } from '../../../../src/share/files/read-recipe-file.ts';
import { embedRecipe } from '../../../../src/share/pictures/embed-recipe.ts';
import { anyRecipe, restored } from '../../../fixtures/arbitrary-recipe.ts';
import { pngChunk, pngWith } from '../../../fixtures/picture-files.ts';

const recipe = { prompt: '一只猫 🐈', seed: 7, width: 16, height: 32, steps: 8 };
const model = { id: 'demo', revision: '1' };
const pixels = Uint8Array.from({ length: 4 * 4 * 4 }, (_, i) => (i * 37) % 256);
const PLAIN = new Uint8Array(encode({ width: 4, height: 4, data: pixels, channels: 4 }));
const A1111 = 'caf\u00e9\nSteps: 20, Sampler: Euler a, Seed: 11, Size: 512x512, Model: anything';

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
		const old = pngWith(
			pngChunk('tEXt', `parameters\0${A1111}`),
			pngChunk('tEXt', 'Author\0somebody'),
			pngChunk('zTXt', 'parameters\0\0', deflateSync('old')),
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
				const png = await embedRecipe(PLAIN, given, model, '0.1.0');
				const read = await readRecipeFile(new Blob([png]));
				// The text says what a model does by itself, too.
				const said = { sampler: 'euler', guidanceScale: 1 };
				expect(read).toEqual({
					...{ type: 'recipe', format: 'png' },
					recipe: { ...said, ...restored(given), model },
				});
			}),
			{ numRuns: 500, seed: 1 },
		);
	});

	const change = fc.tuple(fc.nat(PLAIN.length - 1), fc.nat(255));

	it('never crashes: pictures with bytes changed or cut', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(change, { maxLength: 4 }),
				fc.nat(PLAIN.length),
				async (changes, end) => {
					const file = PLAIN.slice(0, end);
					for (const [at, value] of changes) if (at < end) file[at] = value;
					const error: unknown = await embedRecipe(file, recipe, model, '0.1.0').then(
						() => undefined,
						(reason: unknown) => reason,
					);
					if (error !== undefined) expect(error).toBeInstanceOf(PngError);
				},
			),
			{ numRuns: 1000, seed: 2 },
		);
	});
});
