import {
	type EpilogueShape,
	epilogueWgsl,
	type Operand,
	operandOffsets,
	operandRange,
	operandsAreAligned,
} from '../wgsl/epilogue.ts';
import type { Expression } from '../wgsl/expression.ts';
import { halfWgsl } from '../wgsl/half-wgsl.ts';
import { affordableRows, f32Rows, ROW_RANGE_MULTIPLE, splitRows } from '../dispatch/row-ranges.ts';
import {
	type BoundRange,
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
} from '../dispatch/kernel-dispatch.ts';
import { LINEAR_TILES } from './linear-tiles.ts';
import { type LinearTile, tileThreads, tileThreadsX, xStride } from './linear-tile.ts';
import { threadPlaceWgsl } from '../wgsl/thread-place.ts';

export interface LinearArguments<Ref> {
	readonly label: string;
	/** f32 [rows, depth] */
	readonly x: Ref;
	/** FP16 [depth, columns]: one, or two that the same x is multiplied with (sum0 and sum1). */
	readonly weights: readonly BoundRange<Ref>[];
	/** f32 [rows, columns] */
	readonly output: Ref;
	readonly rows: number;
	readonly depth: number;
	readonly columns: number;
	readonly expression: Expression;
	readonly operands: readonly Operand<Ref>[];
	/** For the bench; else chosen by adapter and extents. */
	readonly tile?: LinearTile;
}

/** y = epilogue(x · W0, x · W1): a linear layer on FP16 weights, f32 arithmetic throughout. */
export function linear<Ref>(
	args: LinearArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { rows, depth, columns, weights, operands } = args;
	const isDual = weights.length === 2;
	const flopsPerRow = 2 * depth * columns * weights.length;
	const longestRowBytes = Math.max(depth, columns) * F32_BYTES;
	// On a slow GPU a dispatch has fewer rows: the tile is for what one computes.
	const affordable = affordableRows(longestRowBytes, flopsPerRow, target);
	const dispatchRows = Math.min(rows, Math.max(ROW_RANGE_MULTIPLE, affordable));
	const tile =
		args.tile ??
		LINEAR_TILES.choose(
			{ isDual },
			{ elements: dispatchRows * columns, rows: dispatchRows },
			target,
		);
	const vectorised = depth % 4 === 0 && columns % 8 === 0 && operandsAreAligned(operands, columns);
	const wgsl = linearWgsl({
		tile,
		isDual,
		vectorised,
		wholeSlices: depth % tile.depth === 0,
		unpackKeepsSubnormals: target.unpackKeepsSubnormals,
		epilogue: { expression: args.expression, operands, vectorised },
	});
	const tileColumns = isDual ? tile.columns / 2 : tile.columns;
	const multiple = Math.max(ROW_RANGE_MULTIPLE, tile.rows);
	return splitRows(rows, longestRowBytes, flopsPerRow, target, multiple).map((range) => ({
		label: args.label,
		wgsl,
		job: new Uint32Array([range.count, columns, depth, 0, ...operandOffsets(operands)]),
		bindings: [
			f32Rows(args.x, depth, range),
			...weights,
			f32Rows(args.output, columns, range),
			...operands.map((operand) => operandRange(operand, columns, range)),
		],
		workgroups: [Math.ceil(columns / tileColumns), Math.ceil(range.count / tile.rows), 1],
		flops: flopsPerRow * range.count,
	}));
}

interface LinearShader {
	readonly tile: LinearTile;
	readonly isDual: boolean;
	readonly vectorised: boolean;
	/** True if the shared extent is a multiple of a slice. */
	readonly wholeSlices: boolean;
	readonly unpackKeepsSubnormals: boolean;
	readonly epilogue: EpilogueShape;
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
function linearWgsl(shader: LinearShader): string {
	const { tile, isDual, vectorised } = shader;
	const threads = tileThreads(tile);
	const buffers = tile.staging === 'double' ? 2 : 1;
	const tileColumns = isDual ? tile.columns / 2 : tile.columns;
	const [xElement, wElement] = vectorised ? ['vec4f', 'vec4u'] : ['f32', 'u32'];
	const xExtents =
		tile.xLayout === 'rows'
			? { lines: tile.rows, comment: '[rows][depth / 4 + 1]' }
			: { lines: tile.depth, comment: '[depth][rows / 4 + 1], transposed' };
	const sums = sumNames(tile);
	return `struct Job { rows: u32, columns: u32, depth: u32, unused: u32, operandOffsets: vec4u }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<${xElement}>; // [rows, depth]
@group(0) @binding(2) var<storage, read> w0: array<${wElement}>; // FP16 [depth, columns]
${isDual ? `@group(0) @binding(3) var<storage, read> w1: array<${wElement}>;\n` : ''}@group(0) @binding(${isDual ? 4 : 3}) var<storage, read_write> y: array<${xElement}>; // [rows, columns]

var<workgroup> xTile: array<array<array<vec4f, ${xStride(tile)}>, ${xExtents.lines}>, ${buffers}>; // ${xExtents.comment}
var<workgroup> wTile: array<array<array<${tile.packedWeights ? 'vec2u' : 'vec4f'}, ${tile.columns / 4}>, ${tile.depth}>, ${buffers}>; // [depth][columns / 4]

${halfWgsl(shader.unpackKeepsSubnormals)}${epilogueWgsl(shader.epilogue, isDual ? 5 : 4)}
${accessors(shader)}
@compute @workgroup_size(${threads})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
${tileIndexWgsl(tile, tileColumns)}
${threadPlaceWgsl(tileThreadsX(tile), threads)}
${sums.map((row) => `\t${row.map((sum) => `var ${sum} = vec4f();`).join(' ')}`).join('\n')}
${slicesWgsl(tile)}
${storesWgsl(tile, isDual)}
}
`;
}

/** Which tile of the result a workgroup computes: down a band of tiles, then to the next column. */
function tileIndexWgsl({ rows, band }: LinearTile, tileColumns: number): string {
	if (band === 1) {
		return `	let firstRow = group.y * ${rows}u;
	let firstColumn = group.x * ${tileColumns}u;`;
	}
	return `	let tilesAcross = (job.columns + ${tileColumns - 1}u) / ${tileColumns}u;
	let tilesDown = (job.rows + ${rows - 1}u) / ${rows}u;
	let place = group.y * tilesAcross + group.x;
	let bandStart = place / (${band}u * tilesAcross) * ${band}u;
	let bandTiles = min(${band}u, tilesDown - bandStart);
	let placeInBand = place - bandStart * tilesAcross;
	let firstRow = (bandStart + placeInBand % bandTiles) * ${rows}u;
	let firstColumn = placeInBand / bandTiles * ${tileColumns}u;`;
}

/** All slices of the shared extent, moved and multiplied. */
function slicesWgsl(tile: LinearTile): string {
	const { declare, load, store } = movesWgsl(tile);
	const next = `k + ${tile.depth}u < job.depth`;
	switch (tile.staging) {
		case 'direct':
			return `	for (var k = 0u; k < job.depth; k += ${tile.depth}u) {
${declare}
${load('k')}
${store('0u')}
		workgroupBarrier();
${multiplyWgsl(tile, '0u')}
		workgroupBarrier();
	}`;
		case 'prefetched':
			return `${declare}
${load('0u')}
	for (var k = 0u; k < job.depth; k += ${tile.depth}u) {
${store('0u')}
		workgroupBarrier();
		if (${next}) {
${load(`(k + ${tile.depth}u)`)}
		}
${multiplyWgsl(tile, '0u')}
		workgroupBarrier();
	}`;
		case 'double': {
			// Two slices are written out, so that places in workgroup memory are constants.
			const turn = (here: string, there: string): string => `		if (${next}) {
${load(`(k + ${tile.depth}u)`)}
		}
${multiplyWgsl(tile, here)}
		k += ${tile.depth}u;
		if (k >= job.depth) { break; }
${store(there)}
		workgroupBarrier();`;
			return `${declare}
${load('0u')}
${store('0u')}
	workgroupBarrier();
	var k = 0u;
	loop {
${turn('0u', '1u')}
${turn('1u', '0u')}
	}`;
		}
	}
}

/** What moves a slice: from storage to registers, from there to workgroup memory. */
interface Moves {
	readonly declare: string;
	readonly load: (k: string) => string;
	readonly store: (slice: string) => string;
}

function movesWgsl(tile: LinearTile): Moves {
	const { rows, depth, columns, packedWeights } = tile;
	const threads = tileThreads(tile);
	const perRow = depth / 4;
	const isTransposed = tile.xLayout === 'columns';
	// Transposed, a piece is 4 rows by 4 steps of the shared extent; else four steps of one row.
	const xPieces = pieces('x', (rows * depth) / (isTransposed ? 16 : 4), threads);
	const wPieces = pieces('w', (depth * columns) / 8, threads);
	const rowsOfPiece = isTransposed ? [0, 1, 2, 3] : [0];
	const xRow = (index: string): string => `(${index}) / ${perRow}u${isTransposed ? ' * 4u' : ''}`;
	const loadX = (k: string) => (piece: Piece) =>
		rowsOfPiece.map(
			(row) =>
				`${piece.name}${row} = xAt(min(firstRow + ${xRow(piece.index)} + ${row}u, job.rows - 1u), ${k} + (${piece.index}) % ${perRow}u * 4u);`,
		);
	const storeX =
		(slice: string) =>
		({ name, index }: Piece): readonly string[] => {
			const line = `(${index}) / ${perRow}u`;
			const step = `(${index}) % ${perRow}u`;
			if (!isTransposed) return [`xTile[${slice}][${line}][${step}] = ${name}0;`];
			return [0, 1, 2, 3].map(
				(d) =>
					`xTile[${slice}][${step} * 4u + ${d}u][${line}] = vec4f(${rowsOfPiece.map((row) => `${name}${row}[${d}]`).join(', ')});`,
			);
		};
	const wLine = (index: string): string => `(${index}) / ${columns / 8}u`;
	const wStep = (index: string): string => `(${index}) % ${columns / 8}u`;
	const loadW =
		(k: string) =>
		({ name, index }: Piece): readonly string[] => [
			`${name} = wAt(${k} + ${wLine(index)}, firstColumn, ${wStep(index)} * 8u);`,
		];
	const storeW =
		(slice: string) =>
		({ name, index }: Piece): readonly string[] =>
			['xy', 'zw'].map((pair, half) => {
				const value = packedWeights
					? `${name}.${pair}`
					: `vec4f(widen2(${name}.${pair}.x), widen2(${name}.${pair}.y))`;
				return `wTile[${slice}][${wLine(index)}][${wStep(index)} * 2u + ${half}u] = ${value};`;
			});
	return {
		declare: [
			...xPieces.map(
				({ name }) => `\t${rowsOfPiece.map((row) => `var ${name}${row}: vec4f;`).join(' ')}`,
			),
			...wPieces.map(({ name }) => `\tvar ${name}: vec4u;`),
		].join('\n'),
		load: (k) => [...guarded(xPieces, loadX(k)), ...guarded(wPieces, loadW(k))].join('\n'),
		store: (slice) =>
			[...guarded(xPieces, storeX(slice)), ...guarded(wPieces, storeW(slice))].join('\n'),
	};
}

/** Adds a slice's products to the sums. */
function multiplyWgsl(tile: LinearTile, slice: string): string {
	const { depth, unroll } = tile;
	if (unroll === depth) return stepsWgsl(tile, slice, (step) => `${step}u`);
	return `		for (var d = 0u; d < ${depth}u; d += ${unroll}u) {
${stepsWgsl(tile, slice, (step) => `d + ${step}u`)}
		}`;
}

/** @param at the place of a step within the slice */
function stepsWgsl(tile: LinearTile, slice: string, at: (step: number) => string): string {
	const sums = sumNames(tile);
	const columnGroups = tile.threadColumns / 4;
	const spacing = tile.columns / 4 / columnGroups;
	const readColumns = (step: number): string =>
		range(columnGroups)
			.map((group) => {
				const place = `wTile[${slice}][${at(step)}][${group * spacing}u + threadColumn]`;
				return tile.packedWeights
					? `let h${group} = ${place}; let b${group} = vec4f(widen2(h${group}.x), widen2(h${group}.y));`
					: `let b${group} = ${place};`;
			})
			.join(' ');
	const add = (a: (row: number) => string): string =>
		sums
			.map(
				(row, r) =>
					`\t\t\t${row.map((sum, group) => `${sum} = fma(vec4f(${a(r)}), b${group}, ${sum});`).join(' ')}`,
			)
			.join('\n');
	if (tile.xLayout === 'columns') {
		const rowGroups = tile.threadRows / 4;
		const rowSpacing = tile.rows / 4 / rowGroups;
		return range(tile.unroll)
			.map(
				(step) => `		{
			${range(rowGroups)
				.map(
					(group) =>
						`let a${group} = xTile[${slice}][${at(step)}][${group * rowSpacing}u + threadRow];`,
				)
				.join(' ')}
			${readColumns(step)}
${add((row) => `a${row >> 2}[${row & 3}]`)}
		}`,
			)
			.join('\n');
	}
	const threadsY = tile.rows / tile.threadRows;
	return range(tile.unroll / 4)
		.map(
			(four) => `		{
${sums.map((_, row) => `\t\t\tlet a${row} = xTile[${slice}][${row * threadsY}u + threadRow][(${at(four * 4)}) / 4u];`).join('\n')}
${range(4)
	.map(
		(lane) => `			{
			${readColumns(four * 4 + lane)}
${add((row) => `a${row}[${lane}]`)}
			}`,
	)
	.join('\n')}
		}`,
		)
		.join('\n');
}

/** The epilogue of each sum. */
function storesWgsl(tile: LinearTile, isDual: boolean): string {
	const columnGroups = tile.threadColumns / 4;
	const spacing = tile.columns / columnGroups;
	const rowGroups = tile.threadRows / 4;
	return sumNames(tile)
		.flatMap((row, r) => {
			const place =
				tile.xLayout === 'rows'
					? `${(r * tile.rows) / tile.threadRows}u + threadRow`
					: `${(r >> 2) * (tile.rows / rowGroups) + (r & 3)}u + threadRow * 4u`;
			return range(isDual ? columnGroups / 2 : columnGroups).map((group) => {
				const other = isDual ? group + columnGroups / 2 : group;
				return `\tput(firstRow + ${place}, firstColumn + ${group * spacing}u + threadColumn * 4u, ${row[group]}, ${row[other]});`;
			});
		})
		.join('\n');
}

/** Names of a thread's sums: [rows][groups of four columns]. */
function sumNames({ threadRows, threadColumns }: LinearTile): readonly (readonly string[])[] {
	return range(threadRows).map((row) =>
		range(threadColumns / 4).map((group) => `c${row}_${group}`),
	);
}

/** Reads and writes of four or eight elements, zero beyond the shared extent. */
function accessors({ vectorised, wholeSlices, isDual, tile }: LinearShader): string {
	const zeroBeyond = (type: string): string =>
		wholeSlices ? '' : `\tif (depth >= job.depth) { return ${type}(); }\n`;
	const read = vectorised
		? (weight: string): string => `return ${weight}[at >> 3u];`
		: (weight: string): string =>
				`return vec4u(${[0, 2, 4, 6]
					.map((i) => `pair(halfOf${weight}(at + ${i}u), halfOf${weight}(at + ${i + 1}u))`)
					.join(', ')});`;
	const fetch = isDual
		? `	let half = column / ${tile.columns / 2}u;
	let at = depth * job.columns + min(firstColumn + column % ${tile.columns / 2}u, ${lastColumn(vectorised)});
	if (half == 0u) { ${read('w0')} }
	${read('w1')}`
		: `	let at = depth * job.columns + min(firstColumn + column, ${lastColumn(vectorised)});
	${read('w0')}`;
	const weightAccessor = `fn wAt(depth: u32, firstColumn: u32, column: u32) -> vec4u {
${zeroBeyond('vec4u')}${fetch}
}
`;
	if (vectorised) {
		return `fn xAt(row: u32, depth: u32) -> vec4f {
${zeroBeyond('vec4f')}	return x[(row * job.depth + depth) >> 2u];
}
${weightAccessor}fn put(row: u32, column: u32, sum0: vec4f, sum1: vec4f) {
	if (row >= job.rows || column >= job.columns) { return; }
	y[(row * job.columns + column) >> 2u] = epilogue(sum0, sum1, row, column);
}
`;
	}
	const halves = (weight: string): string =>
		`fn halfOf${weight}(at: u32) -> u32 { return (${weight}[at >> 1u] >> ((at & 1u) * 16u)) & 0xffffu; }\n`;
	return `fn xAt(row: u32, depth: u32) -> vec4f {
	let at = row * job.depth + depth;
	return select(vec4f(), vec4f(x[at], x[at + 1u], x[at + 2u], x[at + 3u]), vec4u(depth) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.depth));
}
fn pair(low: u32, high: u32) -> u32 { return low | (high << 16u); }
${halves('w0')}${isDual ? halves('w1') : ''}${weightAccessor}fn put(row: u32, column: u32, sum0: vec4f, sum1: vec4f) {
	if (row >= job.rows) { return; }
	let result = epilogue(sum0, sum1, row, column);
	for (var i = 0u; i < 4u; i++) {
		if (column + i < job.columns) { y[row * job.columns + column + i] = result[i]; }
	}
}
`;
}

/** Columns beyond the last read some other weight, finite and never stored. */
function lastColumn(vectorised: boolean): string {
	return vectorised ? 'job.columns - 8u' : 'job.columns - 1u';
}

/** A part of a slice that one thread moves at once. */
interface Piece {
	readonly name: string;
	readonly index: string;
	/** Empty where every thread has a piece. */
	readonly guard: string;
}

function pieces(prefix: string, count: number, threads: number): readonly Piece[] {
	return range(Math.ceil(count / threads)).map((step) => {
		const index = step === 0 ? 'thread' : `thread + ${step * threads}u`;
		const guard = (step + 1) * threads > count ? `${index} < ${count}u` : '';
		return { name: `${prefix}${step}_`, index, guard };
	});
}

function guarded(
	all: readonly Piece[],
	linesOf: (piece: Piece) => readonly string[],
): readonly string[] {
	return all.map((piece) => {
		const body = linesOf(piece)
			.map((line) => `\t\t\t${line}`)
			.join('\n');
		return piece.guard === '' ? body : `\t\tif (${piece.guard}) {\n${body}\n\t\t}`;
	});
}

function range(count: number): readonly number[] {
	return Array.from({ length: count }, (_, index) => index);
}
