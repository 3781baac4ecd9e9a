import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import type { MachineReport } from '../../harness/harness-api.ts';
import { reviveError } from '../../src/errors/cross-error.ts';

const run = promisify(execFile);

test('the bench measures a machine from kernels to pictures, and says so in tables and JSON', async () => {
	test.setTimeout(300_000);
	const path = test.info().outputPath('report.json');
	const { stdout } = await run(
		process.execPath,
		['--import', 'tsx', 'cli/bench.ts', 'machine', '--quick', '--json', path],
		{ maxBuffer: 2 ** 24 },
	);
	expect(stdout).toContain('| kernel | what | ms | TFLOP/s |');
	expect(stdout).toContain('| disk to GPU, nothing computed |');
	const report = JSON.parse(readFileSync(path, 'utf8')) as MachineReport;
	for (const { request, outcome } of report.pictures) {
		if (!outcome.ok) throw reviveError(outcome.error);
		const { plan, peakGpuBytes, stepMilliseconds } = outcome.value.report;
		expect(stepMilliseconds).toHaveLength(request.steps);
		if (plan.isExact) expect(peakGpuBytes).toBeLessThanOrEqual(plan.peakBytes);
	}
	expect(report.pictures.map(({ request }) => request.engine)).toEqual(['fused', 'ort']);
});
