import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findComponent } from '../../../lab/find-component.ts';
import { buildModel } from '../../../src/families/registry.ts';
import { planComponent } from '../../../src/install/checkpoint/component-plan.ts';
import { ConversionProgress } from '../../../src/install/convert/conversion-progress.ts';
import { Z_IMAGE_TURBO } from '../../../src/families/z-image/published.ts';
import { readHeader } from '../../../src/install/checkpoint/read-header.ts';
import { SequentialConversion } from '../../../src/install/convert/sequential-conversion.ts';
import type { WeightFile } from '../../../src/install/weight-file.ts';
import { startHasher } from '../../../src/install/hash/stream-hasher.ts';
import type { InstallStore } from '../../../src/store/shard-store.ts';
import { openFileStream } from '../../file-stream.ts';
import { startNativeHasher } from '../../native-hasher.ts';
import { parseOptions } from '../../parse-options.ts';
import { UsageError } from '../../usage-error.ts';
import { writeSparseFile } from './sparse-file.ts';
import { transformerFiles } from './transformer-files.ts';

const MEMORY_LIMIT_BYTES = 512e6;

/**
 * Converts the transformer's published files at full size: sparse files with the true headers, whose weights
 * are zeros. The store forgets what it is given, so the disk holds nothing. Prints the highest memory use.
 */
export async function benchConversion(args: readonly string[]): Promise<void> {
	const options = parseOptions(args, {
		layout: { type: 'string', default: 'comfy' },
		hash: { type: 'string', default: 'native' },
	});
	const { layout, hash } = options;
	if (layout !== 'comfy' && layout !== 'diffusers') {
		throw new UsageError('--layout must be comfy or diffusers.');
	}
	const folder = await mkdtemp(join(tmpdir(), 'shardlight-full-size-'));
	try {
		await convert(layout, folder, hash === 'native' ? startNativeHasher : startHasher);
	} finally {
		await rm(folder, { recursive: true });
	}
}

async function convert(
	layout: 'comfy' | 'diffusers',
	folder: string,
	hasher: typeof startHasher,
): Promise<void> {
	const files: WeightFile[] = [];
	for (const file of transformerFiles(layout)) {
		const path = join(folder, file.name);
		await writeSparseFile(path, file);
		files.push({ source: await openFileStream(path, file.name) });
	}
	const model = buildModel(Z_IMAGE_TURBO.card.family, Z_IMAGE_TURBO.configs);
	const transformer = findComponent(model, 'transformer');
	const headers = await Promise.all(files.map(({ source }) => readHeader(source)));
	const plan = planComponent(transformer, headers);
	for (const [index, { source }] of files.entries()) {
		const download = Z_IMAGE_TURBO.downloads.find(({ id }) => id === layout);
		const published = download?.weights['transformer'][index]?.byteLength;
		const fits = published === source.byteLength ? 'as published' : `published: ${published}`;
		const { size } = headers[index].tensors;
		console.log(`${source.name}: ${size} tensors, ${source.byteLength} bytes (${fits})`);
	}
	const started = performance.now();
	const before = process.cpuUsage();
	let sourceBytes = 0;
	let peakBytes = 0;
	const timer = setInterval(() => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss())), 50);
	const conversion = new SequentialConversion(plan, files, {
		modelId: 'full-size',
		store: FORGETFUL_STORE,
		progress: new ConversionProgress(),
		save: async () => undefined,
		startHasher: hasher,
		onBytes: (_file, byteLength) => {
			sourceBytes += byteLength;
			peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
		},
	});
	const shards = await conversion.run();
	clearInterval(timer);
	const seconds = (performance.now() - started) / 1000;
	const { user, system } = process.cpuUsage(before);
	const processor = (user + system) / 1e6;
	const shardBytes = shards.reduce((sum, { byteLength }) => sum + byteLength, 0);
	peakBytes = Math.max(peakBytes, process.resourceUsage().maxRSS * 1024);
	console.log(
		`${shards.length} shards, ${shardBytes} bytes, in ${seconds.toFixed(0)} s ` +
			`(${processor.toFixed(0)} s of processor time): ${(sourceBytes / 1e6 / seconds).toFixed(0)} MB/s of source, ` +
			'source and shards hashed',
	);
	const verdict = peakBytes < MEMORY_LIMIT_BYTES ? 'under' : 'OVER';
	console.log(
		`Peak resident memory ${(peakBytes / 1e6).toFixed(0)} MB, ${verdict} the limit of ${MEMORY_LIMIT_BYTES / 1e6} MB`,
	);
	if (peakBytes >= MEMORY_LIMIT_BYTES) process.exitCode = 1;
}

/** Takes everything and gives back zeros, which is what the sparse files' weights become. */
const FORGETFUL_STORE: InstallStore = {
	manifest: async () => undefined,
	manifests: async () => [],
	putManifest: async () => undefined,
	deleteManifest: async () => undefined,
	has: async () => true,
	checkRoom: async () => undefined,
	put: async () => undefined,
	delete: async () => undefined,
	deleteObjects: async () => undefined,
	openWriter: async () => ({
		write: async () => undefined,
		flush: async () => undefined,
		commit: async () => undefined,
		park: async () => undefined,
		abort: async () => undefined,
	}),
	open: async () => ({
		read: async (_byteOffset, into) => void into.fill(0),
		close: () => undefined,
	}),
};
