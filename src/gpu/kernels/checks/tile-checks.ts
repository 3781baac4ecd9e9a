import type { KernelDispatch, KernelTarget } from '../dispatch/kernel-dispatch.ts';
import type { KernelName } from '../dispatch/kernel-name.ts';
import type { TileTable } from '../dispatch/tile-table.ts';
import type { CheckTensors } from './check-tensors.ts';
import type { KernelCheck } from './kernel-check.ts';

interface TiledKernel<Tile, Kind> {
	readonly name: KernelName;
	readonly tiles: TileTable<Tile, Kind, Tile | undefined>;
}

interface TiledCheck<Kind> extends Pick<KernelCheck<unknown>, 'expected' | 'tolerance'> {
	readonly kind: Kind;
}

/**
 * The same computation in every tile in use; in the one that it is given where compiling takes seconds.
 *
 * @param dispatches writes its result to `output`
 */
export function tileChecks<Ref, Tile, Kind>(
	{ name, tiles }: TiledKernel<Tile, Kind>,
	{ kind, ...wanted }: TiledCheck<Kind>,
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
	dispatches: (output: Ref, cut: { readonly tile?: Tile }) => readonly KernelDispatch<Ref>[],
): readonly KernelCheck<Ref>[] {
	const check = { kernel: name, ...wanted };
	const inUse = tiles.inUse(kind, target);
	if (inUse.length > 0 && target.compilesSlowly) {
		const output = tensors.output(check.expected.length);
		const cut = dispatches(output, {});
		const [{ tile: tileId } = {}] = cut;
		return [{ ...check, tileId, dispatches: cut, output }];
	}
	return inUse.map((tile) => {
		const output = tensors.output(check.expected.length);
		return {
			...check,
			tile: tiles.name(tile),
			tileId: tiles.id(tile, kind),
			dispatches: dispatches(output, { tile }),
			output,
		};
	});
}
