import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ModelTooNewError } from '../../../src/store/errors.ts';
import { parseManifest } from '../../../src/store/parse-manifest.ts';

const demo = JSON.parse(
	readFileSync(new URL('../../../public/models/demo/manifest.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, unknown>>;
const colours = (count: number) => Array.from({ length: count }, () => [0.1, -0.2, 0.3]);
const preview = { matrix: colours(16), bias: [0, 0, 0] };

describe('parseManifest', () => {
	it('says that a file is of a newer version, whatever else is in it', () => {
		const newer = { version: 3, id: 'demo', name: 'Demo', family: 'z-image' };
		expect(() => parseManifest(newer)).toThrow(ModelTooNewError);
	});

	it.each([undefined, 0, '2', 1.5])('refuses the version %j', (version) => {
		expect(() => parseManifest({ ...demo, version })).toThrow(/version/);
	});

	it('takes the demo model, with and without preview factors', () => {
		const plain = { ...demo, preview: undefined };
		const parsed = parseManifest(plain);
		expect(Object.keys(parsed.components)).toEqual(['text_encoder', 'transformer', 'vae']);
		expect(parsed.configs['vae']).toMatchObject({ _class_name: 'AutoencoderKL' });
		expect(parseManifest(parsed)).toEqual(parsed);
		expect(parseManifest({ ...plain, preview }).preview).toEqual(preview);
	});

	it.each([
		null,
		7,
		[],
		{ ...preview, bias: [0, 0] },
		{ ...preview, bias: [0, 0, '0'] },
		{ ...preview, matrix: colours(16).map(() => [0, 0, null]) },
	])('refuses preview factors that are no colours %#', (broken) => {
		expect(() => parseManifest({ ...demo, preview: broken })).toThrow(/preview/);
	});
});
