import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { GeneratedPicture, GenerateRequest, NetworkSource } from '../harness/harness-api.ts';
import { GENERATE_HELP, type InstallChoice, parseGenerateOptions } from './generate-options.ts';
import { type OpenHarness, openHarness, valueOf } from './open-harness.ts';
import { runTool } from './run-tool.ts';

await runTool(GENERATE_HELP, generate);

async function generate(args: readonly string[]): Promise<boolean> {
	const { output, json, gpu, port, profile, install, ...request } = parseGenerateOptions(args);
	const folder = resolve(profile ?? join(homedir(), '.cache/shardlight/chrome-profile'));
	mkdirSync(folder, { recursive: true });
	const harness = await openHarness({
		gpu,
		port,
		profile: folder,
		onProgress: (line) => console.error(line),
	});
	try {
		const { adapter, page, crashed } = harness;
		console.error(
			`GPU: ${adapter.description || `${adapter.vendor} ${adapter.architecture}`}` +
				(adapter.software ? ' (software: this will be slow)' : ''),
		);
		if (install !== undefined) await installModel(harness, install);
		const drawing = page.evaluate(async (wanted: GenerateRequest) => {
			if (window.shardlightHarness === undefined) throw new Error('The harness is missing.');
			return window.shardlightHarness.generate(wanted);
		}, request);
		const picture = valueOf(await Promise.race([drawing, crashed]));
		const path = resolve(output);
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, Buffer.from(picture.png, 'base64'));
		console.log(json ? asJson(path, picture) : asText(output, picture));
		return true;
	} finally {
		await harness.close();
	}
}

async function installModel({ page, crashed }: OpenHarness, choice: InstallChoice): Promise<void> {
	if (choice.type === 'folder') await page.locator('input').setInputFiles(resolve(choice.path));
	const source = choice.type === 'folder' ? undefined : choice;
	const installing = page.evaluate(async (from: NetworkSource | undefined) => {
		const harness = window.shardlightHarness;
		if (harness === undefined) throw new Error('The harness is missing.');
		return from === undefined ? harness.installFiles(false) : harness.installFrom(from);
	}, source);
	valueOf(await Promise.race([installing, crashed]));
}

function asText(output: string, { recipe, report }: GeneratedPicture): string {
	const { width, height, steps, seed } = recipe;
	const mebibytes = (report.peakGpuBytes / 2 ** 20).toFixed(0);
	return (
		`${output}: ${width} x ${height}, ${steps} steps, seed ${seed}, ` +
		`${(report.totalMilliseconds / 1000).toFixed(1)} s, ` +
		`at most ${report.peakGpuBytes} bytes (${mebibytes} MiB) of GPU memory`
	);
}

function asJson(output: string, { recipe, report }: GeneratedPicture): string {
	return JSON.stringify({ output, recipe, report }, undefined, '\t');
}
