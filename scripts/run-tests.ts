// `npm test`: every check of the project, then one closing line that counts the tests.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './app/build-if-stale.ts';
import { linuxShowsGpu } from './webgpu/launch-options.ts';
import { readTestReport, type TestCount } from './read-test-report.ts';

interface Step {
	readonly name: string;
	readonly command: readonly string[];
	/** JSON written by a test runner. A runner that died without one counts as one failure. */
	readonly report?: string;
}

const HELP = `Runs every check of the project: format, lint, types, unused code, build, and the tests in Node, in
Chromium and of the built app. One test: see CONTRIBUTING.md.`;

const REPORTS = join(ROOT, 'test-results');

function vitest(project: string): Step {
	const report = join(REPORTS, `${project}.json`);
	const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
	return {
		name: `${project} tests`,
		command: ['vitest', 'run', '--project', project, ...reporters],
		report,
	};
}

const STEPS: readonly Step[] = [
	{ name: 'format', command: ['npm', 'run', '--silent', 'format:check'] },
	{ name: 'lint', command: ['npm', 'run', '--silent', 'lint'] },
	{ name: 'types', command: ['npm', 'run', '--silent', 'typecheck'] },
	{ name: 'unused', command: ['npm', 'run', '--silent', 'knip'] },
	{ name: 'build', command: ['npm', 'run', '--silent', 'build'] },
	vitest('unit'),
	// Mesa's stubs are installed where Mesa is the GPU.
	...(linuxShowsGpu() ? [] : [vitest('drivers')]),
	vitest('gpu'),
	{ name: 'e2e tests', command: ['playwright', 'test'], report: join(REPORTS, 'e2e.json') },
];

function run({ name, command, report }: Step): { ok: boolean; count: TestCount } {
	console.log(`\n--- ${name}`);
	const started = performance.now();
	const [program = '', ...args] = command[0] === 'npm' ? command : ['npx', ...command];
	// A shell, because npm and npx are scripts on Windows.
	const { status } = spawnSync(program, args, {
		cwd: ROOT,
		stdio: 'inherit',
		shell: process.platform === 'win32',
	});
	const ok = status === 0;
	const seconds = ((performance.now() - started) / 1000).toFixed(1);
	console.log(`--- ${name}: ${ok ? 'ok' : 'FAILED'} in ${seconds} s`);
	const count = report === undefined ? { passed: 0, failed: 0 } : countTests(report);
	// A runner may fail although no test did, for example when a file does not load.
	return { ok, count: !ok && report ? { ...count, failed: Math.max(count.failed, 1) } : count };
}

function countTests(report: string): TestCount {
	try {
		return readTestReport(JSON.parse(readFileSync(report, 'utf8')));
	} catch {
		return { passed: 0, failed: 1 };
	}
}

if (process.argv.includes('--help')) {
	console.log(HELP);
	process.exit();
}
rmSync(REPORTS, { recursive: true, force: true });
mkdirSync(REPORTS, { recursive: true });
const results = STEPS.map((step) => ({ ...run(step), name: step.name }));
const failedSteps = results.filter(({ ok }) => !ok).map(({ name }) => name);
const passed = results.reduce((sum, { count }) => sum + count.passed, 0);
const failed = results.reduce((sum, { count }) => sum + count.failed, 0);

if (failedSteps.length > 0) console.log(`\nFailed: ${failedSteps.join(', ')}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failedSteps.length > 0 || failed > 0 || passed === 0 ? 1 : 0;
