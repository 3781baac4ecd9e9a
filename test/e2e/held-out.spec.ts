import { readFileSync } from 'node:fs';
import { expect } from '@playwright/test';
import { judgePicture } from '../demo-model/judge.ts';
import type { HeldoutCase } from '../demo-model/scene.ts';
import { pixelsOf, test } from './studio.ts';

const CASES = JSON.parse(
	readFileSync(new URL('../fixtures/demo-model/heldout.json', import.meta.url), 'utf8'),
) as HeldoutCase[];

/** All 200 are `npm run evaluate`; here one caption in each language. */
for (const language of ['en', 'zh'] as const) {
	test(`the demo model draws what a held-out caption says (${language})`, async ({ studio }) => {
		const heldOut = CASES.find(({ lang }) => lang === language);
		if (heldOut === undefined) throw new Error(`no case in ${language}`);
		const { prompt, seed, scene } = heldOut;
		await studio.open();
		await studio.write(prompt, { seed, steps: 8 });
		await studio.draw();
		const { width, height, rgba } = await pixelsOf(studio.picture(prompt));
		const verdict = judgePicture(Uint8ClampedArray.from(rgba), width, height, scene);
		expect(verdict.complaints).toEqual([]);
	});
}
