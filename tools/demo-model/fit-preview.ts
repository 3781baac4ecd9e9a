import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PreviewSubject } from '../../lab/fit-preview/fit-preview-contract.ts';
import type { ModelManifest } from '../../src/store/model-manifest.ts';
import { openHarness, valueOf } from '../../cli/open-harness.ts';
import { gpuChoice, parseOptions, wholeNumber } from '../../cli/parse-options.ts';
import { runTool } from '../../cli/run-tool.ts';

const CASES = new URL('../../test/fixtures/demo-model/heldout.json', import.meta.url);
const MANIFEST = new URL('../../public/models/demo/manifest.json', import.meta.url);
/** Prime to the number of captions: walks through all kinds of them from the start. */
const STRIDE = 37;
/** Digits after the point: a factor's last one is worth less than a 255th of a colour. */
const DIGITS = 4;

const HELP = `Fits the demo model's preview factors to pictures that it draws, and writes them into its manifest.

  npm run fit-preview -- [options]

  --count N      how many of the held-out captions to draw, spread over all kinds (default 24)
  --gpu CHOICE   auto, software or hardware (default auto)`;

await runTool(HELP, async (args) => {
	const options = parseOptions(args, {
		count: { type: 'string' },
		gpu: { type: 'string', default: 'auto' },
	});
	const captions = JSON.parse(readFileSync(CASES, 'utf8')) as readonly PreviewSubject[];
	const count = wholeNumber('count', options.count, 1) ?? 24;
	const subjects = Array.from({ length: count }, (_, k) => {
		const { prompt, seed } = captions[(k * STRIDE) % captions.length];
		return { prompt, seed };
	});
	const harness = await openHarness({
		gpu: gpuChoice(options.gpu),
		port: 0,
		onProgress: (line) => console.error(line),
	});
	try {
		const fitting = harness.page.evaluate(async (wanted) => {
			if (window.shardlightHarness === undefined) throw new Error('The harness is missing.');
			return window.shardlightHarness.fitPreview('demo', wanted);
		}, subjects);
		const { factors, error } = valueOf(await Promise.race([fitting, harness.crashed]));
		const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8')) as ModelManifest;
		const preview = {
			matrix: factors.matrix.map((row) => row.map(rounded)),
			bias: factors.bias.map(rounded),
		};
		writeFileSync(MANIFEST, `${JSON.stringify({ ...manifest, preview })}\n`);
		console.log(
			`${fileURLToPath(MANIFEST)}: factors from ${count} pictures; ` +
				`previews differ by ${error.toFixed(1)} of 255 (root mean square)`,
		);
		return true;
	} finally {
		await harness.close();
	}
});

function rounded(value: number): number {
	return Number(value.toFixed(DIGITS));
}
