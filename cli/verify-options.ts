import type { GpuChoice } from '../scripts/webgpu/launch-options.ts';
import {
	BLOCK_ENGINES,
	type BlockEngineName,
	DEFAULT_BLOCK_ENGINE,
	parseBlockEngine,
} from '../src/engine/block-engine-names.ts';
import { existingFolder, gpuChoice, parseOptions } from './parse-options.ts';
import { UsageError } from './usage-error.ts';

export interface VerifyOptions {
	readonly folder: string;
	readonly engine: BlockEngineName;
	readonly gpu: GpuChoice;
	readonly json: boolean;
}

export const VERIFY_HELP = `Holds the engine's outputs, on a real WebGPU device, against golden files.

  npm run verify -- --dir FOLDER [options]

The folder holds NAME.config.json with NAME.diffusers.safetensors (or comfy, original, weights)
and NAME.golden*.safetensors. Each weights file is checked against each golden file. Beside
NAME.lora.golden.safetensors and .json, adapters NAME.lora-LAYOUT.safetensors are applied to it.

  --dir FOLDER     the folder
  --engine ENGINE  fused, as the app, matrix or ort (default fused)
  --gpu CHOICE     auto, software or hardware (default auto)
  --json           print the results as JSON

CHROME_PATH names the Chrome to use. Exit code: 0 all within tolerance, 1 not, 2 wrong usage.`;

/** @throws UsageError */
export function parseVerifyOptions(args: readonly string[]): VerifyOptions {
	const { dir, engine, gpu, json } = parseOptions(args, {
		dir: { type: 'string' },
		engine: { type: 'string', default: DEFAULT_BLOCK_ENGINE },
		gpu: { type: 'string', default: 'auto' },
		json: { type: 'boolean', default: false },
	});
	if (dir === undefined) throw new UsageError('--dir is missing.');
	const chosen = parseBlockEngine(engine);
	if (chosen === undefined) {
		throw new UsageError(`--engine must be one of ${BLOCK_ENGINES.join(', ')}, not "${engine}".`);
	}
	return { folder: existingFolder('dir', dir), engine: chosen, gpu: gpuChoice(gpu), json };
}
