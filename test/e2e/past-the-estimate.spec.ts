import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, expect, type Page, test } from '@playwright/test';
import { writeSparseFile } from '../../cli/bench/full-size/sparse-file.ts';
import { transformerFiles } from '../../cli/bench/full-size/transformer-files.ts';
import { chromeLaunch } from '../../scripts/webgpu/launch-options.ts';
import { waitForAdapter } from '../../scripts/webgpu/wait-for-adapter.ts';
import { Z_IMAGE_TURBO } from '../../src/families/z-image/published.ts';
import { writeTinyModelFolder } from '../fixtures/tiny-model-folder.ts';
import { LARGE_MODEL, ModelsDialog } from './models-dialog.ts';
import { Studio } from './studio.ts';

/** What Chrome estimates to be left, whatever the disk has. */
const ESTIMATE_BYTES = 10 * 2 ** 30;
/** 11.2 GB of shards, and what a disk should keep for others. */
const FREE_BYTES = 30e9;
/** 27 of the published transformer's 30 layers: as few as pass the estimate. */
const LAYERS = 27;
/** Of the tiny text encoder. */
const CAPTION_CHANNELS = 64;

/** The tiny model with a transformer of zeros that is larger than the estimate, and takes no disk. */
async function writeLargeModelFolder(): Promise<Disposable & { readonly folder: string }> {
	const tiny = writeTinyModelFolder('comfy');
	const published = Z_IMAGE_TURBO.configs;
	const transformer = {
		...(published.transformer as object),
		...{ n_layers: LAYERS, cap_feat_dim: CAPTION_CHANNELS },
	};
	writeFileSync(join(tiny.folder, 'transformer/config.json'), JSON.stringify(transformer));
	for (const file of transformerFiles('comfy', { ...published, transformer })) {
		expect(file.byteLength).toBeGreaterThan(ESTIMATE_BYTES);
		await writeSparseFile(join(tiny.folder, 'diffusion_models', file.name), file);
	}
	return tiny;
}

/** A browser with a profile on the disk: what Playwright's own contexts store lies in memory. */
async function openBrowser(profile: string, baseURL: string | undefined): Promise<BrowserContext> {
	const { executablePath, args, env } = chromeLaunch();
	const context = await chromium.launchPersistentContext(profile, {
		...{ executablePath, args, env, timeout: 60_000 },
		...(baseURL === undefined ? {} : { baseURL }),
	});
	const page = await context.newPage();
	await page.goto('harness.html');
	expect(await page.evaluate(waitForAdapter), 'this browser has a WebGPU adapter').toBe(true);
	await page.close();
	return context;
}

async function usedBytes(page: Page): Promise<number> {
	return page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0);
}

test('a model larger than the browser estimates is installed, and its room is given back', async ({
	baseURL,
}) => {
	const { bavail, bsize } = statfsSync(tmpdir());
	const free = bavail * bsize;
	test.skip(
		free < FREE_BYTES,
		`it needs ${FREE_BYTES / 1e9} GB in ${tmpdir()}, and ${(free / 1e9).toFixed(0)} GB are free`,
	);
	test.setTimeout(600_000);
	using large = await writeLargeModelFolder();
	const profile = mkdtempSync(join(tmpdir(), 'shardlight-profile-'));
	try {
		const context = await openBrowser(profile, baseURL);
		try {
			const page = await context.newPage();
			await new Studio(page).open();
			const models = new ModelsDialog(page);
			await models.open();
			const card = models.card(LARGE_MODEL);
			await card.getByLabel('Keep in').selectOption('The browser’s file system');
			await models.chooseFolder(large.folder);
			await expect(card.getByText('Installed', { exact: true })).toBeVisible({ timeout: 480_000 });
			expect(await usedBytes(page)).toBeGreaterThan(ESTIMATE_BYTES);

			await models.delete(LARGE_MODEL);
			await models.expectState('Not installed');
			await expect.poll(() => usedBytes(page)).toBeLessThan(1e9);
		} finally {
			await context.close();
		}
	} finally {
		rmSync(profile, { recursive: true, maxRetries: 5 });
	}
});
