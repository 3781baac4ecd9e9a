import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { chromeLaunch, withoutGpuSandbox } from '../../../../scripts/webgpu/launch-options.ts';

let folder: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'shardlight-chrome-'));
	const chrome = join(folder, 'chrome');
	writeFileSync(chrome, '#!/bin/sh\n');
	chmodSync(chrome, 0o755);
	vi.stubEnv('CHROME_PATH', chrome);
});

afterEach(() => {
	vi.unstubAllEnvs();
	vi.restoreAllMocks();
	rmSync(folder, { recursive: true });
});

it('Chrome runs in its sandbox, and so does its GPU process', () => {
	if (process.getuid !== undefined) vi.spyOn(process, 'getuid').mockReturnValue(1000);
	const { chromiumSandbox, args } = chromeLaunch('hardware');
	expect(chromiumSandbox).toBe(true);
	expect(args.filter((arg) => arg.includes('sandbox'))).toEqual([]);
});

it.skipIf(process.getuid === undefined)(
	'only root, to whom Chrome refuses it, goes without',
	() => {
		vi.spyOn(process, 'getuid').mockReturnValue(0);
		expect(chromeLaunch('hardware').chromiumSandbox).toBe(false);
	},
);

it('the GPU process alone can be let out, for a driver that does not work inside', () => {
	const launch = chromeLaunch('hardware');
	const outside = withoutGpuSandbox(launch);
	expect(outside.args).toEqual([...launch.args, '--disable-gpu-sandbox']);
	expect(outside.chromiumSandbox).toBe(launch.chromiumSandbox);
});
