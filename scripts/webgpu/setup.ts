// `npm run setup:browser`: makes sure that the tests and the command line tools find a Chrome with WebGPU.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findChrome } from './find-chrome.ts';
import { linuxShowsGpu } from './launch-options.ts';

if (process.argv.includes('--help')) {
	console.log(
		'Makes sure that the tests and the command line tools find a Chrome with WebGPU. On Debian 12 or later, as root, it\n' +
			'installs Chromium and a software GPU; elsewhere it says what is missing. CHROME_PATH names the Chrome to use.',
	);
	process.exit();
}
const OS_RELEASE = '/etc/os-release';
// Not its derivatives: Ubuntu's chromium package, for one, holds no Chromium.
const isDebian = existsSync(OS_RELEASE) && /^ID=debian$/m.test(readFileSync(OS_RELEASE, 'utf8'));
const chrome = findChrome();

if (chrome !== undefined && (!isDebian || linuxShowsGpu())) {
	console.log(`Using ${chrome} on this machine's own GPU.`);
} else if (isDebian) {
	const script = fileURLToPath(new URL('setup.sh', import.meta.url));
	process.exitCode = spawnSync('bash', [script], { stdio: 'inherit' }).status ?? 1;
} else {
	console.error(
		'No Chrome was found. Install Google Chrome (or Chromium) 144 or later, or set CHROME_PATH ' +
			'to its program. A software GPU is set up on Debian 12 or later only.',
	);
	process.exitCode = 1;
}
