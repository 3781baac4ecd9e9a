import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { GeneratedPicture, GenerateRequest } from '../../../harness/harness-api.ts';
import { type OpenHarness, openHarness, valueOf } from '../../open-harness.ts';
import { comfyFiles, writeComfyFolder } from './comfy-folder.ts';

/** 20.3 GB of shards, and what a disk should keep for others. */
const FREE_BYTES = 25e9;
const PICTURE: GenerateRequest = {
	model: 'z-image-turbo',
	prompt: 'a lighthouse at dusk',
	...{ seed: 1, steps: 1, width: 256, height: 256 },
	budgetBytes: 2e9,
};

/**
 * Installs the real model's three files in the page, all 20.3 GB into the browser's file system, checks every
 * shard and draws a step with them. The files are sparse: true headers, weights of zeros, so nothing has to
 * be fetched, and the published hashes do not apply. Deletes everything at the end.
 */
export async function benchFullInstall(): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), 'shardlight-full-install-'));
	try {
		const { bavail, bsize } = await statfs(folder);
		if (bavail * bsize < FREE_BYTES) {
			console.error(
				`${resolve(tmpdir())} has ${gigabytes(bavail * bsize)} free, and this needs ${gigabytes(FREE_BYTES)}. ` +
					'Free some, or set TMPDIR to a folder on another disk.',
			);
			process.exitCode = 1;
			return;
		}
		const checkpoint = join(folder, 'checkpoint');
		await mkdir(checkpoint);
		await writeComfyFolder(checkpoint);
		for (const [path, { byteLength }] of Object.entries(comfyFiles())) {
			console.log(`${path}: ${byteLength} bytes`);
		}
		console.log(
			'Headers and sizes are the published ones, the weights are zeros: the source is local files, which have no ' +
				'published hash. Every shard is read back and hashed all the same.',
		);
		// Without a profile of its own the browser would keep what it stores in memory.
		const harness = await openHarness({
			...{ gpu: 'auto', port: 0, profile: join(folder, 'profile') },
			onProgress: console.log,
		});
		try {
			await run(harness, checkpoint);
		} finally {
			await harness.close();
		}
	} finally {
		await rm(folder, { recursive: true, maxRetries: 5 });
	}
}

async function run({ page, crashed, adapter }: OpenHarness, checkpoint: string): Promise<void> {
	const gpu = adapter.description || `${adapter.vendor} ${adapter.architecture}`;
	console.log(`${await page.evaluate(() => navigator.userAgent)}, GPU: ${gpu}`);
	console.log(`before: ${await storage(page)}`);
	await page.locator('input').setInputFiles(checkpoint);
	const installing = page.evaluate(async () => {
		if (window.shardlightHarness === undefined) throw new Error('The harness is missing.');
		return window.shardlightHarness.installFiles(true);
	});
	const installed = valueOf(await Promise.race([installing, crashed]));
	console.log(
		`installed: ${gigabytes(installed.bytes)} of files in ${seconds(installed.milliseconds)}, ` +
			`${(installed.bytes / 1e3 / installed.milliseconds).toFixed(0)} MB/s`,
	);
	console.log(`after: ${await storage(page)}`);
	const checking = page.evaluate(async () => {
		if (window.shardlightHarness === undefined) throw new Error('The harness is missing.');
		return window.shardlightHarness.checkInstalled();
	});
	const { shardsChecked, damaged, milliseconds } = valueOf(await Promise.race([checking, crashed]));
	console.log(
		`checked: ${shardsChecked} files, ${damaged.length} damaged, in ${seconds(milliseconds)}`,
	);
	if (damaged.length > 0) throw new Error(`These are damaged: ${damaged.join(', ')}`);
	const drawing = page.evaluate(async (wanted: GenerateRequest) => {
		if (window.shardlightHarness === undefined) throw new Error('The harness is missing.');
		return window.shardlightHarness.generate(wanted);
	}, PICTURE);
	const { recipe, report }: GeneratedPicture = valueOf(await Promise.race([drawing, crashed]));
	console.log(
		`drawn: ${recipe.width}x${recipe.height}, ${recipe.steps} step, in ${seconds(report.totalMilliseconds)}, ` +
			`at most ${gigabytes(report.peakGpuBytes)} of GPU memory of the 2 GB allowed`,
	);
}

/** What the browser says beside what it does. */
async function storage(page: OpenHarness['page']): Promise<string> {
	const { quota = 0, usage = 0 } = await page.evaluate(() => navigator.storage.estimate());
	return `the browser reports ${gigabytes(usage)} used and estimates that ${gigabytes(quota - usage)} are left`;
}

function gigabytes(bytes: number): string {
	return `${(bytes / 1e9).toFixed(2)} GB`;
}

function seconds(milliseconds: number): string {
	return `${(milliseconds / 1000).toFixed(0)} s`;
}
