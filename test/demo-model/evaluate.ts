import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { decode } from 'fast-png';
import type { GenerateRequest } from '../../harness/harness-api.ts';
import { type OpenHarness, openHarness, valueOf } from '../../cli/open-harness.ts';
import { gpuChoice, parseOptions, wholeNumber } from '../../cli/parse-options.ts';
import { runTool } from '../../cli/run-tool.ts';
import { judgePicture } from './judge.ts';
import type { HeldoutCase } from './scene.ts';

const CASES = new URL('../fixtures/demo-model/heldout.json', import.meta.url);

const HELP = `Draws the held-out captions with the demo model, in the real app, and judges the pictures.

  npm run evaluate -- [options]

  --to FOLDER    keeps the pictures; those that are there are not drawn again (default evaluation)
  --count N      how many of the 200 captions, spread over all kinds (default 200)
  --gpu CHOICE   auto, software or hardware (default auto)

Exit code 1 if fewer than 95 % are right.`;

const REQUIRED_SHARE = 0.95;
/** Prime to 200: walks through all kinds of captions from the start. */
const STRIDE = 37;

await runTool(HELP, async (args) => {
	const options = parseOptions(args, {
		to: { type: 'string', default: 'evaluation' },
		count: { type: 'string' },
		gpu: { type: 'string', default: 'auto' },
	});
	const cases = JSON.parse(readFileSync(CASES, 'utf8')) as HeldoutCase[];
	const count = Math.min(wholeNumber('count', options.count, 1) ?? cases.length, cases.length);
	const folder = resolve(options.to);
	mkdirSync(folder, { recursive: true });
	const indices = Array.from({ length: count }, (_, k) => (k * STRIDE) % cases.length);
	const missing = indices.filter((index) => !existsSync(picturePath(folder, index)));
	if (missing.length > 0) {
		const harness = await openHarness({
			gpu: gpuChoice(options.gpu),
			port: 0,
			onProgress: () => undefined,
		});
		try {
			for (const index of missing) {
				const seconds = await draw(harness, cases[index], picturePath(folder, index));
				console.log(`${index}: ${cases[index].prompt} (${seconds.toFixed(1)} s)`);
			}
		} finally {
			await harness.close();
		}
	}
	let right = 0;
	for (const index of indices) {
		const { width, height, data } = decode(readFileSync(picturePath(folder, index)));
		const { scene, prompt } = cases[index];
		const verdict = judgePicture(Uint8ClampedArray.from(data), width, height, scene);
		if (verdict.right) right++;
		else console.log(`wrong: ${index} ${prompt}: ${verdict.complaints.join('; ')}`);
	}
	console.log(`${right} of ${count} right (${((100 * right) / count).toFixed(1)} %)`);
	return right >= REQUIRED_SHARE * count;
});

function picturePath(folder: string, index: number): string {
	return join(folder, `${String(index).padStart(3, '0')}.png`);
}

/** @returns seconds that the engine took */
async function draw(
	{ page, crashed }: OpenHarness,
	{ prompt, seed }: HeldoutCase,
	path: string,
): Promise<number> {
	const request: GenerateRequest = { prompt, seed };
	const drawing = page.evaluate(async (wanted) => {
		if (window.shardlightHarness === undefined) throw new Error('The harness is missing.');
		return window.shardlightHarness.generate(wanted);
	}, request);
	const { png, report } = valueOf(await Promise.race([drawing, crashed]));
	writeFileSync(path, Buffer.from(png, 'base64'));
	return report.totalMilliseconds / 1000;
}
