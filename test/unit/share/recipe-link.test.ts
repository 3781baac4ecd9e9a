import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentHash } from '../../../src/recipe/content-hash.ts';
import { RecipeLinkError } from '../../../src/share/errors.ts';
import { decodeRecipe, encodeRecipe, isRecipeLink } from '../../../src/share/recipe-link.ts';
import { anyRecipe, plainRecipe, restored } from '../../fixtures/arbitrary-recipe.ts';
import { countDecompression } from '../../fixtures/count-decompression.ts';

const recipe = { prompt: 'a red circle', seed: 7, width: 256, height: 512, steps: 8 };
const model = { id: 'demo', revision: '1' };
const HASH = contentHash('0123456789abcdef');
const rest = 'seed=7&w=256&h=512&steps=8&m=demo&r=1';

const base64Url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

describe('encodeRecipe', () => {
	it('keeps short prompts readable', async () => {
		expect(await encodeRecipe(recipe, model)).toBe(`#v=1&p=a+red+circle&${rest}`);
	});

	it('escapes what would end or change the link', async () => {
		const hash = await encodeRecipe({ ...recipe, prompt: "50% (a&b) = 'c' + #d!" }, model);
		expect(hash).toMatch(/^#[\w.=&+%-]+$/);
		expect((await decodeRecipe(hash)).prompt).toBe("50% (a&b) = 'c' + #d!");
	});

	it('compresses where that is shorter', async () => {
		const english = 'a lighthouse on a rocky coast at dusk, long exposure, soft light. '.repeat(20);
		const hash = await encodeRecipe({ ...recipe, prompt: english }, model);
		expect(hash).toMatch(/^#v=1&pz=[\w-]+&/);
		expect(hash.length).toBeLessThan(english.length / 5);
		const chinese = await encodeRecipe({ ...recipe, prompt: '橘猫在窗台上'.repeat(8) }, model);
		expect(chinese.length).toBeLessThan(150);
	});

	it('leaves an unknown revision out', async () => {
		expect(await encodeRecipe(recipe, { id: 'demo' })).not.toContain('r=');
	});

	it('stays a link that the first version reads for what that knows', async () => {
		await fc.assert(
			fc.asyncProperty(plainRecipe, async (given) => {
				const hash = await encodeRecipe(given, model);
				expect(hash).toMatch(/^#v=1&p[zw]?=[^&]*&seed=\d+&w=\d+&h=\d+&steps=\d+&m=demo&r=1$/);
			}),
			{ numRuns: 200, seed: 1 },
		);
	});

	it('says by its version that older pages do not know all of it', async () => {
		const adapters = [{ hash: HASH, name: 'a, b; c', strength: -0.5 }];
		const options = { negativePrompt: 'ugly', guidanceScale: 4.5, sampler: 'dpmpp_2m', adapters };
		expect(await encodeRecipe({ ...recipe, ...options }, model)).toBe(
			`#v=2&p=a+red+circle&${rest}&n=ugly&cfg=4.5&sampler=dpmpp_2m` +
				'&l=0123456789ab%2C-0.5%2Ca%252C%2520b%253B%2520c',
		);
	});

	it('compresses what may be long', async () => {
		const negativePrompt = 'blurry, low quality, jpeg artefacts, '.repeat(20);
		const hash = await encodeRecipe({ ...recipe, negativePrompt }, model);
		expect(hash).toMatch(/&nz=[\w-]{10,100}$/);
		expect((await decodeRecipe(hash)).negativePrompt).toBe(negativePrompt);
	});

	it.each(['prompt', 'negativePrompt'])('refuses a %s that no link should carry', async (field) => {
		const long = { ...recipe, [field]: 'x'.repeat(100_001) };
		await expect(encodeRecipe(long, model)).rejects.toThrow('too-long');
	});
});

describe('decodeRecipe', () => {
	it('gives any recipe back exactly', async () => {
		await fc.assert(
			fc.asyncProperty(anyRecipe, async (given) => {
				const hash = await encodeRecipe(given, model);
				expect(hash).toMatch(/^#[\w.=&+%-]*$/);
				expect(isRecipeLink(hash)).toBe(true);
				expect(await decodeRecipe(hash)).toEqual({ ...restored(given), model });
			}),
			{ numRuns: 1000, seed: 1 },
		);
	});

	it('gives the longest prompt back, and the least compressible', async () => {
		const units = Array.from({ length: 100_000 }, (_, i) => 0x4e00 + ((i * 7919) % 20_000));
		const prompt = units.map((unit) => String.fromCharCode(unit)).join('');
		const hash = await encodeRecipe({ ...recipe, prompt }, model);
		expect((await decodeRecipe(hash)).prompt).toBe(prompt);
	});

	it('gives what there is when fields are missing', async () => {
		expect(await decodeRecipe('#v=1&p=cat')).toEqual({ prompt: 'cat', warnings: [] });
		expect(await decodeRecipe('p=cat&v=1&unknown=1&p=dog')).toEqual({
			prompt: 'cat',
			warnings: [],
		});
	});

	it.each([
		['seed=abc', { seed: undefined }, 'seed', 'unreadable'],
		['seed=-1', { seed: undefined }, 'seed', 'unreadable'],
		['seed=1e3', { seed: undefined }, 'seed', 'unreadable'],
		['seed=9007199254740992', { seed: undefined }, 'seed', 'out-of-range'],
		['seed=' + '9'.repeat(400), { seed: undefined }, 'seed', 'unreadable'],
		['steps=0', { steps: 1 }, 'steps', 'adjusted'],
		['steps=' + '9'.repeat(300), { steps: 50 }, 'steps', 'adjusted'],
		['w=1000&h=256', { size: { width: 1008, height: 256 } }, 'width', 'adjusted'],
		['w=256&h=1000000', { size: { width: 256, height: 8192 } }, 'height', 'adjusted'],
		['w=256&h=0', { size: { width: 256, height: 16 } }, 'height', 'adjusted'],
		['w=256', { size: undefined }, 'size', 'incomplete'],
		['w=256&h=NaN', { size: undefined }, 'height', 'unreadable'],
		['m=a%00b', { model: undefined }, 'model', 'unreadable'],
		['m=a%E2%80%AEb', { model: undefined }, 'model', 'unreadable'],
		['m=' + 'x'.repeat(200), { model: undefined }, 'model', 'unreadable'],
		['n=' + 'x'.repeat(100_001), { negativePrompt: 'x'.repeat(100_000) }, 'negativePrompt', 'cut'],
		['cfg=1e400', { guidanceScale: undefined }, 'guidanceScale', 'unreadable'],
		['cfg=-1', { guidanceScale: undefined }, 'guidanceScale', 'out-of-range'],
		['d=1.01', { denoisingStrength: undefined }, 'denoisingStrength', 'out-of-range'],
		['sampler=a%00b', { sampler: undefined }, 'sampler', 'unreadable'],
		['img=0123', { sourcePicture: undefined }, 'sourcePicture', 'unreadable'],
		['l=0123456789ab,1,boats;,x,y', { adapters: undefined }, 'adapters', 'unreadable'],
		['l=,1,%25', { adapters: undefined }, 'adapters', 'unreadable'],
		['l=' + ',1,a;'.repeat(1000), { adapters: undefined }, 'adapters', 'unreadable'],
		['ctl=0123456789ab,1', { controls: undefined }, 'controls', 'unreadable'],
		['r=2&m=demo&seed=x', { model: { id: 'demo', revision: '2' } }, 'seed', 'unreadable'],
	])('clamps or leaves out %.40s, and says so', async (fields, expected, field, problem) => {
		const decoded = await decodeRecipe(`#v=1&p=cat&${fields}`);
		expect(decoded).toEqual({ prompt: 'cat', ...expected, warnings: [expect.anything()] });
		expect(decoded.warnings[0]).toMatchObject({ field, problem });
	});

	it('reads a newer version as far as it goes, and names the rest', async () => {
		const { seed, prompt, warnings } = await decodeRecipe(
			'#v=3&p=cat&seed=7&tiling=1&hires=2&cfg=4',
		);
		expect({ seed, prompt }).toEqual({ seed: 7, prompt: 'cat' });
		expect(warnings).toEqual([{ problem: 'newer', settings: ['tiling', 'hires'] }]);
		expect((await decodeRecipe('#v=3&p=cat')).warnings).toEqual([
			{ problem: 'newer', settings: [] },
		]);
	});

	it.each([
		['', 'no-recipe'],
		['#', 'no-recipe'],
		['#section', 'no-recipe'],
		['#p=cat', 'no-recipe'],
		['#v=3', 'newer-version'],
		['#v=3&pz=!', 'newer-version'],
		['#v=0&p=cat', 'broken'],
		['#v=one&p=cat', 'broken'],
		['#v=1', 'broken'],
		['#v=1&p=%', 'broken'],
		['#v=1&p=%ED%A0%80', 'broken'],
		['#v=1&pz=!', 'broken'],
		['#v=1&pz=a', 'broken'],
		['#v=1&pz=', 'broken'],
		['#v=1&pz=AAAA', 'broken'],
		[`#v=1&pz=${base64Url(deflateRawSync(Uint8Array.of(0xff)))}`, 'broken'],
		[`#v=1&pw=${base64Url(deflateRawSync(Uint8Array.of(1, 2, 3)))}`, 'broken'],
		[`#v=1&p=${'x'.repeat(1_000_000)}`, 'broken'],
	])('refuses %.40s', async (hash, problem) => {
		const error: unknown = await decodeRecipe(hash).catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(RecipeLinkError);
		expect(error).toMatchObject({ data: { problem } });
	});

	it('refuses a compressed prompt that was cut off', async () => {
		const prompt = Array.from({ length: 300 }, (_, i) => `word${(i * i) % 997}`).join(' ');
		const hash = await encodeRecipe({ ...recipe, prompt }, model);
		const cut = hash.slice(0, Math.floor(hash.length / 2));
		await expect(decodeRecipe(cut)).rejects.toThrow(RecipeLinkError);
	});

	it('stops inflating a bomb', async () => {
		const bomb = base64Url(deflateRawSync(new Uint8Array(100_000_000), { level: 9 }));
		expect(bomb.length).toBeLessThan(150_000);
		const before = process.memoryUsage().arrayBuffers;
		using count = countDecompression();
		await expect(decodeRecipe(`#v=1&pz=${bomb}`)).rejects.toThrow(RecipeLinkError);
		expect(count.madeBytes).toBeGreaterThan(0);
		expect(count.madeBytes).toBeLessThan(1e6);
		expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2e7);
	});
});

describe('10,000 hostile hashes', () => {
	/** Whatever the hash: a recipe within the engine's ranges, or a RecipeLinkError. */
	async function survives(hash: string): Promise<void> {
		try {
			const restored = await decodeRecipe(hash);
			const { prompt = '', seed = 0, steps = 1, size, warnings } = restored;
			expect(prompt.length).toBeLessThanOrEqual(100_000);
			expect(Number.isSafeInteger(seed) && seed >= 0).toBe(true);
			expect(Number.isInteger(steps) && steps >= 1 && steps <= 50).toBe(true);
			for (const side of [size?.width ?? 16, size?.height ?? 16]) {
				expect(side % 16 === 0 && side >= 16 && side <= 8192).toBe(true);
			}
			const { guidanceScale = 1, denoisingStrength = 1, adapters = [], controls = [] } = restored;
			expect(guidanceScale >= 0 && guidanceScale <= 100).toBe(true);
			expect(denoisingStrength >= 0 && denoisingStrength <= 1).toBe(true);
			expect(adapters.every(({ strength }) => Math.abs(strength) <= 100)).toBe(true);
			expect(controls.every(({ picture }) => /^[\da-f]{12,64}$/.test(picture))).toBe(true);
			expect(warnings.length).toBeLessThan(25);
		} catch (error) {
			expect(error).toBeInstanceOf(RecipeLinkError);
		}
	}

	const number = fc.oneof(
		fc.double().map(String),
		fc.bigInt().map(String),
		fc.constantFrom(
			'',
			'NaN',
			'Infinity',
			'-0',
			'0x10',
			'１２',
			'[object Object]',
			'9'.repeat(500),
		),
	);
	const text = fc.oneof(
		fc.string({ unit: 'binary' }),
		fc.constantFrom(
			'__proto__',
			'<img src=x onerror=alert(1)>',
			'javascript:alert(1)',
			'%',
			'%ED%A0%80',
		),
	);
	const lists = fc
		.array(fc.array(fc.oneof(number, text, fc.constant('0123456789ab')), { maxLength: 5 }))
		.map((items) => items.map((parts) => parts.join(',')).join(';'));
	const field = fc.oneof(
		fc.tuple(fc.constantFrom('seed', 'w', 'h', 'steps', 'cfg', 'cfgt', 'shift', 'd'), number),
		fc.tuple(fc.constantFrom('n', 'sampler', 'schedule', 'img', 'refs'), text),
		fc.tuple(fc.constantFrom('l', 'ctl', 'refs'), lists),
		fc.tuple(fc.constantFrom('p', 'm', 'r', '__proto__', 'constructor', 'toString'), text),
		fc.tuple(
			fc.constantFrom('pz', 'pw', 'nz', 'lw'),
			fc.oneof(
				fc.base64String(),
				fc.uint8Array({ maxLength: 60 }).map(base64Url),
				fc.uint8Array({ maxLength: 60 }).map((bytes) => base64Url(deflateRawSync(bytes))),
			),
		),
		fc.tuple(fc.constant('v'), fc.oneof(number, text)),
	);

	it('made of fields', async () => {
		await fc.assert(
			fc.asyncProperty(fc.boolean(), fc.array(field, { maxLength: 12 }), (encoded, fields) => {
				const query = encoded
					? new URLSearchParams(fields).toString()
					: fields.map((pair) => pair.join('=')).join('&');
				return survives(`#v=1&${query}`);
			}),
			{ numRuns: 6000, seed: 2 },
		);
	});

	it('made of anything', async () => {
		await fc.assert(
			fc.asyncProperty(fc.string({ unit: 'binary' }), (hash) => survives(`#v=1&p=${hash}`)),
			{ numRuns: 1000, seed: 3 },
		);
	});

	it('made of good links, changed', async () => {
		const prompt = 'a lighthouse on a rocky coast at dusk, long exposure, soft light. '.repeat(5);
		const good = await encodeRecipe({ ...recipe, prompt }, model);
		const change = fc.tuple(fc.nat(good.length - 1), fc.string({ maxLength: 3 }));
		await fc.assert(
			fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
				let hash = good;
				for (const [at, insert] of changes) hash = hash.slice(0, at) + insert + hash.slice(at + 1);
				return survives(hash);
			}),
			{ numRuns: 3000, seed: 4 },
		);
	});
});
