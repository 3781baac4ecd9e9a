import { benchConvert } from './bench/convert.ts';
import { benchConversion } from './bench/full-size/bench-conversion.ts';
import { benchInstall } from './bench/install.ts';
import { benchMachine } from './bench/machine.ts';
import { benchReport } from './bench/report.ts';
import { benchTune } from './bench/tune.ts';
import { runTool } from './run-tool.ts';
import { UsageError } from './usage-error.ts';

/** What can be measured, by name. */
const BENCHES: Readonly<Record<string, Bench>> = {
	machine: {
		what: 'kernels, blocks, storage and whole pictures in Chrome (--quick, or --full on a GPU)',
		run: benchMachine,
	},
	report: {
		what: 'what "Test this machine" says in the page: text for a bug report',
		run: benchReport,
	},
	tune: {
		what: "every way to cut large kernels; writes the engine's table of tiles (--only, --from)",
		run: benchTune,
	},
	'full-size': {
		what: 'converting sparse files of the published sizes: memory (--layout comfy or diffusers)',
		run: benchConversion,
	},
	install: {
		what: 'installing files on disk in Chrome, against a plain copy (--width, --layers); --full: all 20.3 GB',
		run: benchInstall,
	},
	convert: { what: 'converting weights to shards, on one core', run: benchConvert },
};

interface Bench {
	readonly what: string;
	/** @param args those after the name */
	readonly run: (args: readonly string[]) => Promise<void>;
}

const HELP = `Measures a part of Shardlight on this machine.

  npm run bench -- NAME [options]

${Object.entries(BENCHES)
	.map(([name, { what }]) => `  ${name.padEnd(12)} ${what}`)
	.join('\n')}`;

await runTool(HELP, async (given) => {
	const [name = '', ...args] = given;
	const bench = BENCHES[name];
	if (bench === undefined) {
		const names = Object.keys(BENCHES).join(', ');
		throw new UsageError(
			name === ''
				? `What is to be measured? There are ${names}.`
				: `There is no bench "${name}"; there are ${names}.`,
		);
	}
	await bench.run(args);
	return true;
});
