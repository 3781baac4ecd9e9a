import { convThreads, type ConvTile, patchVectors, weightVectors } from './conv-tile.ts';

/** One vector, or four, that a thread brings to workgroup memory for each slice of input channels, as WGSL. */
export interface ConvLoad {
	/** Which threads take part; empty for all. */
	readonly guard: string;
	/** Registers between fetch and store. */
	readonly declare: readonly string[];
	/** What it brings. @param input expression of the slice's first input channel */
	readonly place: (input: string) => readonly string[];
	/** From the GPU's memory. */
	readonly fetch: readonly string[];
	/** To workgroup memory, as the kernel multiplies it. */
	readonly store: readonly string[];
}

/** All loads of a slice: a fetch may come long before its store. */
export function convLoads(tile: ConvTile, kernel: 1 | 3): readonly ConvLoad[] {
	return [...weightLoads(tile, kernel), ...patchLoads(tile, kernel)];
}

/** Statements of some part of each load. */
export function loadStatements(
	loads: readonly ConvLoad[],
	indent: string,
	part: (load: ConvLoad) => readonly string[],
): string {
	return loads
		.map((load) => {
			const lines = part(load).map((line) => `${indent}\t${line}\n`);
			return `${indent}${load.guard}{\n${lines.join('')}${indent}}\n`;
		})
		.join('');
}

interface Round {
	readonly round: number;
	/** Expression of what the thread brings in this round. */
	readonly index: string;
	readonly guard: string;
}

function rounds(count: number, threads: number): readonly Round[] {
	return Array.from({ length: Math.ceil(count / threads) }, (_, round) => {
		const index = round === 0 ? 'thread' : `(thread + ${round * threads}u)`;
		const isWhole = (round + 1) * threads <= count;
		return { round, index, guard: isWhole ? '' : `if (${index} < ${count}u) ` };
	});
}

const LANES = ['x', 'y', 'z', 'w'];

/** Four weights in a row of four output channels, transposed on the way. */
function weightLoads(tile: ConvTile, kernel: 1 | 3): readonly ConvLoad[] {
	const taps = kernel ** 2;
	const slice = tile.depth * taps;
	const sliceVectors = Math.ceil(slice / 4);
	const stride = weightVectors(tile);
	const count = (tile.outChannels / 4) * sliceVectors;
	return rounds(count, convThreads(tile)).map(({ round, index, guard }) => {
		const name = (row: number) => `weight${round}${row}`;
		const rows = LANES.map((_, row) => row);
		return {
			guard,
			declare: rows.map((row) => `var ${name(row)} = vec2u();`),
			place: (input) => [
				`let vector = ${index} / ${sliceVectors}u;`,
				`let k = (${index} % ${sliceVectors}u) * 4u;`,
				`let at = (${input}) * ${taps}u + k;`,
			],
			fetch: rows.map(
				(row) => `${name(row)} = weightsAt(firstChannel + vector * 4u + ${row}u, at);`,
			),
			store: [
				...rows.map((row) => `let row${row} = widened(${name(row)}, at);`),
				...LANES.map((lane, i) => {
					const vector = rows.map((row) => `row${row}.${lane}`).join(', ');
					const store = `weightTile[(k + ${i}u) * ${stride}u + vector] = vec4f(${vector});`;
					return slice % 4 === 0 ? store : `if (k + ${i}u < ${slice}u) { ${store} }`;
				}),
			],
		};
	});
}

/** Four pixels in a row of the patch. */
function patchLoads(tile: ConvTile, kernel: 1 | 3): readonly ConvLoad[] {
	const border = (kernel - 1) / 2;
	const stride = patchVectors(tile);
	const patchRows = tile.height + kernel - 1;
	const count = tile.depth * patchRows * stride;
	return rounds(count, convThreads(tile)).map(({ round, index, guard }) => {
		const name = `pixels${round}`;
		return {
			guard,
			declare: [`var ${name} = vec4f();`],
			place: (input) => [
				`let channel = ${input} + ${index} / ${patchRows * stride}u;`,
				`let row = firstRow + (${index} / ${stride}u) % ${patchRows}u - ${border}u;`,
				`let pixelX = i32(firstX + (${index} % ${stride}u) * 4u) - ${border};`,
			],
			fetch: [`${name} = pixelsAt(channel, row, pixelX);`],
			store: [`patchTile[${index}] = seen(${name}, channel, row, pixelX);`],
		};
	});
}
