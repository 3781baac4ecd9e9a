import type {
	KernelDispatch,
	KernelTarget,
} from '../../src/gpu/kernels/dispatch/kernel-dispatch.ts';
import type { TileTable } from '../../src/gpu/kernels/dispatch/tile-table.ts';
import type { KernelTiling } from './kernel-bench-report.ts';
import type { Candidate } from './kernel-timer.ts';

/** Work in the tile that its kernel chooses, then in those of a sweep that fit. */
export function candidatesOf<Tile extends KernelTiling, Kind>(
	{ tiles }: { readonly tiles: TileTable<Tile, Kind, Tile | undefined> },
	kind: Kind,
	sweep: readonly Tile[],
	target: KernelTarget,
	dispatches: (cut: { readonly tile?: Tile }) => readonly KernelDispatch<GPUBuffer>[],
): readonly Candidate[] {
	const fitting = sweep.filter((tile) => tiles.fits(tile, kind, target));
	return [
		{ name: 'chosen', dispatches: dispatches({}) },
		...fitting.map((tile) => ({ name: tiles.name(tile), tile, dispatches: dispatches({ tile }) })),
	];
}
