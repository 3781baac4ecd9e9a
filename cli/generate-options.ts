import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { GpuChoice } from '../scripts/webgpu/launch-options.ts';
import type { NetworkSource } from '../harness/harness-api.ts';
import { DEFAULT_BUDGET_BYTES } from '../src/engine/engine.ts';
import type { RecipeOptions } from '../src/recipe/recipe-settings.ts';
import { MAX_PROMPT_LENGTH, MAX_SEED, MAX_STEPS, MIN_STEPS } from '../src/recipe/recipe-limits.ts';
import {
	byteCount,
	existingFolder,
	gpuChoice,
	parseOptions,
	pictureSize,
	pixels,
	portNumber,
	wholeNumber,
} from './parse-options.ts';
import { RECIPE_HELP, RECIPE_OPTIONS, recipeOptions } from './recipe-options.ts';
import { UsageError } from './usage-error.ts';

/** Where Z-Image-Turbo is installed from. */
export type InstallChoice = { readonly type: 'folder'; readonly path: string } | NetworkSource;

export interface GenerateOptions {
	/** Undefined where `from` may give it. */
	readonly prompt?: string;
	readonly output: string;
	/** A file whose settings count where these say nothing. */
	readonly from?: string;
	readonly options: RecipeOptions;
	/** Of the first picture; each further one has one more. */
	readonly seed?: number;
	/** Pictures; undefined where not asked for. */
	readonly count?: number;
	/** These four default to what the model was made for. */
	readonly model?: string;
	readonly steps?: number;
	readonly width?: number;
	readonly height?: number;
	/** GPU memory that the picture may take. */
	readonly budgetBytes?: number;
	/** What is installed first. */
	readonly install?: InstallChoice;
	readonly gpu: GpuChoice;
	/** In the page's address; 0 for one that no other run has. */
	readonly port: number;
	/** Folder of the Chrome profile that keeps installed models; the default lies in the user's cache. */
	readonly profile?: string;
	readonly json: boolean;
}

const DEFAULT_PORT = 5178;
const MOST_PICTURES = 1000;
/** That standard input holds the prompt. */
const STANDARD_INPUT = '-';

export const GENERATE_HELP = `Draws a picture in headless Chrome and saves it as PNG.

  npm run generate -- --prompt "a lighthouse at dusk" [options]

  --prompt TEXT     what to draw
  --prompt-file FILE  reads that from a text file, or with "-" from standard input
  --output FILE     where to save it (default result.png)
  --count N         draws N pictures, with the seeds that follow, as result-1.png, result-2.png …
  --seed N          the same seed gives the same picture (default 42)
  --steps N         sampling steps (default: the model's own)
  --size WxH        pixels, multiples of 16, for example 1024x768 (default: the model's own)
  --width N         the same, side by side: pixels, a multiple of 16
  --height N
${RECIPE_HELP}
  --model ID        a model that is installed or can be (default: Z-Image-Turbo if
                    installed, else the demo model)
  --budget SIZE     GPU memory allowed, for example 2GB (default ${DEFAULT_BUDGET_BYTES / 1e9}GB)
  --install WHAT    installs Z-Image-Turbo first, or goes on with that: ComfyUI's models folder, a
                    diffusers folder, "hub" for Hugging Face (20.7 GB are fetched), or the
                    address of a folder that npm run convert made
  --mirror ADDRESS  with --install hub: asks this server instead of huggingface.co, for
                    example https://hf-mirror.com
  --gpu CHOICE      auto, software or hardware (default auto)
  --profile FOLDER  Chrome profile that keeps installed models
  --port N          part of the app's address in Chrome, to which installed models belong; it need
                    not be free (default ${DEFAULT_PORT})
  --json            print the report as JSON, with --count a list of them; an error too

CHROME_PATH names the Chrome to use. Exit code: 0 saved, 1 failed, 2 wrong usage.`;

/** @throws UsageError */
export function parseGenerateOptions(args: readonly string[]): GenerateOptions {
	const values = parseOptions(args, {
		...RECIPE_OPTIONS,
		prompt: { type: 'string' },
		output: { type: 'string', default: 'result.png' },
		seed: { type: 'string' },
		steps: { type: 'string' },
		count: { type: 'string' },
		'prompt-file': { type: 'string' },
		size: { type: 'string' },
		width: { type: 'string' },
		height: { type: 'string' },
		model: { type: 'string' },
		install: { type: 'string' },
		mirror: { type: 'string' },
		budget: { type: 'string' },
		gpu: { type: 'string', default: 'auto' },
		profile: { type: 'string' },
		port: { type: 'string' },
		json: { type: 'boolean', default: false },
	});
	const prompt = promptOf(values.prompt, values['prompt-file'], values.from !== undefined);
	if (extname(values.output).toLowerCase() !== '.png') {
		throw new UsageError(`--output must end in .png, unlike "${values.output}".`);
	}
	const count = wholeNumber('count', values.count, 1, MOST_PICTURES);
	const seed = wholeNumber('seed', values.seed, 0, MAX_SEED - (count ?? 1) + 1);
	return {
		prompt,
		from: values.from,
		options: recipeOptions(values),
		output: values.output,
		seed,
		count,
		model: values.model,
		install: installChoice(values.install, values.mirror),
		steps: wholeNumber('steps', values.steps, MIN_STEPS, MAX_STEPS),
		...sides(values.size, values.width, values.height),
		budgetBytes: byteCount('budget', values.budget),
		gpu: gpuChoice(values.gpu),
		profile: values.profile,
		port: portNumber(values.port) ?? DEFAULT_PORT,
		json: values.json,
	};
}

/** @throws UsageError */
function installChoice(
	install: string | undefined,
	mirror: string | undefined,
): InstallChoice | undefined {
	if (mirror !== undefined) {
		if (install !== 'hub') throw new UsageError('--mirror goes with --install hub.');
		if (!isAddress(mirror)) {
			throw new UsageError(
				`--mirror must be an address that begins with https://, not "${mirror}".`,
			);
		}
		return { type: 'mirror', baseUrl: mirror, layout: 'comfy' };
	}
	if (install === undefined) return undefined;
	if (install === 'hub') return { type: 'hub', layout: 'comfy' };
	if (!isAddress(install)) return { type: 'folder', path: existingFolder('install', install) };
	return { type: 'shards', url: `${install.replace(/\/*(manifest\.json)?$/, '')}/` };
}

function isAddress(text: string): boolean {
	return /^https?:\/\//i.test(text) && URL.canParse(text);
}

/** @throws UsageError */
function promptOf(
	text: string | undefined,
	file: string | undefined,
	mayBeMissing: boolean,
): string | undefined {
	if (text !== undefined && file !== undefined) {
		throw new UsageError('--prompt and --prompt-file exclude each other.');
	}
	if (text === undefined && file === undefined) {
		if (mayBeMissing) return undefined;
		throw new UsageError('--prompt is missing.');
	}
	const prompt = file === undefined ? text : readPrompt(file);
	if (prompt === undefined || prompt.trim() === '') throw new UsageError('The prompt is empty.');
	if (prompt.length <= MAX_PROMPT_LENGTH) return prompt;
	throw new UsageError(`The prompt is longer than ${MAX_PROMPT_LENGTH} characters.`);
}

function readPrompt(file: string): string {
	try {
		// Editors end a file with a line break that nobody typed.
		return readFileSync(file === STANDARD_INPUT ? 0 : file, 'utf8').replace(/\r?\n$/, '');
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		throw new UsageError(`--prompt-file cannot be read: ${reason}.`);
	}
}

/** @throws UsageError */
function sides(
	size: string | undefined,
	width: string | undefined,
	height: string | undefined,
): Pick<GenerateOptions, 'width' | 'height'> {
	if (size === undefined)
		return { width: pixels('width', width), height: pixels('height', height) };
	if (width === undefined && height === undefined) return pictureSize('size', size);
	throw new UsageError('--size goes without --width and --height.');
}
