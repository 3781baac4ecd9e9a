import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../fixtures/golden/', import.meta.url));

/** Runs once before the tests, by this name. The tiny DiT's weights follow from a formula: 52 MB that are made, not kept. */
export function setup(): void {
	if (existsSync(`${FOLDER}dit-tiny.comfy.safetensors`)) return;
	execFileSync(process.execPath, [`${FOLDER}make-weights.mjs`], { stdio: 'inherit' });
}
