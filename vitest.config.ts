import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { type ChromeLaunch, chromeLaunch } from './scripts/webgpu/launch-options.ts';
import { convertedModelCommands } from './test/setup/converted-model-commands.ts';
import { hostileFolderCommands } from './test/setup/hostile-folder-commands.ts';
import { hubCommands } from './test/setup/hub-commands.ts';

// Only the browser project needs a browser: `--project unit` must run where there is none.
function browserLaunch(): ChromeLaunch | undefined {
	try {
		return chromeLaunch();
	} catch {
		return undefined;
	}
}

// Tests in Node count as a server, where `$effect` does nothing and `$state` is an ordinary field.
const svelteForPages = svelte({
	configFile: false,
	dynamicCompileOptions: () => ({ generate: 'client' }),
});

// A missing file must be a 404 for `fetch` in tests too, not the test runner's own page.
const missingFixturesAre404: Plugin = {
	name: 'missing-fixtures-are-404',
	configureServer: (server) => () => {
		server.middlewares.use('/test/fixtures', (_request, response) => {
			response.statusCode = 404;
			response.end();
		});
	},
};

export default defineConfig({
	test: {
		projects: [
			{
				plugins: [svelteForPages],
				// The page's build of Svelte, inlined because only inlined modules heed conditions.
				ssr: { resolve: { conditions: ['browser', 'module', 'development'] } },
				test: {
					name: 'unit',
					server: { deps: { inline: ['svelte', 'esm-env'] } },
					include: ['test/unit/**/*.test.ts', 'test/demo-model/**/*.test.ts'],
					// For tests that hang. Those that work for seconds take several times as long on a busy machine.
					testTimeout: 180_000,
					hookTimeout: 180_000,
				},
			},
			{
				// Mesa's compilers for GPUs that are not there: where `npm run setup:browser` installed them.
				test: {
					name: 'drivers',
					include: ['test/drivers/**/*.test.ts'],
					testTimeout: 180_000,
					hookTimeout: 180_000,
				},
			},
			{
				plugins: [svelte({ configFile: false }), missingFixturesAre404],
				// Found while a test runs, a dependency makes Vite reload the page under it.
				optimizeDeps: {
					include: [
						'@huggingface/transformers',
						'client-zip',
						'comlink',
						'hash-wasm',
						'idb',
						'idb-keyval',
						'onnxruntime-web/webgpu',
						'svelte',
					],
				},
				test: {
					name: 'gpu',
					include: ['test/gpu/**/*.test.ts', 'test/ui/**/*.test.ts'],
					globalSetup: ['test/setup/make-golden-weights.ts'],
					setupFiles: ['test/setup/wait-for-adapter.ts'],
					// A software GPU takes up to 25 s to compile one large shader.
					testTimeout: 180_000,
					hookTimeout: 180_000,
					// Pages in parallel only take the CPU, and with it the software GPU, from each other.
					fileParallelism: false,
					browser: {
						enabled: true,
						headless: true,
						screenshotFailures: false,
						commands: { ...convertedModelCommands, ...hubCommands, ...hostileFolderCommands },
						provider: playwright({ launchOptions: { ...browserLaunch(), timeout: 60_000 } }),
						instances: [{ browser: 'chromium' }],
					},
				},
			},
		],
	},
});
