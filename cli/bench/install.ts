import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileRun } from '../../harness/harness-api.ts';
import { type OpenHarness, openHarness, valueOf } from '../open-harness.ts';
import { parseOptions, wholeNumber } from '../parse-options.ts';
import { narrowConfigs, writeCheckpointFolder } from './checkpoint-folder.ts';
import { benchFullInstall } from './full-size/bench-install.ts';
import { childrenProcessorSeconds } from './processor-time.ts';

const DEFAULT_WIDTH = 1920;
const DEFAULT_LAYERS = 6;
const DEFAULT_ROUNDS = 3;

interface Measured {
	/** MB/s. */
	readonly wall: number;
	/** Seconds of processor time of the whole browser. */
	readonly processorSeconds: number | undefined;
}

/**
 * Installs files on disk in the page, source and shards hashed, and copies the same files for comparison.
 * Best of some rounds: what disturbs only makes slower. With --full, the real model's files instead, once.
 */
export async function benchInstall(args: readonly string[]): Promise<void> {
	const options = parseOptions(args, {
		...{ rounds: { type: 'string' }, width: { type: 'string' }, layers: { type: 'string' } },
		full: { type: 'boolean', default: false },
	});
	if (options.full) return benchFullInstall();
	const rounds = wholeNumber('rounds', options.rounds, 1) ?? DEFAULT_ROUNDS;
	const width = wholeNumber('width', options.width, 128) ?? DEFAULT_WIDTH;
	const layers = wholeNumber('layers', options.layers, 1) ?? DEFAULT_LAYERS;
	const folder = await mkdtemp(join(tmpdir(), 'shardlight-install-'));
	try {
		const checkpoint = join(folder, 'checkpoint');
		const bytes = await writeCheckpointFolder(checkpoint, narrowConfigs(width, layers));
		console.log(`${(bytes / 1e6).toFixed(0)} MB of BF16 weights, read from disk by the browser`);
		// Without a profile of its own the browser would keep what it stores in memory.
		const profile = join(folder, 'profile');
		const harness = await openHarness({
			...{ gpu: 'auto', port: 0, profile },
			onProgress: () => undefined,
		});
		try {
			await harness.page.locator('input').setInputFiles(checkpoint);
			for (let round = 1; round <= rounds; round++) {
				const copy = await measure(harness, 'copyFiles');
				const install = await measure(harness, 'installFiles');
				const ratio = (install.wall / copy.wall).toFixed(2);
				console.log(`install: ${show(install)}; plain copy: ${show(copy)}; ratio ${ratio}`);
			}
		} finally {
			await harness.close();
		}
	} finally {
		await rm(folder, { recursive: true });
	}
}

async function measure(
	{ page, crashed }: OpenHarness,
	what: 'copyFiles' | 'installFiles',
): Promise<Measured> {
	const before = childrenProcessorSeconds();
	const running = page.evaluate(async (name) => {
		if (window.shardlightHarness === undefined) throw new Error('The harness is missing.');
		return name === 'copyFiles'
			? window.shardlightHarness.copyFiles()
			: window.shardlightHarness.installFiles(true);
	}, what);
	const { bytes, milliseconds }: FileRun = valueOf(await Promise.race([running, crashed]));
	const after = childrenProcessorSeconds();
	return {
		wall: bytes / 1e3 / milliseconds,
		processorSeconds: before === undefined || after === undefined ? undefined : after - before,
	};
}

function show({ wall, processorSeconds }: Measured): string {
	const processor =
		processorSeconds === undefined ? '' : ` (${processorSeconds.toFixed(1)} s of processor time)`;
	return `${wall.toFixed(0)} MB/s${processor}`;
}
