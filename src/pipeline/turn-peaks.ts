import type { Turn } from '../families/parts/turn.ts';
import { ScratchLimitError } from '../gpu/errors.ts';
import { DryRun } from './runner/dry-run.ts';
import type { ModelGraphs } from './runner/model-graphs.ts';

/**
 * Every peak of activations and scratch buffers that a cuttable turn can be cut to, in bytes, the largest
 * (and the least work) first. Given to it as `memoryBytes`, each is what it then takes. The last is the
 * least that it needs.
 *
 * Empty where the engine does not say what it takes: the turn can only run uncut.
 */
export async function turnPeaks(
	turn: Turn<unknown>,
	graphs: ModelGraphs,
): Promise<readonly number[]> {
	const peaks: number[] = [];
	let memoryBytes = Infinity;
	for (;;) {
		const run = new DryRun(graphs);
		try {
			await turn.run(run, memoryBytes);
		} catch (error) {
			if (error instanceof ScratchLimitError) return peaks;
			throw error;
		}
		if (!run.isExact) return [];
		peaks.push(run.peakBytes);
		memoryBytes = run.peakBytes - 1;
	}
}
