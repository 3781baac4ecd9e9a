import { readFileSync, writeFileSync } from 'node:fs';
import type { BenchPart, KernelBenchOptions } from '../../lab/bench/kernel-bench-options.ts';
import type { KernelBenchReport } from '../../lab/bench/kernel-bench-report.ts';
import type { Outcome } from '../../harness/harness-api.ts';
import { openHarness, valueOf } from '../open-harness.ts';
import { gpuChoice, parseOptions } from '../parse-options.ts';
import { UsageError } from '../usage-error.ts';
import { chooseTiles, type TunedTiles } from './choose-tiles.ts';
import { type TunedFile, TUNED_FILES, tunedFileWith } from './tuned-files.ts';

const KERNELS = new URL('../../src/gpu/kernels/', import.meta.url);
/** What is swept: everything that the table has tiles for. */
const SWEEP = {
	/** Matrices are skipped where the browser does not expose them. */
	only: ['attention', 'linear', 'conv', 'matrix'],
	/** Pictures of 1024² and 512², and a prompt. */
	tokens: [4224, 1056, 128],
	convolutions: [
		// Levels of the VAE in pictures of 256² to 1024², and bands of their rows.
		{ channels: 512, size: 32 },
		{ channels: 512, size: 64 },
		{ channels: 512, size: 128 },
		{ channels: 256, size: 256 },
		{ channels: 128, size: 512 },
		// Slabs of channels, as decodes in little memory compute them.
		{ channels: 256, outChannels: 64, size: 256 },
		{ channels: 256, outChannels: 32, size: 256 },
		{ channels: 256, outChannels: 16, size: 256 },
		// The picture.
		{ channels: 128, outChannels: 3, size: 512 },
		// Shortcuts between levels.
		{ channels: 512, outChannels: 256, size: 64, kernel: 1 },
		{ channels: 256, outChannels: 128, size: 512, kernel: 1 },
	],
	budgetSeconds: 900,
} as const satisfies KernelBenchOptions;

/**
 * Times every tile of the sweep on this machine's GPU and writes the tables that the engine chooses by.
 * `--only` sweeps some kernels, by commas, and leaves the tiles of others as they are. `--from` reads a
 * report that was kept.
 */
export async function benchTune(args: readonly string[]): Promise<void> {
	const { gpu, from, only } = parseOptions(args, {
		gpu: { type: 'string', default: 'hardware' },
		from: { type: 'string' },
		only: { type: 'string', default: SWEEP.only.join() },
	});
	const { adapter, timings, leftOut } =
		from === undefined
			? await sweep(gpu, sweptParts(only))
			: valueOf(JSON.parse(readFileSync(from, 'utf8')) as Outcome<KernelBenchReport>);
	if (leftOut > 0) console.error(`${leftOut} configurations were left out for want of time.`);
	const tiles = chooseTiles(timings);
	for (const file of TUNED_FILES) {
		if (file.constants.every((constant) => tiles[constant].length === 0)) continue;
		writeTuned(file, tiles, adapter);
		console.log(`The tiles that were fastest on ${adapter} are in src/gpu/kernels/${file.path}.`);
	}
}

function sweptParts(text: string): readonly BenchPart[] {
	const names = text.split(',');
	const parts = SWEEP.only.filter((part) => names.includes(part));
	if (parts.length === names.length) return parts;
	throw new UsageError(`--only takes ${SWEEP.only.join(', ')}, by commas, not "${text}".`);
}

async function sweep(gpu: string, only: readonly BenchPart[]): Promise<KernelBenchReport> {
	const harness = await openHarness({
		gpu: gpuChoice(gpu),
		port: 0,
		onProgress: (line) => console.error(line),
	});
	try {
		const measured = harness.page.evaluate(
			async (options) => {
				if (window.shardlightHarness === undefined) throw new Error('The harness is missing.');
				return window.shardlightHarness.bench(options);
			},
			{ ...SWEEP, only },
		);
		return valueOf(await Promise.race([measured, harness.crashed]));
	} finally {
		await harness.close();
	}
}

function writeTuned(file: TunedFile, tiles: TunedTiles, card: string): void {
	const url = new URL(file.path, KERNELS);
	writeFileSync(url, tunedFileWith(readFileSync(url, 'utf8'), file, tiles, card));
}
