import { svelte } from '@sveltejs/vite-plugin-svelte';
import { type Plugin, defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

const CONTENT_SECURITY_POLICY = [
	"default-src 'none'",
	// ONNX Runtime is WebAssembly.
	"script-src 'self' 'wasm-unsafe-eval'",
	"worker-src 'self'",
	"style-src 'self'",
	"img-src 'self' blob: data:",
	// Models come from any address that the user names, but workers fetch them, and a page's policy does not reach those.
	"connect-src 'self'",
	"manifest-src 'self'",
	"base-uri 'none'",
	"form-action 'none'",
].join('; ');

/** In the page itself, because static hosts send no headers of ours. The dev server's own scripts need more. */
const contentSecurityPolicy: Plugin = {
	name: 'content-security-policy',
	apply: 'build',
	transformIndexHtml: (_html, { path }) =>
		path.endsWith('/index.html')
			? [
					{
						tag: 'meta',
						attrs: { 'http-equiv': 'Content-Security-Policy', content: CONTENT_SECURITY_POLICY },
						injectTo: 'head-prepend',
					},
				]
			: [],
};

const MEGABYTE = 1024 * 1024;

/** Everything but the models, which live in the page's own storage. */
const offlineShell = VitePWA({
	registerType: 'prompt',
	injectRegister: false,
	manifest: {
		name: 'Shardlight',
		short_name: 'Shardlight',
		description: 'Draws pictures from words on your own GPU, in the browser.',
		start_url: './',
		scope: './',
		display: 'standalone',
		background_color: '#11151d',
		theme_color: '#11151d',
		categories: ['graphics', 'productivity'],
		icons: [
			{ src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
			{ src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
			{ src: 'icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
			{ src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' },
		],
	},
	workbox: {
		globPatterns: ['index.html', 'icon*.{svg,png}', 'assets/*.{js,css,wasm,mjs}'],
		// What only the command line tools' page loads.
		globIgnores: [
			'assets/{harness,verify,fit-preview,bench,kernel-bench,decode-bench,copy.worker}*',
			'assets/open-block-engine*',
		],
		// ONNX Runtime's WebAssembly takes 27 MB.
		maximumFileSizeToCacheInBytes: 40 * MEGABYTE,
		navigateFallbackDenylist: [/harness\.html$/, /\/models\//],
		cleanupOutdatedCaches: true,
	},
});

export default defineConfig({
	plugins: [svelte(), contentSecurityPolicy, offlineShell],
	// Relative, so that a build works from any sub-path of a static host.
	base: './',
	worker: { format: 'es' },
	build: {
		target: 'chrome134',
		rolldownOptions: { input: { app: 'index.html', harness: 'harness.html' } },
	},
});
