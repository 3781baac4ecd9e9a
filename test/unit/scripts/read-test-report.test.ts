import { expect, it } from 'vitest';
import { readTestReport } from '../../../scripts/read-test-report.ts';

it('counts a report by Vitest', () => {
	const report = { numTotalTests: 6, numPassedTests: 4, numFailedTests: 2 };
	expect(readTestReport(report)).toEqual({ passed: 4, failed: 2 });
});

it('counts a report by Playwright, a flaky test among the passed', () => {
	const report = { stats: { expected: 3, skipped: 1, unexpected: 2, flaky: 1 } };
	expect(readTestReport(report)).toEqual({ passed: 4, failed: 2 });
});

it.each([undefined, null, {}, { stats: {} }, []])('refuses %j', (report) => {
	expect(() => readTestReport(report)).toThrow('no report');
});
