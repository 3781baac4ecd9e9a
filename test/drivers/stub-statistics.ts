import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SHIM = '/usr/lib/x86_64-linux-gnu/libamdgpu_noop_drm_shim.so';
const RADV = '/usr/share/vulkan/icd.d/radeon_icd.json';
const COMPILER = join(import.meta.dirname, 'compile-shaders.mjs');

export interface Shader {
	readonly label: string;
	readonly wgsl: string;
}

/** What Mesa's RADV says of a shader that it has compiled. */
export interface ShaderStatistics {
	readonly label: string;
	/** Vector registers of a thread, of 256. */
	readonly registers: number;
	/** Registers that did not fit, and bytes of memory that stand in for them. */
	readonly spilled: number;
	readonly scratchBytes: number;
	readonly workgroupBytes: number;
	readonly instructions: number;
}

/**
 * Compiles for an AMD GPU that is not there: the shim answers the driver's questions to the kernel as that GPU's
 * kernel module would.
 *
 * @param gpu as the shim names it
 * @throws where `npm run setup:browser` has not installed both
 */
export function stubStatistics(
	gpu: string,
	shaders: readonly Shader[],
): readonly ShaderStatistics[] {
	for (const file of [SHIM, RADV]) {
		if (!existsSync(file)) throw new Error(`${file} is missing: run npm run setup:browser`);
	}
	const folder = mkdtempSync(join(tmpdir(), 'shardlight-shaders-'));
	try {
		const list = join(folder, 'shaders.json');
		writeFileSync(list, JSON.stringify(shaders));
		const { stderr, status } = spawnSync(process.execPath, [COMPILER, list], {
			encoding: 'utf8',
			maxBuffer: 2 ** 28,
			env: {
				...process.env,
				LD_PRELOAD: SHIM,
				AMDGPU_GPU_ID: gpu,
				RADV_DEBUG: 'shaderstats,nocache',
				VK_DRIVER_FILES: RADV,
				VK_ICD_FILENAMES: RADV,
			},
		});
		if (status !== 0) throw new Error(`${gpu}: ${stderr.slice(-2000)}`);
		return stderr.split(/^== /m).slice(1).map(readStatistics);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

function readStatistics(text: string): ShaderStatistics {
	const [label = ''] = text.split('\n');
	const number = (name: string): number => {
		const [, value] = new RegExp(`^${name}: (\\d+)$`, 'm').exec(text) ?? [];
		if (value === undefined) throw new Error(`No ${name} is said of ${label}`);
		return Number(value);
	};
	return {
		label,
		registers: number('VGPRs'),
		spilled: number('Spilled VGPRs') + number('Spilled SGPRs'),
		scratchBytes: number('Scratch size'),
		workgroupBytes: number('LDS size'),
		instructions: number('Instructions'),
	};
}
