import { UnsupportedGraphError } from '../plan/unsupported-graph-error.ts';

/** What kernels dispatch. @throws UnsupportedGraphError where they find that the device is too small */
export function ifItFits<Dispatches>(dispatches: () => Dispatches): Dispatches {
	try {
		return dispatches();
	} catch (error) {
		if (!(error instanceof RangeError)) throw error;
		throw new UnsupportedGraphError(error.message, { cause: error });
	}
}
