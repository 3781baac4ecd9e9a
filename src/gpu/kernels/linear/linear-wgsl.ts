import type { WeightFormat } from '../../../graph/graph.ts';
import { type Binding, Bindings, read, readWrite } from '../wgsl/bindings.ts';
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
	readonly format: WeightFormat;
	/** Which weights have a low-rank product beside them; undefined where none has. */
	readonly side?: SideShader;
	/** True if x, weights, operands and result can be read as vectors. */
	readonly vectorised: boolean;
	/** True if the shared extent is a multiple of a slice. */
	readonly wholeSlices: boolean;
	readonly unpackKeepsSubnormals: boolean;
	readonly epilogue: EpilogueShape;
}

export interface SideShader {
	readonly format: WeightFormat;
	/** By weight. */
	readonly has: readonly boolean[];
}

export const LINEAR_JOB = jobLayout({
	...u32('rows', 'columns', 'depth'),
	operandOffsets: 'vec4u',
});

/** With a low-rank product: a row of `down` has `downColumns`, of which `sideDepth` from `sideFirst` are read. */
export const SIDE_LINEAR_JOB = jobLayout({
	...u32('rows', 'columns', 'depth', 'downColumns', 'sideFirst', 'sideDepth'),
	// Of each weight: which of those columns are its own.
	...u32('sideFirst0', 'sideRank0', 'sideFirst1', 'sideRank1'),
	operandOffsets: 'vec4u',
});

export function linearBindings(shader: LinearShader): Bindings {
	const { isDual, vectorised, epilogue, format, side } = shader;
	const xElement = vectorised ? 'vec4f' : 'f32';
	const weight = (name: string, of: WeightFormat, extents: string): Binding =>
		read(name, weightElement(of, vectorised), `${FORMAT_NAMES[of]}${extents}`);
	const up = (index: number): Binding | false =>
		side?.has[index] === true && weight(`up${index}`, side.format, '[rank, columns]');
	return new Bindings([
		read('x', xElement, '[rows, depth]'),
		weight('w0', format, '[depth, columns]'),
		isDual && weight('w1', format, '[depth, columns]'),
		readWrite('y', xElement, '[rows, columns]'),
		side !== undefined && read('down', xElement, '[rows, downColumns]'),
		up(0),
		up(1),
		...operandBindings(epilogue),
	]);
}

const FORMAT_NAMES = { f16: 'FP16 ', bf16: 'BF16 ', f32: '' };

function weightElement(format: WeightFormat, vectorised: boolean): string {
	if (format === 'f32') return vectorised ? 'vec4f' : 'f32';
	return vectorised ? 'vec4u' : 'u32';
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
	const { tile, isDual, side } = shader;
	const threads = tileThreads(tile);
	const isTransposed = tile.xLayout === 'columns';
	return wgsl`
		const TILE_ROWS = ${tile.rows}u;
		const TILE_COLUMNS = ${resultColumns(tile, isDual)}u;
		const TILE_DEPTH = ${tile.depth}u;
		const X_STRIDE = ${xStride(tile)}u;
		const THREADS = ${threads}u;

		${side === undefined ? LINEAR_JOB.wgsl : SIDE_LINEAR_JOB.wgsl}
		${linearBindings(shader).wgsl}

		var<workgroup> xTile: array<array<array<vec4f, X_STRIDE>, ${isTransposed ? 'TILE_DEPTH' : 'TILE_ROWS'}>, ${slices(tile)}>; // ${isTransposed ? '[depth][rows / 4 + 1], transposed' : '[rows][depth / 4 + 1]'}
		var<workgroup> wTile: array<array<array<${tile.packedWeights ? 'vec2u' : 'vec4f'}, ${tile.columns / 4}>, TILE_DEPTH>, ${slices(tile)}>; // [depth][columns / 4]

		${halfWgsl(shader.unpackKeepsSubnormals)}
		${(shader.format === 'bf16' || side?.format === 'bf16') && BF16_WGSL}

		${epilogueWgsl(shader.epilogue)}

		${accessorsWgsl(shader)}
		${side !== undefined && sideAccessorsWgsl(shader, side)}

		@compute @workgroup_size(THREADS)
		fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
			${tileIndexWgsl(tile)}
			${threadPlaceWgsl(tileThreadsX(tile), threads)}
			${sumNames(tile).map((row) => row.map((sum) => `var ${sum} = vec4f();`).join(' '))}
			${slicesWgsl(tile, { prefix: '', depth: 'job.depth', format: shader.format })}
			${side !== undefined && sideSlicesWgsl(tile, side)}
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

/** Two factors whose products are added to the sums. */
interface Factors {
	/** Of the functions that read them. */
	readonly prefix: '' | 'side_';
	/** WGSL of their shared extent. */
	readonly depth: string;
	/** Of the second. */
	readonly format: WeightFormat;
}

/**
 * The low-rank product goes on where x · W ends: the sums then need no second pass over memory. Its few slices
 * are loaded as they are needed: loading them ahead would take registers from all others.
 */
function sideSlicesWgsl(tile: LinearTile, { format }: SideShader): Wgsl {
	const factors = { prefix: 'side_', depth: 'job.sideDepth', format } as const;
	return [
		tile.staging === 'double' && 'workgroupBarrier();',
		slicesWgsl({ ...tile, staging: 'direct' }, factors),
	];
}

/** All slices of the shared extent, moved and multiplied. */
function slicesWgsl(tile: LinearTile, factors: Factors): string {
	const { declare, load, store } = movesWgsl(tile, factors);
	const { depth, format } = factors;
	const loadNext = wgsl`
		if (k + TILE_DEPTH < ${depth}) {
			${load('(k + TILE_DEPTH)')}
		}
	`;
	switch (tile.staging) {
		case 'direct':
			return wgsl`
				for (var k = 0u; k < ${depth}; k += TILE_DEPTH) {
					${declare}
					${load('k')}
					${store(0)}
					workgroupBarrier();
					${multiplyWgsl(tile, 0, format)}
					workgroupBarrier();
				}
			`;
		case 'prefetched':
			return wgsl`
				${declare}
				${load('0u')}
				for (var k = 0u; k < ${depth}; k += TILE_DEPTH) {
					${store(0)}
					workgroupBarrier();
					${loadNext}
					${multiplyWgsl(tile, 0, format)}
					workgroupBarrier();
				}
			`;
		case 'double': {
			// Two slices are written out, so that places in workgroup memory are constants.
			const turn = (here: number, there: number): string => wgsl`
				${loadNext}
				${multiplyWgsl(tile, here, format)}
				k += TILE_DEPTH;
				if (k >= ${depth}) { break; }
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

function movesWgsl(tile: LinearTile, { prefix, format }: Factors): Moves {
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
			...wPieces.map((piece) => `var ${wName(piece)}: ${EIGHT[format]};`),
		],
		load: (k) => [
			forPieces(xPieces, (piece) => {
				const { line, step } = xPlace(piece);
				const firstOfPiece = `firstRow + ${line}${isTransposed ? ' * 4u' : ''}`;
				return rowsOfPiece.map(
					(row) =>
						`${xName(piece, row)} = ${prefix}xAt(min(${firstOfPiece} + ${row}u, job.rows - 1u), ${k} + ${step} * 4u);`,
				);
			}),
			forPieces(wPieces, (piece) => {
				const { line, step } = wPlace(piece);
				return `${wName(piece)} = ${prefix}wAt(${k} + ${line}, firstColumn, ${step} * 8u);`;
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
					const value = packedWeights ? packed : widened(packed, format);
					if (format === 'f32')
						return `wTile[${slice}u][${line}][${step} * 2u + ${half}u] = ${wName(piece)}[${half}];`;
					return `wTile[${slice}u][${line}][${step} * 2u + ${half}u] = ${value};`;
				});
			}),
		],
	};
}

/** WGSL's type of eight numbers on their way. */
const EIGHT = { f16: 'vec4u', bf16: 'vec4u', f32: 'mat2x4f' };

const BF16_WGSL =
	'fn widenBf16(halves: u32) -> vec2f { return bitcast<vec2f>(vec2u(halves << 16u, halves & 0xffff0000u)); }';

/** WGSL of four numbers from a vec2u of halves. */
function widened(halves: string, format: WeightFormat): string {
	const widen = format === 'bf16' ? 'widenBf16' : 'widen2';
	return `vec4f(${widen}(${halves}.x), ${widen}(${halves}.y))`;
}

/** Adds a slice's products to the sums. */
function multiplyWgsl(tile: LinearTile, slice: number, format: WeightFormat): Wgsl {
	const { depth, unroll, packedWeights } = tile;
	const sums = sumNames(tile);
	const columnGroups = range(tile.threadColumns / 4);
	const columnSpacing = tile.columns / 4 / columnGroups.length;
	const readColumns = (step: string): string =>
		columnGroups
			.map((group) => {
				const place = `wTile[${slice}u][${step}][${group * columnSpacing}u + threadColumn]`;
				return packedWeights
					? `let h${group} = ${place}; let b${group} = ${widened(`h${group}`, format)};`
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
function accessorsWgsl({ vectorised, wholeSlices, isDual, format }: LinearShader): string {
	const zeroBeyond = (type: string): Wgsl =>
		!wholeSlices && `if (depth >= job.depth) { return ${type}(); }`;
	const wAt = wgsl`
		fn wAt(depth: u32, firstColumn: u32, column: u32) -> ${EIGHT[format]} {
			${zeroBeyond(EIGHT[format])}
			${isDual && 'let half = column / TILE_COLUMNS;'}
			let at = depth * job.columns + min(firstColumn + column${isDual && ' % TILE_COLUMNS'}, ${lastColumn(vectorised)});
			${isDual && `if (half == 0u) { return ${eightOf('w0', format, vectorised)}; }`}
			return ${eightOf(isDual ? 'w1' : 'w0', format, vectorised)};
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
	return wgsl`
		fn xAt(row: u32, depth: u32) -> vec4f {
			let at = row * job.depth + depth;
			return select(vec4f(), vec4f(x[at], x[at + 1u], x[at + 2u], x[at + 3u]), vec4u(depth) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.depth));
		}
		fn pair(low: u32, high: u32) -> u32 { return low | (high << 16u); }
		${format !== 'f32' && halfOf('w0')}
		${isDual && format !== 'f32' && halfOf('w1')}
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

/** The same of a low-rank product: zero in rows of `up` that a weight does not have. */
function sideAccessorsWgsl(
	{ vectorised, isDual }: LinearShader,
	{ format, has }: SideShader,
): string {
	const eight = EIGHT[format];
	const ofWeight = (index: number): Wgsl =>
		has[index] === true
			? wgsl`
				let line = depth - job.sideFirst${index};
				if (line >= job.sideRank${index}) { return ${eight}(); }
				let at = line * job.columns + place;
				return ${eightOf(`up${index}`, format, vectorised)};
			`
			: `return ${eight}();`;
	const four = vectorised
		? 'down[at >> 2u]'
		: 'vec4f(down[at], down[at + 1u], down[at + 2u], down[at + 3u])';
	return wgsl`
		fn side_xAt(row: u32, depth: u32) -> vec4f {
			if (depth >= job.sideDepth) { return vec4f(); }
			let at = row * job.downColumns + job.sideFirst + depth;
			return ${four};
		}
		${!vectorised && format !== 'f32' && has.map((isThere, index) => isThere && halfOf(`up${index}`))}
		fn side_wAt(depth: u32, firstColumn: u32, column: u32) -> ${eight} {
			let place = min(firstColumn + column${isDual && ' % TILE_COLUMNS'}, ${lastColumn(vectorised)});
			${
				isDual &&
				wgsl`
					if (column / TILE_COLUMNS == 0u) {
						${ofWeight(0)}
					}
				`
			}
			${ofWeight(isDual ? 1 : 0)}
		}
	`;
}

/** Columns beyond the last read some other weight, finite and never stored. */
function lastColumn(vectorised: boolean): string {
	return vectorised ? 'job.columns - 8u' : 'job.columns - 1u';
}

/** WGSL of eight neighbours from `at` on. */
function eightOf(weight: string, format: WeightFormat, vectorised: boolean): string {
	if (format === 'f32') {
		if (vectorised) return `mat2x4f(${weight}[at >> 2u], ${weight}[(at >> 2u) + 1u])`;
		return `mat2x4f(${range(8)
			.map((i) => `${weight}[at + ${i}u]`)
			.join(', ')})`;
	}
	if (vectorised) return `${weight}[at >> 3u]`;
	const pairs = [0, 2, 4, 6].map(
		(i) => `pair(halfOf${weight}(at + ${i}u), halfOf${weight}(at + ${i + 1}u))`,
	);
	return `vec4u(${pairs.join(', ')})`;
}

function halfOf(weight: string): string {
	return `fn halfOf${weight}(at: u32) -> u32 { return (${weight}[at >> 1u] >> ((at & 1u) * 16u)) & 0xffffu; }`;
}
