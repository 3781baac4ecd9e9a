import { readFileSync, writeFileSync } from 'node:fs';
import { openHarness, valueOf } from '../open-harness.ts';
import { gpuChoice, parseOptions } from '../parse-options.ts';
import type { BenchLevel, MachineReport, Outcome } from '../../harness/harness-api.ts';
import { UsageError } from '../usage-error.ts';
import { machineTables } from './machine-tables.ts';

/**
 * Measures this machine in headless Chrome and prints tables, then one line of JSON.
 * `--quick` takes a minute on a software GPU; `--full` needs a GPU and 21 GB of disk. `--from` prints the
 * tables of a report that was kept.
 */
export async function benchMachine(args: readonly string[]): Promise<void> {
	const options = parseOptions(args, {
		quick: { type: 'boolean' },
		full: { type: 'boolean' },
		gpu: { type: 'string', default: 'auto' },
		json: { type: 'string' },
		from: { type: 'string' },
	});
	if (options.quick === true && options.full === true) {
		throw new UsageError('Choose --quick or --full.');
	}
	const report =
		options.from === undefined
			? await measure(options.full === true ? 'full' : 'quick', options.gpu)
			: (JSON.parse(readFileSync(options.from, 'utf8')) as MachineReport);
	console.log(machineTables(report));
	const json = JSON.stringify(report);
	if (options.json === undefined) console.log(`\n${json}`);
	else writeFileSync(options.json, `${json}\n`);
	const outcomes: readonly Outcome<unknown>[] = [
		report.kernels,
		report.install,
		report.storage,
		...report.pictures.map(({ outcome }) => outcome),
	];
	if (outcomes.some(({ ok }) => !ok))
		throw new Error('Not everything could be measured: see the tables.');
}

async function measure(level: BenchLevel, gpu: string): Promise<MachineReport> {
	const harness = await openHarness({
		gpu: gpuChoice(gpu),
		port: 0,
		onProgress: (line) => console.error(line),
	});
	try {
		const measured = harness.page.evaluate(async (wanted) => {
			if (window.shardlightHarness === undefined) throw new Error('The harness is missing.');
			return window.shardlightHarness.benchMachine(wanted);
		}, level);
		return valueOf(await Promise.race([measured, harness.crashed]));
	} finally {
		await harness.close();
	}
}
