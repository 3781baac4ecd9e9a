import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { shippedApp } from './scripts/build/shipped-app.ts';

const { plugins, workerPlugins } = shippedApp();

export default defineConfig({
	plugins: [svelte(), ...plugins],
	// Relative, so that a build works from any sub-path of a static host.
	base: './',
	worker: { format: 'es', plugins: workerPlugins },
	build: {
		target: 'chrome144',
		rolldownOptions: { input: { app: 'index.html', harness: 'harness.html' } },
	},
});
