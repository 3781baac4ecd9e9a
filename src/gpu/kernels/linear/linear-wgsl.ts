import { Bindings, read, readWrite } from '../wgsl/bindings.ts';
import { cooperativePieces, forPieces, type Piece } from '../wgsl/cooperative-load.ts';
import { type EpilogueShape, epilogueWgsl, operandBindings } from '../wgsl/epilogue.ts';
import { halfWgsl } from '../wgsl/half-wgsl.ts';
import { jobLayout, u32 } from '../wgsl/job-layout.ts';
import { range } from '../wgsl/range.ts';
import { threadPlaceWgsl } from '../wgsl/thread-place.ts';
import { unrolled } from '../wgsl/unrolled.ts';
import { type Wgsl, wgsl } from '../wgsl/wgsl.ts';
import { type LinearTile, tileThreads, tileThreadsX, xStride } from './linear-tile.ts';

export interface LinearShader {
	readonly tile: LinearTile;
	readonly isDual: boolean;
	/** True if x, weights, operands and result can be read as vectors. */
	readonly vectorised: boolean;
	/** True if the shared extent is a multiple of a slice. */
	readonly wholeSlices: boolean;
	readonly unpackKeepsSubnormals: boolean;
	readonly epilogue: EpilogueShape;
}

export const LINEAR_JOB = jobLayout({
	...u32('rows', 'columns', 'depth'),
	operandOffsets: 'vec4u',
});

export function linearBindings({ isDual, vectorised, epilogue }: LinearShader): Bindings {
	const [xElement, wElement] = vectorised ? ['vec4f', 'vec4u'] : ['f32', 'u32'];
	return new Bindings([
		read('x', xElement, '[rows, depth]'),
		read('w0', wElement, 'FP16 [depth, columns]'),
		isDual && read('w1', wElement, 'FP16 [depth, columns]'),
		readWrite('y', xElement, '[rows, columns]'),
		...operandBindings(epilogue),
	]);
}

/** Columns of the result in a tile: with two weights, half of the tile's. */
export function resultColumns({ columns }: LinearTile, isDual: boolean): number {
	return isDual ? columns / 2 : columns;
}

/**
 * A workgroup computes a tile of the result, slice by slice of the shared extent: both operands'
 * slices go to workgroup memory (W widened there, or when read), then each thread adds the outer
 * products of its rows and columns: 8 by 8 of them are 64 multiply-adds for four vec4f reads.
 *
 * A thread's columns lie in groups of four, spread evenly over the tile: neighbouring threads then read
 * neighbouring vec4fs, without bank conflicts. With x transposed its rows do the same; else a thread
 * has every nth row, and reads four steps of the shared extent at once. With two weights the second half
 * of the groups is of the second weight, so a thread holds both sums of the same columns.
 *
 * Workgroup arrays have one dimension for each index: drivers are told to clamp every index, and so
 * clamp only what is the same in all steps.
 */
export function linearWgsl(shader: LinearShader): string {
	const { tile, isDual } = shader;
	const threads = tileThreads(tile);
	const isTransposed = tile.xLayout === 'columns';
	return wgsl`
		const TILE_ROWS = ${tile.rows}u;
		const TILE_COLUMNS = ${resultColumns(tile, isDual)}u;
		const TILE_DEPTH = ${tile.depth}u;
		const X_STRIDE = ${xStride(tile)}u;
		const THREADS = ${threads}u;

		${LINEAR_JOB.wgsl}
		${linearBindings(shader).wgsl}

		var<workgroup> xTile: array<array<array<vec4f, X_STRIDE>, ${isTransposed ? 'TILE_DEPTH' : 'TILE_ROWS'}>, ${slices(tile)}>; // ${isTransposed ? '[depth][rows / 4 + 1], transposed' : '[rows][depth / 4 + 1]'}
		var<workgroup> wTile: array<array<array<${tile.packedWeights ? 'vec2u' : 'vec4f'}, ${tile.columns / 4}>, TILE_DEPTH>, ${slices(tile)}>; // [depth][columns / 4]

		${halfWgsl(shader.unpackKeepsSubnormals)}

		${epilogueWgsl(shader.epilogue)}

		${accessorsWgsl(shader)}

		@compute @workgroup_size(THREADS)
		fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
			${tileIndexWgsl(tile)}
			${threadPlaceWgsl(tileThreadsX(tile), threads)}
			${sumNames(tile).map((row) => row.map((sum) => `var ${sum} = vec4f();`).join(' '))}
			${slicesWgsl(tile)}
			${storesWgsl(tile, isDual)}
		}
	`;
}

/** Slices in workgroup memory at a time. */
function slices({ staging }: LinearTile): 1 | 2 {
	return staging === 'double' ? 2 : 1;
}

/** Which tile of the result a workgroup computes: down a band of tiles, then to the next column. */
function tileIndexWgsl({ band }: LinearTile): string {
	if (band === 1) {
		return wgsl`
			let firstRow = group.y * TILE_ROWS;
			let firstColumn = group.x * TILE_COLUMNS;
		`;
	}
	return wgsl`
		let tilesAcross = (job.columns + TILE_COLUMNS - 1u) / TILE_COLUMNS;
		let tilesDown = (job.rows + TILE_ROWS - 1u) / TILE_ROWS;
		let place = group.y * tilesAcross + group.x;
		let bandStart = place / (${band}u * tilesAcross) * ${band}u;
		let bandTiles = min(${band}u, tilesDown - bandStart);
		let placeInBand = place - bandStart * tilesAcross;
		let firstRow = (bandStart + placeInBand % bandTiles) * TILE_ROWS;
		let firstColumn = placeInBand / bandTiles * TILE_COLUMNS;
	`;
}

/** All slices of the shared extent, moved and multiplied. */
function slicesWgsl(tile: LinearTile): string {
	const { declare, load, store } = movesWgsl(tile);
	const loadNext = wgsl`
		if (k + TILE_DEPTH < job.depth) {
			${load('(k + TILE_DEPTH)')}
		}
	`;
	switch (tile.staging) {
		case 'direct':
			return wgsl`
				for (var k = 0u; k < job.depth; k += TILE_DEPTH) {
					${declare}
					${load('k')}
					${store(0)}
					workgroupBarrier();
					${multiplyWgsl(tile, 0)}
					workgroupBarrier();
				}
			`;
		case 'prefetched':
			return wgsl`
				${declare}
				${load('0u')}
				for (var k = 0u; k < job.depth; k += TILE_DEPTH) {
					${store(0)}
					workgroupBarrier();
					${loadNext}
					${multiplyWgsl(tile, 0)}
					workgroupBarrier();
				}
			`;
		case 'double': {
			// Two slices are written out, so that places in workgroup memory are constants.
			const turn = (here: number, there: number): string => wgsl`
				${loadNext}
				${multiplyWgsl(tile, here)}
				k += TILE_DEPTH;
				if (k >= job.depth) { break; }
				${store(there)}
				workgroupBarrier();
			`;
			return wgsl`
				${declare}
				${load('0u')}
				${store(0)}
				workgroupBarrier();
				var k = 0u;
				loop {
					${turn(0, 1)}
					${turn(1, 0)}
				}
			`;
		}
	}
}

/** What moves a slice: from storage to registers, from there to workgroup memory. */
interface Moves {
	readonly declare: Wgsl;
	readonly load: (k: string) => Wgsl;
	readonly store: (slice: number) => Wgsl;
}

function movesWgsl(tile: LinearTile): Moves {
	const { rows, depth, columns, packedWeights } = tile;
	const threads = tileThreads(tile);
	const isTransposed = tile.xLayout === 'columns';
	// Transposed, a piece is 4 rows by 4 steps of the shared extent; else four steps of one row.
	const xPieces = cooperativePieces((rows * depth) / (isTransposed ? 16 : 4), threads);
	const wPieces = cooperativePieces((depth * columns) / 8, threads);
	const rowsOfPiece = range(isTransposed ? 4 : 1);
	const xName = ({ step }: Piece, row: number): string => `x${step}_${row}`;
	const wName = ({ step }: Piece): string => `w${step}_`;
	const xPlace = ({ index }: Piece) => ({
		line: `${index} / ${depth / 4}u`,
		step: `${index} % ${depth / 4}u`,
	});
	const wPlace = ({ index }: Piece) => ({
		line: `${index} / ${columns / 8}u`,
		step: `${index} % ${columns / 8}u`,
	});
	return {
		declare: [
			...xPieces.map((piece) =>
				rowsOfPiece.map((row) => `var ${xName(piece, row)}: vec4f;`).join(' '),
			),
			...wPieces.map((piece) => `var ${wName(piece)}: vec4u;`),
		],
		load: (k) => [
			forPieces(xPieces, (piece) => {
				const { line, step } = xPlace(piece);
				const firstOfPiece = `firstRow + ${line}${isTransposed ? ' * 4u' : ''}`;
				return rowsOfPiece.map(
					(row) =>
						`${xName(piece, row)} = xAt(min(${firstOfPiece} + ${row}u, job.rows - 1u), ${k} + ${step} * 4u);`,
				);
			}),
			forPieces(wPieces, (piece) => {
				const { line, step } = wPlace(piece);
				return `${wName(piece)} = wAt(${k} + ${line}, firstColumn, ${step} * 8u);`;
			}),
		],
		store: (slice) => [
			forPieces(xPieces, (piece) => {
				const { line, step } = xPlace(piece);
				if (!isTransposed) return `xTile[${slice}u][${line}][${step}] = ${xName(piece, 0)};`;
				return range(4).map((d) => {
					const across = rowsOfPiece.map((row) => `${xName(piece, row)}[${d}]`).join(', ');
					return `xTile[${slice}u][${step} * 4u + ${d}u][${line}] = vec4f(${across});`;
				});
			}),
			forPieces(wPieces, (piece) => {
				const { line, step } = wPlace(piece);
				return ['xy', 'zw'].map((pair, half) => {
					const packed = `${wName(piece)}.${pair}`;
					const value = packedWeights ? packed : widened(packed);
					return `wTile[${slice}u][${line}][${step} * 2u + ${half}u] = ${value};`;
				});
			}),
		],
	};
}

/** WGSL of four numbers from a vec2u of halves. */
function widened(halves: string): string {
	return `vec4f(widen2(${halves}.x), widen2(${halves}.y))`;
}

/** Adds a slice's products to the sums. */
function multiplyWgsl(tile: LinearTile, slice: number): Wgsl {
	const { depth, unroll, packedWeights } = tile;
	const sums = sumNames(tile);
	const columnGroups = range(tile.threadColumns / 4);
	const columnSpacing = tile.columns / 4 / columnGroups.length;
	const readColumns = (step: string): string =>
		columnGroups
			.map((group) => {
				const place = `wTile[${slice}u][${step}][${group * columnSpacing}u + threadColumn]`;
				return packedWeights
					? `let h${group} = ${place}; let b${group} = ${widened(`h${group}`)};`
					: `let b${group} = ${place};`;
			})
			.join(' ');
	const add = (a: (row: number) => string): readonly string[] =>
		sums.map((row, r) =>
			row.map((sum, group) => `${sum} = fma(vec4f(${a(r)}), b${group}, ${sum});`).join(' '),
		);
	if (tile.xLayout === 'columns') {
		const rowGroups = range(tile.threadRows / 4);
		const rowSpacing = tile.rows / 4 / rowGroups.length;
		return unrolled({ count: depth, unroll }, (step) => {
			const readRows = rowGroups.map(
				(group) =>
					`let a${group} = xTile[${slice}u][${step()}][${group * rowSpacing}u + threadRow];`,
			);
			return wgsl`
				{
					${readRows.join(' ')}
					${readColumns(step())}
					${add((row) => `a${row >> 2}[${row & 3}]`)}
				}
			`;
		});
	}
	const rowSpacing = tile.rows / tile.threadRows;
	return unrolled({ count: depth, unroll, stride: 4 }, (step) => {
		const readRows = sums.map(
			(_, row) =>
				`let a${row} = xTile[${slice}u][${row * rowSpacing}u + threadRow][(${step()}) / 4u];`,
		);
		const lanes = range(4).map(
			(lane) => wgsl`
				{
					${readColumns(step(lane))}
					${add((row) => `a${row}[${lane}]`)}
				}
			`,
		);
		return wgsl`
			{
				${readRows}
				${lanes}
			}
		`;
	});
}

/** The epilogue of each sum. */
function storesWgsl(tile: LinearTile, isDual: boolean): Wgsl {
	const columnGroups = tile.threadColumns / 4;
	const spacing = tile.columns / columnGroups;
	const rowGroups = tile.threadRows / 4;
	const stored = isDual ? columnGroups / 2 : columnGroups;
	return sumNames(tile).flatMap((row, r) => {
		const place =
			tile.xLayout === 'rows'
				? `${(r * tile.rows) / tile.threadRows}u + threadRow`
				: `${(r >> 2) * (tile.rows / rowGroups) + (r & 3)}u + threadRow * 4u`;
		return range(stored).map((group) => {
			const other = isDual ? group + stored : group;
			return `put(firstRow + ${place}, firstColumn + ${group * spacing}u + threadColumn * 4u, ${row[group]}, ${row[other]});`;
		});
	});
}

/** Names of a thread's sums: [rows][groups of four columns]. */
function sumNames({ threadRows, threadColumns }: LinearTile): readonly (readonly string[])[] {
	return range(threadRows).map((row) =>
		range(threadColumns / 4).map((group) => `c${row}_${group}`),
	);
}

/** Reads and writes of four or eight elements, zero beyond the shared extent. */
function accessorsWgsl({ vectorised, wholeSlices, isDual }: LinearShader): string {
	const zeroBeyond = (type: string): Wgsl =>
		!wholeSlices && `if (depth >= job.depth) { return ${type}(); }`;
	const eightOf = (weight: string): string => {
		if (vectorised) return `${weight}[at >> 3u]`;
		const pairs = [0, 2, 4, 6].map(
			(i) => `pair(halfOf${weight}(at + ${i}u), halfOf${weight}(at + ${i + 1}u))`,
		);
		return `vec4u(${pairs.join(', ')})`;
	};
	// Columns beyond the last read some other weight, finite and never stored.
	const lastColumn = vectorised ? 'job.columns - 8u' : 'job.columns - 1u';
	const wAt = wgsl`
		fn wAt(depth: u32, firstColumn: u32, column: u32) -> vec4u {
			${zeroBeyond('vec4u')}
			${isDual && 'let half = column / TILE_COLUMNS;'}
			let at = depth * job.columns + min(firstColumn + column${isDual && ' % TILE_COLUMNS'}, ${lastColumn});
			${isDual && `if (half == 0u) { return ${eightOf('w0')}; }`}
			return ${eightOf(isDual ? 'w1' : 'w0')};
		}
	`;
	if (vectorised) {
		return wgsl`
			fn xAt(row: u32, depth: u32) -> vec4f {
				${zeroBeyond('vec4f')}
				return x[(row * job.depth + depth) >> 2u];
			}
			${wAt}
			fn put(row: u32, column: u32, sum0: vec4f, sum1: vec4f) {
				if (row >= job.rows || column >= job.columns) { return; }
				y[(row * job.columns + column) >> 2u] = epilogue(sum0, sum1, row, column);
			}
		`;
	}
	const halfOf = (weight: string): string =>
		`fn halfOf${weight}(at: u32) -> u32 { return (${weight}[at >> 1u] >> ((at & 1u) * 16u)) & 0xffffu; }`;
	return wgsl`
		fn xAt(row: u32, depth: u32) -> vec4f {
			let at = row * job.depth + depth;
			return select(vec4f(), vec4f(x[at], x[at + 1u], x[at + 2u], x[at + 3u]), vec4u(depth) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.depth));
		}
		fn pair(low: u32, high: u32) -> u32 { return low | (high << 16u); }
		${halfOf('w0')}
		${isDual && halfOf('w1')}
		${wAt}
		fn put(row: u32, column: u32, sum0: vec4f, sum1: vec4f) {
			if (row >= job.rows) { return; }
			let result = epilogue(sum0, sum1, row, column);
			for (var i = 0u; i < 4u; i++) {
				if (column + i < job.columns) { y[row * job.columns + column + i] = result[i]; }
			}
		}
	`;
}
