import { MATRIX_FEATURES } from '../../src/gpu/kernels/matrix/matrix-units.ts';
import { timeAttention } from './attention-bench.ts';
import { blockBytes, timeBlocks } from './block-bench.ts';
import { timeConvolution } from './conv-bench.ts';
import {
	type BenchPart,
	FULL_SIZE,
	type KernelBenchOptions,
	type KernelBenchSettings,
} from './kernel-bench-options.ts';
import type { KernelBenchReport, KernelTiming } from './kernel-bench-report.ts';
import { KernelTimer, type KernelTimerOptions } from './kernel-timer.ts';
import { timeLinears, warmUp } from './linear-bench.ts';
import { timeMatrices } from './matrix-bench.ts';

/** Times kernels and whole blocks on this adapter, with made-up numbers. */
export async function benchKernels(
	options: KernelBenchOptions = {},
	onTiming: (timing: KernelTiming) => void = () => undefined,
): Promise<KernelBenchReport> {
	const started = performance.now();
	const settings = { ...FULL_SIZE, ...options };
	const timerOptions: KernelTimerOptions = {
		weightBytes: blockBytes(settings),
		repeats: settings.repeats,
		warmUpMilliseconds: settings.warmUpMilliseconds / 5,
		deadline: started + settings.budgetSeconds * 1000,
		onTiming,
	};
	using timer = await KernelTimer.open(timerOptions);
	await warmUp(timer, settings);
	const selfTestMilliseconds = await timer.timeSelfTest();
	for (const part of settings.only) {
		if (part === 'matrix') {
			using matrixTimer = await KernelTimer.open({ ...timerOptions, features: [MATRIX_FEATURES] });
			await timeMatrices(matrixTimer, settings);
			timer.timings.push(...matrixTimer.timings);
			timer.leftOut += matrixTimer.leftOut;
		} else {
			await timePart(part, timer, settings);
		}
	}
	const { vendor, architecture, description } = timer.context.adapterInfo;
	return {
		adapter: `${vendor} ${architecture} ${description}`.trim(),
		clock: timer.clock,
		unpackKeepsSubnormals: timer.target.unpackKeepsSubnormals,
		selfTestMilliseconds,
		seconds: (performance.now() - started) / 1000,
		timings: timer.timings,
		leftOut: timer.leftOut,
	};
}

async function timePart(
	part: Exclude<BenchPart, 'matrix'>,
	timer: KernelTimer,
	settings: KernelBenchSettings,
): Promise<void> {
	switch (part) {
		case 'block':
			for (const engine of settings.engines) await timeBlocks(timer, settings, engine);
			break;
		case 'linear':
			for (const tokens of settings.tokens) await timeLinears(timer, settings, tokens);
			break;
		case 'attention':
			for (const tokens of settings.tokens) await timeAttention(timer, settings, tokens);
			break;
		case 'conv':
			for (const each of settings.convolutions) await timeConvolution(timer, settings, each);
	}
}
