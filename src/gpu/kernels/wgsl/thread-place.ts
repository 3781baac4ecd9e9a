import { wgsl } from './wgsl.ts';

/** Threads that a GPU runs in step, as most have them: 4 rows by 8 columns of a workgroup's threads. */
const LANES = 32;
const LANE_COLUMNS = 8;

/**
 * WGSL of `threadRow` and `threadColumn`, a thread's place in a tile of threads.
 *
 * Threads that run in step read four vec4fs of one factor and eight of the other: 64 and 128 bytes, one
 * turn of workgroup memory each. Two rows of 16 threads would read 256 bytes, in two turns.
 */
export function threadPlaceWgsl(threadsX: number, threads: number): string {
	const lanesFit =
		threadsX % LANE_COLUMNS === 0 && (threads / threadsX) % (LANES / LANE_COLUMNS) === 0;
	if (!lanesFit || threadsX === LANE_COLUMNS) {
		return wgsl`
			let threadRow = thread / ${threadsX}u;
			let threadColumn = thread % ${threadsX}u;
		`;
	}
	const across = threadsX / LANE_COLUMNS;
	return wgsl`
		let threadRow = thread / ${LANES * across}u * ${LANES / LANE_COLUMNS}u + thread % ${LANES}u / ${LANE_COLUMNS}u;
		let threadColumn = thread / ${LANES}u % ${across}u * ${LANE_COLUMNS}u + thread % ${LANE_COLUMNS}u;
	`;
}
