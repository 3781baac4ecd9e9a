import { resolve } from 'node:path';
import type { VerifiedTensor, VerifyCase } from '../lab/verify/verify-contract.ts';
import { discoverVerifyCases, type FoundCase } from './discover-verify-cases.ts';
import { openHarness, type OpenHarness, valueOf } from './open-harness.ts';
import { sayFailure } from './say-failure.ts';
import { runTool } from './run-tool.ts';
import { UsageError } from './usage-error.ts';
import { parseVerifyOptions, VERIFY_HELP, type VerifyOptions } from './verify-options.ts';

/** Where the page finds the folder's files. */
const FILES = '/verify-files/';

interface CaseResult {
	readonly case: string;
	readonly layout: string;
	readonly golden: string;
	readonly tensors: readonly VerifiedTensor[];
	/** Why there are no tensors. */
	readonly error?: string;
}

await runTool(VERIFY_HELP, verify);

async function verify(args: readonly string[]): Promise<boolean> {
	const options = parseVerifyOptions(args);
	const folder = resolve(options.folder);
	const { cases, problems } = discoverVerifyCases(folder);
	if (cases.length === 0 && problems.length === 0) {
		throw new UsageError(`${options.folder} holds no NAME.config.json with a golden file.`);
	}
	const results = cases.length === 0 ? [] : await runCases(folder, cases, options);
	const ok = problems.length === 0 && results.every(passes);
	if (options.json) console.log(JSON.stringify({ ok, problems, results }, undefined, '\t'));
	for (const problem of problems) console.error(problem);
	return ok;
}

async function runCases(
	folder: string,
	cases: readonly FoundCase[],
	{ gpu, json, engine }: VerifyOptions,
): Promise<readonly CaseResult[]> {
	const harness = await openHarness({
		gpu,
		port: 0,
		folders: { [FILES]: folder },
		onProgress: (line) => console.error(line),
	});
	try {
		const results: CaseResult[] = [];
		for (const found of cases) {
			const result = await runCase(harness, found, engine);
			if (!json) for (const line of linesOf(result)) console.log(line);
			results.push(result);
		}
		return results;
	} finally {
		await harness.close();
	}
}

async function runCase(
	{ page, url, crashed }: OpenHarness,
	found: FoundCase,
	engine: VerifyOptions['engine'],
): Promise<CaseResult> {
	const { name, kind, layout, config, weightsFile, goldenFile, adapters } = found;
	const fileUrl = (file: string): string => new URL(FILES + encodeURIComponent(file), url).href;
	const verifyCase: VerifyCase = {
		name,
		kind,
		layout,
		config,
		engine,
		weightsUrl: fileUrl(weightsFile),
		goldenUrl: fileUrl(goldenFile),
		...(adapters === undefined
			? {}
			: {
					adapters: {
						inputsUrl: fileUrl(adapters.inputsFile),
						cases: adapters.cases.map((each) => ({
							...each,
							adapters: each.adapters.map(({ file, strength }) => ({
								url: fileUrl(file),
								strength,
							})),
						})),
					},
				}),
	};
	const result = { case: name, layout, golden: goldenFile };
	try {
		const checking = page.evaluate(async (wanted: VerifyCase) => {
			if (window.shardlightHarness === undefined) throw new Error('The harness is missing.');
			return window.shardlightHarness.verify(wanted);
		}, verifyCase);
		return { ...result, tensors: valueOf(await Promise.race([checking, crashed])) };
	} catch (error) {
		return { ...result, tensors: [], error: sayFailure(error) };
	}
}

/** A case in which nothing was compared proves nothing. */
function passes({ tensors }: CaseResult): boolean {
	return (
		tensors.some(({ status }) => status === 'ok') &&
		tensors.every(({ status }) => status !== 'fail')
	);
}

function linesOf(result: CaseResult): readonly string[] {
	const prefix = `${result.golden} ${result.layout}`;
	if (result.error !== undefined) return [`${prefix}: FAIL: ${result.error}`];
	const lines = result.tensors.map(({ tensor, status, relativeError, tolerance }) => {
		if (status === 'input') return `${prefix} ${tensor}: input`;
		const verdict = status === 'ok' ? 'ok' : 'FAIL';
		const error = relativeError.toExponential(2);
		return `${prefix} ${tensor}: ${error} (at most ${tolerance.toExponential(0)}) ${verdict}`;
	});
	return passes(result) || result.tensors.some(({ status }) => status === 'fail')
		? lines
		: [...lines, `${prefix}: FAIL: no tensor was compared`];
}
