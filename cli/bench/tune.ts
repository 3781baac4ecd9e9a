import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import type { KernelBenchReport } from '../../src/bench/kernel-bench-report.ts';
import type { TunedTiles } from '../../src/gpu/kernels/tuned-tiles.ts';
import type { Outcome } from '../harness/harness-api.ts';
import { openHarness, valueOf } from '../open-harness.ts';
import { gpuChoice, parseOptions } from '../parse-options.ts';
import { chooseTiles } from './choose-tiles.ts';

const TABLE = new URL('../../src/gpu/kernels/tuned-tiles.ts', import.meta.url);
const START = '/** Written by `npm run bench -- tune`. */';
/** Pictures of 1024² and 512², and a prompt. */
const TOKENS = [4224, 1056, 128];
const BUDGET_SECONDS = 900;

/**
 * Times every tile of the sweep on this machine's GPU and writes the table that the engine chooses by.
 * `--from` reads a report that was kept.
 */
export async function benchTune(args: readonly string[]): Promise<void> {
	const options = parseOptions(args, {
		gpu: { type: 'string', default: 'hardware' },
		from: { type: 'string' },
	});
	const { adapter, timings } =
		options.from === undefined
			? await sweep(options.gpu)
			: valueOf(JSON.parse(readFileSync(options.from, 'utf8')) as Outcome<KernelBenchReport>);
	await writeTable(chooseTiles(adapter, timings));
	console.log(`The tiles that were fastest on ${adapter} are in src/gpu/kernels/tuned-tiles.ts.`);
}

async function sweep(gpu: string): Promise<KernelBenchReport> {
	const harness = await openHarness({
		gpu: gpuChoice(gpu),
		port: 0,
		onProgress: (line) => console.error(line),
	});
	try {
		const measured = harness.page.evaluate(
			async ([tokens, budgetSeconds]) => {
				if (window.shardlightHarness === undefined) throw new Error('The harness is missing.');
				const only = ['attention', 'linear'] as const;
				return window.shardlightHarness.bench({ only, tokens, budgetSeconds });
			},
			[TOKENS, BUDGET_SECONDS] as const,
		);
		return valueOf(await Promise.race([measured, harness.crashed]));
	} finally {
		await harness.close();
	}
}

async function writeTable(tiles: TunedTiles): Promise<void> {
	const source = readFileSync(TABLE, 'utf8');
	const declaration = `export const TUNED_TILES: TunedTiles = ${JSON.stringify(tiles)};`;
	const table = source.slice(0, source.indexOf(START)) + `${START}\n${declaration}\n`;
	const path = TABLE.pathname;
	writeFileSync(TABLE, await format(table, { ...(await resolveConfig(path)), filepath: path }));
}
