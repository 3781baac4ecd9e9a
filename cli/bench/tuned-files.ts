import type { TunedChoice } from '../../src/gpu/kernels/dispatch/tile-table.ts';
import type { TunedTiles } from './choose-tiles.ts';

/** A source file whose constants a sweep writes. */
export interface TunedFile {
	/** Within src/gpu/kernels. */
	readonly path: string;
	readonly constants: readonly (keyof TunedTiles)[];
}

export const TUNED_FILES: readonly TunedFile[] = [
	{
		path: 'linear/tuned-linear-tiles.ts',
		constants: ['TUNED_LINEAR_TILES', 'TUNED_DUAL_LINEAR_TILES'],
	},
	{ path: 'attention/tuned-attention-tiles.ts', constants: ['TUNED_ATTENTION_TILES'] },
	{
		path: 'image/tuned-conv-tiles.ts',
		constants: ['TUNED_CONV_TILES', 'TUNED_POINTWISE_CONV_TILES'],
	},
	{
		path: 'matrix/tuned-matrix-linear-tiles.ts',
		constants: ['TUNED_MATRIX_LINEAR_TILES', 'TUNED_MATRIX_DUAL_LINEAR_TILES'],
	},
	{
		path: 'matrix/tuned-matrix-attention-tiles.ts',
		constants: ['TUNED_MATRIX_ATTENTION_TILES'],
	},
];

/** A file's text with the tiles that were found; what was not timed stays as it is. */
export function tunedFileWith(
	source: string,
	{ constants }: TunedFile,
	tiles: TunedTiles,
	card: string,
): string {
	const dated = source.replace(
		/^\/\*\* Written by `npm run bench -- tune` on .* \*\/$/m,
		() => `/** Written by \`npm run bench -- tune\` on ${card}. */`,
	);
	return constants
		.filter((constant) => tiles[constant].length > 0)
		.reduce(
			(text, constant) =>
				text.replace(
					new RegExp(`(export const ${constant}: .* =)[^;]*;`),
					(_, declaration: string) => `${declaration} ${tableOf(tiles[constant])};`,
				),
			dated,
		);
}

/** A line for each tile: a reader compares them. */
function tableOf(choices: readonly TunedChoice<object>[]): string {
	const lines = choices.flatMap(({ tiles, ...size }) => [
		`\t{ ${fieldsOf(size)}, tiles: [`,
		...tiles.map((tile) => `\t\t{ ${fieldsOf(tile)} },`),
		'\t] },',
	]);
	return ['[', ...lines, ']'].join('\n');
}

function fieldsOf(values: object): string {
	return Object.entries(values)
		.map(([name, value]) => `${name}: ${typeof value === 'string' ? `'${value}'` : String(value)}`)
		.join(', ');
}
