import { proxy } from 'comlink';
import { withWorker } from './with-worker.ts';
import type { AdapterBenchOptions, AdapterTiming } from '../lab/bench/adapter-bench.ts';
import type { AdapterBenchWorker } from '../lab/bench/adapter-bench.worker.ts';

/** Steps of the installed made-up model, with adapters and without. */
export function benchAdapters(
	options: AdapterBenchOptions | undefined,
	onProgress: (line: string) => void,
): Promise<readonly AdapterTiming[]> {
	const worker = new Worker(new URL('../lab/bench/adapter-bench.worker.ts', import.meta.url), {
		type: 'module',
	});
	const onTiming = (timing: AdapterTiming): void => {
		const { ranks, budgetBytes, stepMilliseconds, peakBytes } = timing;
		onProgress(
			`ranks [${ranks.join(', ')}] in ${budgetBytes / 1e9} GB: ${stepMilliseconds.toFixed(0)} ms a step, peak ${(peakBytes / 1e6).toFixed(0)} MB`,
		);
	};
	return withWorker<AdapterBenchWorker, readonly AdapterTiming[]>(worker, (bench) =>
		bench.benchAdapters('synthetic', options, proxy(onTiming)),
	);
}
