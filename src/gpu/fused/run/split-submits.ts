import { dispatchWork, type KernelDispatch } from '../../kernels/dispatch/kernel-dispatch.ts';
import type { WorkSpeed } from '../probe/work-speed.ts';

/** What goes to the queue at once. */
export interface Submit<Dispatch> {
	readonly dispatches: readonly Dispatch[];
	/** As `dispatchWork` counts it. */
	readonly work: number;
	readonly isLast: boolean;
}

/**
 * Cuts dispatches into submits of at most `speed.maxSubmitFlops`, but at least one dispatch. Each is cut
 * for the speed that is known when it is asked for.
 */
export function* splitSubmits<Dispatch extends { readonly dispatch: KernelDispatch<unknown> }>(
	dispatches: readonly Dispatch[],
	speed: Pick<WorkSpeed, 'maxSubmitFlops'>,
): Generator<Submit<Dispatch>, void, void> {
	let first = 0;
	while (first < dispatches.length) {
		const { maxSubmitFlops } = speed;
		let end = first;
		let work = 0;
		for (; end < dispatches.length; end++) {
			const more = workAt(dispatches, end);
			if (end > first && work + more > maxSubmitFlops) break;
			work += more;
		}
		yield { dispatches: dispatches.slice(first, end), work, isLast: end === dispatches.length };
		first = end;
	}
}

function workAt(
	dispatches: readonly { readonly dispatch: KernelDispatch<unknown> }[],
	index: number,
): number {
	const ready = dispatches[index];
	return ready === undefined ? 0 : dispatchWork(ready.dispatch);
}
