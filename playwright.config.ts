import { defineConfig } from '@playwright/test';
import { chromeLaunch } from './scripts/webgpu/launch-options.ts';

const { executablePath, args, chromiumSandbox, env } = chromeLaunch();

export default defineConfig({
	testDir: 'test/e2e',
	outputDir: 'test-results/e2e',
	reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
	// A software GPU draws a picture in a minute or two and compiles a large shader in up to 25 s;
	// tests side by side would only take the CPU from each other.
	workers: 1,
	timeout: 300_000,
	expect: { timeout: 60_000 },
	forbidOnly: process.env.CI !== undefined,
	use: {
		browserName: 'chromium',
		// Set by `wait` below before this is read again for the tests.
		baseURL: process.env.SHARDLIGHT_E2E_URL,
		launchOptions: { executablePath, args, chromiumSandbox, env, timeout: 60_000 },
		screenshot: 'only-on-failure',
		viewport: { width: 1280, height: 900 },
	},
	webServer: {
		// Any free port: another run of these tests, or a server left over from other work, may have one.
		command: 'npx tsx cli/start.ts --port 0',
		wait: { stdout: /Shardlight is at (?<shardlight_e2e_url>http:\S+)/ },
		timeout: 180_000,
	},
});
