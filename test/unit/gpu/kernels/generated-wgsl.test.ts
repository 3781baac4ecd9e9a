import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { SHADER_CASES } from '../../../wgsl/shader-cases.ts';

const FOLDER = fileURLToPath(new URL('../../../wgsl/', import.meta.url));

/** Read the difference, then `npx vitest run --project unit generated-wgsl -u` takes it over. */
it.each(Object.entries(SHADER_CASES))('generates test/wgsl/%s.wgsl', async (name, dispatches) => {
	const [wgsl, ...others] = new Set(dispatches.map((dispatch) => dispatch.wgsl));
	expect(others).toEqual([]);
	await expect(`${wgsl}\n`).toMatchFileSnapshot(`${FOLDER}${name}.wgsl`);
});

it('keeps no text of a shader that is gone', () => {
	const kept = readdirSync(FOLDER).filter((name) => name.endsWith('.wgsl'));
	expect(kept.sort()).toEqual(
		Object.keys(SHADER_CASES)
			.map((name) => `${name}.wgsl`)
			.sort(),
	);
});
