export interface TestCount {
	readonly passed: number;
	readonly failed: number;
}

/** Counts the tests of a JSON report by Vitest or by Playwright. @throws if it is neither */
export function readTestReport(report: unknown): TestCount {
	if (isRecord(report)) {
		const { numPassedTests, numFailedTests } = report;
		if (typeof numPassedTests === 'number' && typeof numFailedTests === 'number') {
			return { passed: numPassedTests, failed: numFailedTests };
		}
		if (isRecord(report.stats)) {
			const { expected, flaky, unexpected } = report.stats;
			if (
				typeof expected === 'number' &&
				typeof flaky === 'number' &&
				typeof unexpected === 'number'
			) {
				return { passed: expected + flaky, failed: unexpected };
			}
		}
	}
	throw new Error('This is no report of Vitest or Playwright.');
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}
