import type { MachineReport, Outcome, PictureRow } from '../../harness/harness-api.ts';
import { reviveError } from '../../src/errors/cross-error.ts';
import { sayFailure } from '../say-failure.ts';

/** A report as Markdown. */
export function machineTables(report: MachineReport): string {
	return [
		...kernelSection(report),
		'',
		...storageSection(report),
		'',
		...pictureSection(report.pictures),
	].join('\n');
}

function kernelSection({ kernels, userAgent }: MachineReport): readonly string[] {
	if (!kernels.ok) return [failure('Kernels', kernels)];
	const { adapter, timings, selfTestMilliseconds } = kernels.value;
	return [
		`Adapter: ${adapter}. Browser: ${/Chrome\/[\d.]+/.exec(userAgent)?.[0] ?? userAgent}.`,
		`Self-test: ${selfTestMilliseconds.toFixed(0)} ms.`,
		'',
		...table(
			['kernel', 'what', 'ms', 'TFLOP/s'],
			timings.map(({ kernel, what, milliseconds, teraflops, error }) =>
				error === undefined
					? [kernel, what, milliseconds.toFixed(2), teraflops.toFixed(2)]
					: [kernel, what, error, ''],
			),
		),
	];
}

function storageSection({ install, storage }: MachineReport): readonly string[] {
	if (!install.ok) return [failure('Made-up weights', install)];
	if (!storage.ok) return [failure('Storage', storage)];
	const { read, upload } = storage.value;
	return table(
		['path', 'GB', 'ms', 'GB/s'],
		[['disk to memory', read] as const, ['disk to GPU, nothing computed', upload] as const].map(
			([path, { bytes, milliseconds, gigabytesPerSecond }]) => [
				path,
				gigabytes(bytes),
				milliseconds.toFixed(0),
				gigabytesPerSecond.toFixed(2),
			],
		),
	);
}

function pictureSection(pictures: readonly PictureRow[]): readonly string[] {
	return table(
		[
			'engine',
			'size',
			'steps',
			'budget GB',
			'resident blocks',
			'step ms (median after the first)',
			'read GB a step',
			'encode s',
			'sample s',
			'decode s',
			'share of encode, sample, decode',
			'peak GB',
			'script MB',
		],
		pictures.map(({ request, outcome }) => {
			const { engine, width, height, steps, budgetBytes } = request;
			const head = [engine, `${width} x ${height}`, String(steps), gigabytes(budgetBytes)];
			if (!outcome.ok) return [...head, sayFailure(reviveError(outcome.error))];
			const { report, encodeMilliseconds, scriptBytes } = outcome.value;
			const { plan, stageMilliseconds } = report;
			return [
				...head,
				`${plan.residentBlocks} of ${plan.blocks}`,
				median(report.stepMilliseconds.slice(1)).toFixed(0),
				gigabytes(plan.streamedBytesPerStep),
				seconds(encodeMilliseconds),
				seconds(stageMilliseconds.sample),
				seconds(stageMilliseconds.decode),
				shares([encodeMilliseconds, stageMilliseconds.sample, stageMilliseconds.decode]),
				gigabytes(report.peakGpuBytes),
				scriptBytes === undefined ? '' : (scriptBytes / 1e6).toFixed(0),
			];
		}),
	);
}

function failure(what: string, outcome: Outcome<unknown>): string {
	return `${what}: ${outcome.ok ? 'measured' : sayFailure(reviveError(outcome.error))}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
	const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
	return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** For example `20, 75, 5 %`. */
function shares(milliseconds: readonly number[]): string {
	const total = milliseconds.reduce((sum, each) => sum + each, 0);
	return `${milliseconds.map((each) => Math.round((100 * each) / total)).join(', ')} %`;
}

function gigabytes(bytes: number): string {
	return (bytes / 1e9).toFixed(2);
}

function seconds(milliseconds: number): string {
	return (milliseconds / 1000).toFixed(2);
}
