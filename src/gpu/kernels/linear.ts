import {
	type EpilogueShape,
	epilogueWgsl,
	type Expression,
	type Operand,
	operandOffsets,
	operandsAreAligned,
} from './expression.ts';
import { halfWgsl } from './half-wgsl.ts';
import {
	type BoundRange,
	F32_BYTES,
	f32Rows,
	type KernelDispatch,
	type KernelTarget,
	type RowRange,
	splitRows,
} from './kernel-dispatch.ts';
import { chooseLinearTile, type LinearTile, tileThreads, tileThreadsX } from './linear-tiles.ts';

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
	const tile = args.tile ?? chooseLinearTile(rows, columns * weights.length, target);
	const vectorised = depth % 4 === 0 && columns % 8 === 0 && operandsAreAligned(operands, columns);
	const wgsl = linearWgsl({
		tile,
		isDual,
		vectorised,
		unpackKeepsSubnormals: target.unpackKeepsSubnormals,
		epilogue: { expression: args.expression, operands, vectorised },
	});
	const tileColumns = isDual ? tile.columns / 2 : tile.columns;
	const flopsPerRow = 2 * depth * columns * weights.length;
	const longestRowBytes = Math.max(depth, columns) * F32_BYTES;
	return splitRows(rows, longestRowBytes, flopsPerRow, target, 128).map((range) => ({
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

/** What an operand's binding covers when only `range` of the rows is computed. */
export function operandRange<Ref>(
	{ ref, layout, byteOffset, byteLength }: Operand<Ref>,
	columns: number,
	range: RowRange,
): BoundRange<Ref> {
	if (layout === 'columns') return { ref, byteOffset, byteLength };
	const width = layout === 'full' ? columns : 1;
	const rows = f32Rows(ref, width, range);
	return { ...rows, byteOffset: byteOffset + rows.byteOffset };
}

interface LinearShader {
	readonly tile: LinearTile;
	readonly isDual: boolean;
	readonly vectorised: boolean;
	readonly unpackKeepsSubnormals: boolean;
	readonly epilogue: EpilogueShape;
}

/**
 * A workgroup computes a tile of the result, slice by slice of the shared extent: both operands'
 * slices go to workgroup memory (x transposed, W widened), then each thread adds the outer products of
 * its 8 rows and 8 columns, 64 multiply-adds for four vec4f reads. A thread's rows lie in two groups
 * of four, half a tile apart, and so do its columns: neighbouring threads then read neighbouring
 * vec4fs, without bank conflicts.
 *
 * With two weights the second group of columns is of the second weight, so a thread holds both sums of
 * the same four columns.
 */
function linearWgsl(shader: LinearShader): string {
	const { tile, isDual, vectorised } = shader;
	const threads = tileThreads(tile);
	const threadsX = tileThreadsX(tile);
	const rowVectors = tile.rows / 4;
	const columnVectors = tile.columns / 4;
	const xStride = rowVectors + 1;
	const tileColumns = isDual ? tile.columns / 2 : tile.columns;
	const firstOperand = isDual ? 5 : 4;
	const xLoads = loads((rowVectors * tile.depth) / 4, threads);
	const wLoads = loads((tile.depth * tile.columns) / 8, threads);
	const rowGroups = range(tile.rowGroups);
	const sums = rowGroups.flatMap((group) => range(4).map((row) => `${group}${row}`));
	const matrixType = vectorised ? ['vec4f', 'vec4u'] : ['f32', 'u32'];
	const outputBinding = isDual ? 4 : 3;

	const declarations = `struct Job { rows: u32, columns: u32, depth: u32, unused: u32, operandOffsets: vec4u }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<${matrixType[0]}>; // [rows, depth]
@group(0) @binding(2) var<storage, read> w0: array<${matrixType[1]}>; // FP16 [depth, columns]
${isDual ? `@group(0) @binding(3) var<storage, read> w1: array<${matrixType[1]}>;\n` : ''}@group(0) @binding(${outputBinding}) var<storage, read_write> y: array<${matrixType[0]}>; // [rows, columns]

var<workgroup> xTile: array<vec4f, ${tile.depth * xStride}>; // [depth][rows / 4 + 1], transposed
var<workgroup> wTile: array<vec4f, ${tile.depth * columnVectors}>; // [depth][columns / 4]
`;

	// Four rows of x by four of the shared extent, transposed on the way to workgroup memory.
	const loadX = ({ name, index, guard }: Load): string => {
		const lines = range(4).map(
			(row) =>
				`\t\t\t${name}${row} = xAt(min(firstRow + ${name}Row * 4u + ${row}u, job.rows - 1u), k + ${name}Depth * 4u);`,
		);
		return guarded(
			guard,
			`
			let ${name}Row = (${index}) / ${tile.depth / 4}u;
			let ${name}Depth = (${index}) % ${tile.depth / 4}u;
${lines.join('\n')}`,
		);
	};
	const storeX = ({ name, index, guard }: Load): string => {
		const lines = range(4).map(
			(d) =>
				`\t\t\txTile[(${name}Depth * 4u + ${d}u) * ${xStride}u + ${name}Row] = vec4f(${range(4)
					.map((row) => `${name}${row}[${d}]`)
					.join(', ')});`,
		);
		return guarded(
			guard,
			`
			let ${name}Row = (${index}) / ${tile.depth / 4}u;
			let ${name}Depth = (${index}) % ${tile.depth / 4}u;
${lines.join('\n')}`,
		);
	};
	// Eight columns of W.
	const loadW = ({ name, index, guard }: Load): string =>
		guarded(
			guard,
			`
			let ${name}Column = ((${index}) % ${tile.columns / 8}u) * 8u;
			${name} = wAt(k + (${index}) / ${tile.columns / 8}u, firstColumn, ${name}Column);`,
		);
	const storeW = ({ name, index, guard }: Load): string =>
		guarded(
			guard,
			`
			wTile[(${index}) * 2u] = vec4f(widen2(${name}.x), widen2(${name}.y));
			wTile[(${index}) * 2u + 1u] = vec4f(widen2(${name}.z), widen2(${name}.w));`,
		);
	const xs = xLoads.map((load, i) => ({ ...load, name: `x${i}` }));
	const ws = wLoads.map((load, i) => ({ ...load, name: `w${i}` }));
	const registers = [
		...xs.flatMap(({ name }) => range(4).map((row) => `\tvar ${name}${row}: vec4f;`)),
		...ws.map(({ name }) => `\tvar ${name}: vec4u;`),
	].join('\n');
	const load = [
		...xs.map(loadX),
		...ws.map((each) => loadW({ ...each, name: `${each.name}` })),
	].join('');
	const store = [...xs.map(storeX), ...ws.map(storeW)].join('');

	const multiply = `
		for (var d = 0u; d < ${tile.depth}u; d++) {
${rowGroups.map((group) => `\t\t\tlet a${group} = xTile[d * ${xStride}u + ${group * (rowVectors / 2)}u + threadRow];`).join('\n')}
			let b0 = wTile[d * ${columnVectors}u + threadColumn];
			let b1 = wTile[d * ${columnVectors}u + ${columnVectors / 2}u + threadColumn];
${sums.map((sum) => `\t\t\tc${sum}0 = fma(vec4f(a${sum[0]}[${sum[1]}]), b0, c${sum}0); c${sum}1 = fma(vec4f(a${sum[0]}[${sum[1]}]), b1, c${sum}1);`).join('\n')}
		}`;

	const loop = tile.prefetch
		? `
	var k = 0u;
	{${load}
	}
	loop {
		{${store}
		}
		workgroupBarrier();
		k += ${tile.depth}u;
		if (k < job.depth) {${load}
		}
${multiply}
		workgroupBarrier();
		if (k >= job.depth) { break; }
	}`
		: `
	for (var k = 0u; k < job.depth; k += ${tile.depth}u) {
		{${load}
		}
		{${store}
		}
		workgroupBarrier();
${multiply}
		workgroupBarrier();
	}`;

	const finish = sums.map((sum) => {
		const row = `firstRow + ${Number(sum[0]) * (tile.rows / 2)}u + threadRow * 4u + ${sum[1]}u`;
		return isDual
			? `\tput(${row}, firstColumn + threadColumn * 4u, c${sum}0, c${sum}1);`
			: `\tput(${row}, firstColumn + threadColumn * 4u, c${sum}0, c${sum}0);
	put(${row}, firstColumn + ${tile.columns / 2}u + threadColumn * 4u, c${sum}1, c${sum}1);`;
	});

	return `${declarations}
${halfWgsl(shader.unpackKeepsSubnormals)}${epilogueWgsl(shader.epilogue, firstOperand)}
${accessors(shader)}
@compute @workgroup_size(${threads})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let firstRow = group.y * ${tile.rows}u;
	let firstColumn = group.x * ${tileColumns}u;
	let threadRow = thread / ${threadsX}u;
	let threadColumn = thread % ${threadsX}u;
${sums.map((sum) => `\tvar c${sum}0 = vec4f(); var c${sum}1 = vec4f();`).join('\n')}
${registers}
${loop}
${finish.join('\n')}
}
`;
}

/** Reads and writes of four or eight elements, zero beyond the shared extent. */
function accessors({ vectorised, isDual, tile }: LinearShader): string {
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
	if (depth >= job.depth) { return vec4u(); }
${fetch}
}
`;
	if (vectorised) {
		return `fn xAt(row: u32, depth: u32) -> vec4f {
	if (depth >= job.depth) { return vec4f(); }
	return x[(row * job.depth + depth) >> 2u];
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

interface Load {
	readonly name: string;
	/** Which of the tile's pieces this thread moves. */
	readonly index: string;
	/** Empty where every thread has a piece. */
	readonly guard: string;
}

function loads(pieces: number, threads: number): readonly Omit<Load, 'name'>[] {
	return range(Math.ceil(pieces / threads)).map((step) => {
		const index = step === 0 ? 'thread' : `thread + ${step * threads}u`;
		return { index, guard: (step + 1) * threads > pieces ? `${index} < ${pieces}u` : '' };
	});
}

function guarded(guard: string, body: string): string {
	return guard === '' ? `\n\t\t{${body}\n\t\t}` : `\n\t\tif (${guard}) {${body}\n\t\t}`;
}

function range(count: number): readonly number[] {
	return Array.from({ length: count }, (_, index) => index);
}
