import { sayFailure } from './say-failure.ts';
import { UsageError } from './usage-error.ts';

/**
 * Runs a command line tool and sets the exit code: 0 done, 1 failed, 2 wrong usage. Why it failed is one line on stderr;
 * with `--json` it is also an object on stdout, so that whoever reads that always finds JSON.
 */
export async function runTool(
	help: string,
	main: (args: readonly string[]) => Promise<boolean>,
): Promise<void> {
	const args = process.argv.slice(2);
	if (args.includes('--help') || args.includes('-h')) {
		console.log(help);
		return;
	}
	try {
		process.exitCode = (await main(args)) ? 0 : 1;
	} catch (error) {
		const message = sayFailure(error);
		if (args.includes('--json')) {
			const name = error instanceof Error ? error.name : 'Error';
			console.log(JSON.stringify({ error: { name, message } }, undefined, '\t'));
		}
		console.error(message);
		if (error instanceof UsageError) console.error('Try --help.');
		process.exitCode = error instanceof UsageError ? 2 : 1;
	}
}
