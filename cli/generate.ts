import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, parse, relative, resolve } from 'node:path';
import type { RestoredRecipe } from '../src/recipe/restore-recipe.ts';
import type { GeneratedPicture, GenerateRequest, NetworkSource } from '../harness/harness-api.ts';
import {
	GENERATE_HELP,
	type GenerateOptions,
	type InstallChoice,
	parseGenerateOptions,
} from './generate-options.ts';
import { type OpenHarness, openHarness, valueOf } from './open-harness.ts';
import { optionsOf } from '../src/recipe/fit-options.ts';
import { recipeOfFile } from './recipe-options.ts';
import { runTool } from './run-tool.ts';
import { sayWarning } from './say-failure.ts';
import { UsageError } from './usage-error.ts';

const DEFAULT_SEED = 42;

await runTool(GENERATE_HELP, generate);

async function generate(args: readonly string[]): Promise<boolean> {
	const options = parseGenerateOptions(args);
	const { output, count, json, gpu, port, profile, install } = options;
	const request = await requestOf(options);
	const folder = resolve(profile ?? join(homedir(), '.cache/shardlight/chrome-profile'));
	mkdirSync(folder, { recursive: true });
	const harness = await openHarness({
		gpu,
		port,
		profile: folder,
		onProgress: (line) => console.error(line),
	});
	try {
		const { adapter } = harness;
		console.error(
			`GPU: ${adapter.description || `${adapter.vendor} ${adapter.architecture}`}` +
				(adapter.software ? ' (software: this will be slow)' : ''),
		);
		if (install !== undefined) await installModel(harness, install);
		const saved: SavedPicture[] = [];
		for (let index = 0; index < (count ?? 1); index++) {
			const wanted = { ...request, seed: request.seed + index };
			const picture = await draw(harness, wanted);
			const path = resolve(count === undefined ? output : numbered(output, index + 1));
			mkdirSync(dirname(path), { recursive: true });
			writeFileSync(path, Buffer.from(picture.png, 'base64'));
			saved.push({ output: path, recipe: picture.recipe, report: picture.report });
			if (!json) console.log(asText(relative('', path), picture));
		}
		if (json) console.log(asJson(count === undefined ? saved[0] : saved));
		return true;
	} finally {
		await harness.close();
	}
}

/** What to draw, with what a file says where the options say nothing. @throws UsageError */
async function requestOf(options: GenerateOptions): Promise<GenerateRequest> {
	const { from, model, budgetBytes, options: chosen } = options;
	const recipe: RestoredRecipe = from === undefined ? { warnings: [] } : await recipeOfFile(from);
	const { size, warnings } = recipe;
	for (const warning of warnings) console.error(sayWarning(warning));
	const prompt = options.prompt ?? recipe.prompt;
	if (prompt === undefined) throw new UsageError(`${from} says nothing of a prompt: add --prompt.`);
	return {
		...{ prompt, model, budgetBytes },
		options: { ...optionsOf(recipe), ...chosen },
		seed: options.seed ?? recipe.seed ?? DEFAULT_SEED,
		steps: options.steps ?? recipe.steps,
		width: options.width ?? size?.width,
		height: options.height ?? size?.height,
	};
}

/** What `--json` prints of a picture. */
type SavedPicture = Pick<GeneratedPicture, 'recipe' | 'report'> & { readonly output: string };

async function draw(
	{ page, crashed }: OpenHarness,
	request: GenerateRequest,
): Promise<GeneratedPicture> {
	const drawing = page.evaluate(async (wanted: GenerateRequest) => {
		if (window.shardlightHarness === undefined) throw new Error('The harness is missing.');
		return window.shardlightHarness.generate(wanted);
	}, request);
	return valueOf(await Promise.race([drawing, crashed]));
}

/** result.png as result-3.png. */
function numbered(output: string, number: number): string {
	const { dir, name, ext } = parse(output);
	return join(dir, `${name}-${number}${ext}`);
}

async function installModel({ page, crashed }: OpenHarness, choice: InstallChoice): Promise<void> {
	if (choice.type === 'folder') await page.locator('input').setInputFiles(resolve(choice.path));
	const source = choice.type === 'folder' ? undefined : choice;
	const installing = page.evaluate(async (from: NetworkSource | undefined) => {
		const harness = window.shardlightHarness;
		if (harness === undefined) throw new Error('The harness is missing.');
		return from === undefined ? harness.installFiles(false) : harness.installFrom(from);
	}, source);
	valueOf(await Promise.race([installing, crashed]));
}

function asText(output: string, { recipe, report }: GeneratedPicture): string {
	const { width, height, steps, seed } = recipe;
	const mebibytes = (report.peakGpuBytes / 2 ** 20).toFixed(0);
	return (
		`${output}: ${width} x ${height}, ${steps} steps, seed ${seed}, ` +
		`${(report.totalMilliseconds / 1000).toFixed(1)} s, ` +
		`at most ${report.peakGpuBytes} bytes (${mebibytes} MiB) of GPU memory`
	);
}

function asJson(value: unknown): string {
	return JSON.stringify(value, undefined, '\t');
}
