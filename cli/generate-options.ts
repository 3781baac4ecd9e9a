import { extname } from 'node:path';
import type { GpuChoice } from '../scripts/webgpu/launch-options.ts';
import type { NetworkSource } from '../harness/harness-api.ts';
import { DEFAULT_BUDGET_BYTES } from '../src/engine/engine.ts';
import {
	byteCount,
	existingFolder,
	gpuChoice,
	parseOptions,
	portNumber,
	wholeNumber,
} from './parse-options.ts';
import { UsageError } from './usage-error.ts';

/** Where Z-Image-Turbo is installed from. */
export type InstallChoice = { readonly type: 'folder'; readonly path: string } | NetworkSource;

export interface GenerateOptions {
	readonly prompt: string;
	readonly output: string;
	readonly seed: number;
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
/** A token of the transformer is 2x2 latent pixels, and one of those 8x8 pixels of the picture. */
const PIXEL_STEP = 16;

export const GENERATE_HELP = `Draws a picture in headless Chrome and saves it as PNG.

  npm run generate -- --prompt "a lighthouse at dusk" [options]

  --prompt TEXT     what to draw
  --output FILE     where to save it (default result.png)
  --seed N          the same seed gives the same picture (default 42)
  --steps N         sampling steps (default: the model's own)
  --width N         pixels, a multiple of 16 (default: the model's own)
  --height N        pixels, a multiple of 16 (default: the model's own)
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
  --json            print the report as JSON

CHROME_PATH names the Chrome to use. Exit code: 0 saved, 1 failed, 2 wrong usage.`;

/** @throws UsageError */
export function parseGenerateOptions(args: readonly string[]): GenerateOptions {
	const values = parseOptions(args, {
		prompt: { type: 'string' },
		output: { type: 'string', default: 'result.png' },
		seed: { type: 'string' },
		steps: { type: 'string' },
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
	if (values.prompt === undefined) throw new UsageError('--prompt is missing.');
	if (extname(values.output).toLowerCase() !== '.png') {
		throw new UsageError(`--output must end in .png, unlike "${values.output}".`);
	}
	return {
		prompt: values.prompt,
		output: values.output,
		seed: wholeNumber('seed', values.seed, 0) ?? 42,
		model: values.model,
		install: installChoice(values.install, values.mirror),
		steps: wholeNumber('steps', values.steps, 1),
		width: pixels('width', values.width),
		height: pixels('height', values.height),
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

/** Told here, before Chrome is started for nothing. */
function pixels(name: string, text: string | undefined): number | undefined {
	const value = wholeNumber(name, text, PIXEL_STEP);
	if (value !== undefined && value % PIXEL_STEP !== 0) {
		throw new UsageError(`--${name} must be a multiple of ${PIXEL_STEP}, not ${value}.`);
	}
	return value;
}
