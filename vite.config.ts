import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
	plugins: [svelte()],
	// Relative, so that a build works from any sub-path of a static host.
	base: './',
	worker: { format: 'es' },
	build: {
		target: 'chrome134',
		rolldownOptions: { input: { app: 'index.html', harness: 'harness.html' } },
	},
});
