import { Buffer } from 'node:buffer';
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	type RecipeFile,
	readPastedRecipe,
	readRecipeFile,
} from '../../../../src/share/files/read-recipe-file.ts';
import {
	exifBlock,
	jpegWith,
	pngChunk,
	pngEndingWith,
	pngWith,
	utf16be,
	webpWith,
} from '../../../fixtures/picture-files.ts';

const A1111 = 'café 猫\nSteps: 20, Sampler: Euler a, Seed: 11, Size: 512x512, Model: anything';
const LATIN = A1111.replace(' 猫', '');
const CAT = { seed: 11, steps: 20, model: { id: 'anything' } };
const GRAPH = JSON.stringify({
	'1': { class_type: 'EmptyLatentImage', inputs: { width: 512, height: 512 } },
	'2': { class_type: 'CLIPTextEncode', inputs: { text: 'a cat' } },
	'3': {
		class_type: 'KSampler',
		inputs: { seed: 5, steps: 4, positive: ['2', 0], latent_image: ['1', 0] },
	},
});

function read(bytes: Uint8Array<ArrayBuffer> | string): Promise<RecipeFile> {
	return readRecipeFile(new Blob([bytes]));
}

const APP1 = 0xe1;
const COMMENT = 0xfe;
const USER_COMMENT = 0x9286;
const exifHead = (block: Uint8Array) => Buffer.concat([Buffer.from('Exif\0\0'), block]);
const coded = (code: string, text: Uint8Array) => Buffer.concat([Buffer.from(code), text]);

const COMMENTS = {
	'UTF-16, big-endian': coded('UNICODE\0', utf16be(A1111)),
	'UTF-16, little-endian': coded('UNICODE\0', Buffer.from(A1111, 'utf16le')),
	'UTF-16 with a mark': coded('UNICODE\0', Buffer.from(`\uFEFF${A1111}`, 'utf16le')),
	'UTF-8 that says UTF-16': coded('UNICODE\0', Buffer.from(A1111)),
	'UTF-8 that says ASCII': coded('ASCII\0\0\0', Buffer.from(A1111)),
	'UTF-8 of no code': coded('\0\0\0\0\0\0\0\0', Buffer.from(A1111)),
	'UTF-8 alone': Buffer.from(A1111),
};

describe('a PNG', () => {
	it.each([
		['Latin-1 in tEXt', pngChunk('tEXt', 'parameters\0', Buffer.from(LATIN, 'latin1'))],
		['UTF-8 in tEXt', pngChunk('tEXt', `parameters\0${A1111}`)],
		['zTXt', pngChunk('zTXt', 'parameters\0\0', deflateSync(Buffer.from(LATIN, 'latin1')))],
		['iTXt', pngChunk('iTXt', `parameters\0\0\0en\0Parameter\0${A1111}`)],
		['compressed iTXt', pngChunk('iTXt', 'parameters\0\x01\0\0\0', deflateSync(A1111))],
		['eXIf', pngChunk('eXIf', exifBlock('be', [], [[USER_COMMENT, 7, COMMENTS['UTF-8 alone']]]))],
		['NovelAI', pngChunk('tEXt', 'Comment\0{"prompt":"caf\u00e9","seed":11,"steps":20}')],
	])('is read by its %s, before its pixels or behind', async (_what, text) => {
		for (const png of [pngWith(text), pngEndingWith(text)]) {
			const file = await read(png);
			expect(file).toMatchObject({
				type: 'recipe',
				format: 'png',
				recipe: { seed: 11, steps: 20 },
			});
			expect(file.type === 'recipe' && file.recipe.prompt).toMatch(/^café/);
		}
	});

	it('is read by its graph', async () => {
		const recipe = { prompt: 'a cat', seed: 5, steps: 4, size: { width: 512, height: 512 } };
		const png = pngWith(pngChunk('tEXt', `workflow\0{"nodes":[],"links":[]}`));
		expect(await read(png)).toMatchObject({ type: 'no-recipe', why: 'workflow' });
		const both = pngWith(
			pngChunk('tEXt', `workflow\0{"nodes":[],"links":[]}`),
			pngChunk('tEXt', `prompt\0${GRAPH}`),
		);
		expect(await read(both)).toMatchObject({ recipe });
	});

	it('may hold a prompt and no settings; JSON is none', async () => {
		const prompt = await read(pngWith(pngChunk('tEXt', 'parameters\0a cat')));
		expect(prompt).toMatchObject({ recipe: { prompt: 'a cat' } });
		const json = await read(pngWith(pngChunk('tEXt', 'parameters\0{"made by": "nobody"}')));
		expect(json).toEqual({ type: 'no-recipe', format: 'png', why: 'nothing' });
	});

	const damaged = pngChunk('tEXt', `parameters\0${A1111}`);
	damaged[20] = 0x2a;
	const bomb = deflateSync(new Uint8Array(50_000_000));

	it.each([
		['cut off', pngWith().slice(0, -14)],
		['its signature alone', pngWith().slice(0, 8)],
		['a chunk of 4 GB', pngWith(Uint8Array.of(255, 255, 255, 255, 116, 69, 88, 116))],
		['a chunk without a name', pngWith(pngChunk('\0\0\0\0', ''))],
		['a text that has changed', pngWith(damaged)],
		['an unknown compression', pngWith(pngChunk('zTXt', 'parameters\0\x01x'))],
		['broken compression', pngWith(pngChunk('zTXt', 'parameters\0\0abc'))],
		['an unfinished iTXt', pngWith(pngChunk('iTXt', 'parameters\0\0\0en'))],
		['a text bomb', pngWith(pngChunk('zTXt', 'parameters\0\0', bomb))],
	])('is called damaged: %s', async (_what, file) => {
		expect(await read(file)).toEqual({ type: 'no-recipe', format: 'png', why: 'damaged' });
	});

	it('is read as far as it goes', async () => {
		const png = pngWith(damaged, pngChunk('tEXt', `prompt\0${GRAPH}`));
		expect(await read(png.slice(0, -20))).toMatchObject({ recipe: { prompt: 'a cat' } });
	});

	it('of 1 GB is not read whole', async () => {
		let bytesRead = 0;
		const png = pngWith(pngChunk('tEXt', `parameters\0${A1111}`));
		const gap = Buffer.alloc(8);
		gap.writeUInt32BE(1e9);
		gap.write('IDAT', 4);
		const huge: Pick<Blob, 'size' | 'slice'> = {
			size: 2e9,
			slice: (start = 0, end = 2e9) => {
				bytesRead += end - start;
				const all = Buffer.concat([png.subarray(0, -12), gap]);
				return new Blob([Uint8Array.from(all).slice(start, end)]);
			},
		};
		expect(await readRecipeFile(huge as Blob)).toMatchObject({ recipe: CAT });
		expect(bytesRead).toBeLessThan(2e6);
	});
});

describe('JPEG and WebP', () => {
	it.each(Object.entries(COMMENTS))('are read by an Exif comment in %s', async (_what, comment) => {
		for (const order of ['le', 'be'] as const) {
			for (const block of [
				exifBlock(order, [], [[USER_COMMENT, 7, comment]]),
				// Where Pillow puts it.
				exifBlock(order, [[USER_COMMENT, 2, comment]]),
			]) {
				const recipe = { prompt: 'café 猫', ...CAT };
				const jpeg = jpegWith([0xe0, 'JFIF\0'], [APP1, exifHead(block)]);
				expect(await read(jpeg)).toMatchObject({ format: 'jpeg', recipe });
				for (const data of [block, exifHead(block)]) {
					expect(await read(webpWith(['EXIF', data]))).toMatchObject({ format: 'webp', recipe });
				}
			}
		}
	});

	it("are read by ComfyUI's own fields", async () => {
		const block = exifBlock('le', [
			[0x010f, 2, 'workflow:{"nodes":[],"links":[]}\0'],
			[0x0110, 2, `prompt:${GRAPH}\0`],
		]);
		expect(await read(webpWith(['EXIF', block]))).toMatchObject({ recipe: { prompt: 'a cat' } });
	});

	it('are read by their XMP and comments', async () => {
		const json = '{"c":"a &amp; b","seed":7,"steps":8,"size":"512x768","sampler":"Euler A"}';
		const escaped = json.replaceAll('"', '&quot;');
		const recipe = { prompt: 'a & b', seed: 7, size: { width: 512, height: 768 } };
		for (const xmp of [
			`<x><exif:UserComment><rdf:Alt><rdf:li xml:lang="x-default">${escaped}</rdf:li></rdf:Alt></exif:UserComment></x>`,
			`<x exif:UserComment="${escaped}"/>`,
		]) {
			expect(await read(webpWith(['XMP ', xmp]))).toMatchObject({ recipe });
			const head = 'http://ns.adobe.com/xap/1.0/\0';
			expect(await read(jpegWith([APP1, head + xmp]))).toMatchObject({ recipe });
			const itxt = pngChunk('iTXt', `XML:com.adobe.xmp\0\0\0\0\0${xmp}`);
			expect(await read(pngWith(itxt))).toMatchObject({ recipe });
		}
		expect(await read(jpegWith([COMMENT, A1111]))).toMatchObject({ recipe: CAT });
	});

	it('of a camera hold nothing', async () => {
		const block = exifBlock(
			'be',
			[[0x010f, 2, 'Leica\0']],
			[[USER_COMMENT, 7, 'ASCII\0\0\0a trip']],
		);
		const nothing = { type: 'no-recipe', why: 'nothing' };
		expect(await read(jpegWith([APP1, exifHead(block)]))).toEqual({ ...nothing, format: 'jpeg' });
		expect(await read(webpWith())).toEqual({ ...nothing, format: 'webp' });
	});
});

describe('other files', () => {
	const safetensors = Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{}')]);

	it.each<readonly [string, Uint8Array | string, object]>([
		['text', 'Buy milk.\nCall home.', { type: 'no-recipe', format: 'text', why: 'nothing' }],
		['Chinese text', '买牛奶', { type: 'no-recipe', format: 'text', why: 'nothing' }],
		['text with settings', A1111, { type: 'recipe', format: 'text' }],
		['text that begins with a bracket', `[a], ${A1111}`, { type: 'recipe', format: 'json' }],
		['JSON', '{"a": 1}', { type: 'no-recipe', format: 'json', why: 'nothing' }],
		['broken JSON', '{"a": 1', { type: 'no-recipe', format: 'json', why: 'nothing' }],
		['a graph', GRAPH, { type: 'recipe', format: 'json' }],
		['a request', `{"prompt": ${GRAPH}, "client_id": "x"}`, { type: 'recipe', format: 'json' }],
		['safetensors', safetensors, { type: 'weights', format: 'safetensors' }],
		['GGUF', 'GGUF\x03\0\0\0', { type: 'weights', format: 'gguf' }],
		['GIF', 'GIF89a', { type: 'other', format: 'other-picture' }],
		['AVIF', '\0\0\0\x20ftypavif', { type: 'other', format: 'other-picture' }],
		['MP4', '\0\0\0\x20ftypisom', { type: 'other', format: 'video' }],
		['gzip', gzipSync('x'), { type: 'other', format: 'archive' }],
		['nothing', '', { type: 'other', format: 'empty' }],
		['noise', Uint8Array.of(1, 2, 3, 0, 5, 6, 7), { type: 'other', format: 'unknown' }],
	])('are told apart: %s', async (_what, bytes, expected) => {
		expect(await read(Uint8Array.from(Buffer.from(bytes)))).toMatchObject(expected);
	});

	it('that cannot be read are said to be', async () => {
		const slice = () => ({
			arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotFoundError')),
		});
		const folder = { size: 4096, slice } as unknown as Blob;
		expect(await readRecipeFile(folder)).toEqual({ type: 'unreadable' });
	});
});

describe('pasted text', () => {
	it('is a recipe with settings only', () => {
		expect(readPastedRecipe(A1111)).toMatchObject(CAT);
		expect(readPastedRecipe(GRAPH)).toMatchObject({ prompt: 'a cat' });
		expect(readPastedRecipe('a cat, Left: a dog, Right: a bird, Sky: blue')).toBeUndefined();
		expect(readPastedRecipe('{"a": 1}')).toBeUndefined();
	});
});

describe('10,000 hostile files', () => {
	/** Whatever the bytes: one of the results, soon. */
	async function survives(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
		const file = await read(bytes);
		expect(['recipe', 'no-recipe', 'weights', 'other']).toContain(file.type);
		if (file.type === 'recipe') expect(file.recipe.prompt).not.toBe('');
	}

	const block = exifBlock(
		'le',
		[[0x0110, 2, `prompt:${GRAPH}`]],
		[[USER_COMMENT, 7, COMMENTS['UTF-16, big-endian']]],
	);
	const good = [
		pngWith(
			pngChunk('iTXt', 'parameters\0\x01\0\0\0', deflateSync(A1111)),
			pngChunk('eXIf', block),
		),
		pngWith(pngChunk('tEXt', `prompt\0${GRAPH}`)),
		jpegWith([APP1, exifHead(block)], [COMMENT, A1111]),
		webpWith(['EXIF', block], ['XMP ', '<exif:UserComment>{"c":"x","seed":1}</exif:UserComment>']),
		Uint8Array.from(Buffer.from(GRAPH)),
		Uint8Array.from(Buffer.from(A1111)),
	];

	it('good ones with bytes changed, and cut', async () => {
		const change = fc.tuple(fc.nat(10_000), fc.nat(255));
		await fc.assert(
			fc.asyncProperty(
				fc.constantFrom(...good),
				fc.array(change, { maxLength: 6 }),
				fc.nat(10_000),
				async (original, changes, end) => {
					const file = original.slice();
					for (const [at, value] of changes) file[at % file.length] = value;
					await survives(file);
					await survives(file.slice(0, end % file.length));
				},
			),
			{ numRuns: 4000, seed: 2 },
		);
	});

	it('random bytes behind each beginning', async () => {
		const starts = good.map((file) => file.slice(0, 16));
		await fc.assert(
			fc.asyncProperty(
				fc.constantFrom(...starts),
				fc.uint8Array({ maxLength: 300 }),
				async (start, rest) => survives(Uint8Array.from(Buffer.concat([start, rest]))),
			),
			{ numRuns: 2000, seed: 3 },
		);
	});

	it('directories that point at themselves and beyond', async () => {
		const at = fc.nat(block.length - 4);
		const word = fc.oneof(fc.nat(block.length), fc.constantFrom(0xffffffff, 8, 0));
		await fc.assert(
			fc.asyncProperty(fc.array(fc.tuple(at, word), { maxLength: 8 }), async (changes) => {
				const changed = Buffer.from(block);
				for (const [offset, value] of changes) changed.writeUInt32LE(value, offset);
				await survives(webpWith(['EXIF', changed]));
			}),
			{ numRuns: 1000, seed: 4 },
		);
	});
});
