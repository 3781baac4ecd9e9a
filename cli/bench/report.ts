import { renderReport } from '../../src/machine/machine-report.ts';
import { openHarness, valueOf } from '../open-harness.ts';
import { gpuChoice, parseOptions } from '../parse-options.ts';

/** Prints what "Test this machine" in the page makes: plain text for a bug report. */
export async function benchReport(args: readonly string[]): Promise<void> {
	const options = parseOptions(args, { gpu: { type: 'string', default: 'auto' } });
	const harness = await openHarness({
		gpu: gpuChoice(options.gpu),
		port: 0,
		onProgress: (line) => console.error(line),
	});
	try {
		const tested = harness.page.evaluate(async () => {
			if (window.shardlightHarness === undefined) throw new Error('The harness is missing.');
			return window.shardlightHarness.testMachine();
		});
		console.log(renderReport(valueOf(await Promise.race([tested, harness.crashed]))));
	} finally {
		await harness.close();
	}
}
