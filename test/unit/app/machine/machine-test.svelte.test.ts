import { expect, it } from 'vitest';
import { MachineTest } from '../../../../src/app/machine/machine-test.svelte.ts';
import type { ReportSection } from '../../../../src/machine/machine-report.ts';

const PAGE: ReportSection = { title: 'Page', lines: [['version', '0.1.0']] };
const pageFacts = () => Promise.resolve(PAGE);

it('tells what is tested, and ends in the report', async () => {
	const said: string[] = [];
	const tester = {
		async testMachine(onSection: (title: string) => void) {
			onSection('Disk');
			said.push(test.state.type === 'running' ? test.state.section : '');
			return [{ title: 'Disk', lines: [['write', '1.00 GB/s'] as const] }];
		},
	};
	const test = new MachineTest(tester, { pageFacts });
	expect(test.state.type).toBe('idle');
	await test.run();
	expect(said).toEqual(['Disk']);
	expect(test.state).toEqual({
		type: 'done',
		report: 'Shardlight machine report 1\n\n## Page\nversion: 0.1.0\n\n## Disk\nwrite: 1.00 GB/s',
	});
});

it('ends in a report also where the engine and the page fail, with what the page said', async () => {
	const test = new MachineTest(
		{ testMachine: () => Promise.reject(new Error('the worker is gone')) },
		{
			pageFacts: () => Promise.reject(new Error('no storage')),
			lastFault: () => 'WebGPU found no graphics adapter.',
		},
	);
	await test.run();
	const report = test.state.type === 'done' ? test.state.report : '';
	expect(report).toContain('failed: Error: no storage');
	expect(report).toContain('said: WebGPU found no graphics adapter.');
	expect(report).toContain('failed: Error: the worker is gone');
});
