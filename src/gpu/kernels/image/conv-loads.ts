import { cooperativePieces, type Piece } from '../wgsl/cooperative-load.ts';
import { range } from '../wgsl/range.ts';
import { convThreads, type ConvTile, patchVectors } from './conv-tile.ts';

/**
 * One vector, or four, that a thread brings to workgroup memory for each slice of input channels, as WGSL: a
 * fetch may come long before its store.
 */
export interface ConvLoad {
	readonly piece: Piece;
	/** Registers between fetch and store. */
	readonly declare: readonly string[];
	/** What it brings. @param input expression of the slice's first input channel */
	readonly place: (input: string) => readonly string[];
	/** From the GPU's memory. */
	readonly fetch: readonly string[];
	/** To workgroup memory, as the kernel multiplies it. */
	readonly store: readonly string[];
}

/** All loads of a slice. */
export function convLoads(tile: ConvTile, kernel: 1 | 3): readonly ConvLoad[] {
	return [...weightLoads(tile, kernel), ...patchLoads(tile, kernel)];
}

/** Four weights in a row of four output channels, transposed on the way. */
function weightLoads(tile: ConvTile, kernel: 1 | 3): readonly ConvLoad[] {
	const slice = tile.depth * kernel ** 2;
	const sliceVectors = Math.ceil(slice / 4);
	const pieces = cooperativePieces((tile.outChannels / 4) * sliceVectors, convThreads(tile));
	const rows = range(4);
	return pieces.map((piece) => {
		const name = (row: number) => `weight${piece.step}${row}`;
		return {
			piece,
			declare: rows.map((row) => `var ${name(row)} = vec2u();`),
			place: (input) => [
				`let vector = ${piece.index} / ${sliceVectors}u;`,
				`let k = (${piece.index} % ${sliceVectors}u) * 4u;`,
				`let at = (${input}) * TAPS + k;`,
			],
			fetch: rows.map(
				(row) => `${name(row)} = weightsAt(firstChannel + vector * 4u + ${row}u, at);`,
			),
			store: [
				...rows.map((row) => `let row${row} = widened(${name(row)}, at);`),
				...['x', 'y', 'z', 'w'].map((lane, i) => {
					const vector = rows.map((row) => `row${row}.${lane}`).join(', ');
					const store = `weightTile[(k + ${i}u) * WEIGHT_STRIDE + vector] = vec4f(${vector});`;
					return slice % 4 === 0 ? store : `if (k + ${i}u < ${slice}u) { ${store} }`;
				}),
			],
		};
	});
}

/** Four pixels in a row of the patch. */
function patchLoads(tile: ConvTile, kernel: 1 | 3): readonly ConvLoad[] {
	const border = (kernel - 1) / 2;
	const patchRows = tile.height + kernel - 1;
	const pieces = cooperativePieces(tile.depth * patchRows * patchVectors(tile), convThreads(tile));
	return pieces.map((piece) => {
		const name = `pixels${piece.step}`;
		return {
			piece,
			declare: [`var ${name} = vec4f();`],
			place: (input) => [
				`let channel = ${input} + ${piece.index} / (PATCH_ROWS * PATCH_STRIDE);`,
				`let row = firstRow + (${piece.index} / PATCH_STRIDE) % PATCH_ROWS - ${border}u;`,
				`let pixelX = i32(firstX + (${piece.index} % PATCH_STRIDE) * 4u) - ${border};`,
			],
			fetch: [`${name} = pixelsAt(channel, row, pixelX);`],
			store: [`patchTile[${piece.index}] = seen(${name}, channel, row, pixelX);`],
		};
	});
}
