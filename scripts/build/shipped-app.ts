import { fileURLToPath } from 'node:url';
import type { Plugin, PluginOption } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { PAGE_POLICY } from '../../src/hosting/security-headers.ts';
import { SHARE_PATH } from '../../src/hosting/shared-files.ts';
import { precacheIntegrity } from './precache-integrity.ts';
import { staticHostHeaders } from './static-host-headers.ts';
import { thirdPartyNotices } from './third-party-notices.ts';

const MEGABYTE = 1024 * 1024;

/** In the page itself, because most static hosts send no headers of ours. The dev server's own scripts need more. */
const contentSecurityPolicy: Plugin = {
	name: 'content-security-policy',
	apply: 'build',
	transformIndexHtml: (_html, { path }) =>
		path.endsWith('/index.html')
			? [
					{
						tag: 'meta',
						attrs: { 'http-equiv': 'Content-Security-Policy', content: PAGE_POLICY },
						injectTo: 'head-prepend',
					},
				]
			: [],
};

export interface ShippedApp {
	readonly plugins: readonly PluginOption[];
	/** Vite builds workers on their own. */
	readonly workerPlugins: () => Plugin[];
}

/** What makes of the page's bundles an app that hosts may serve: policies, a service worker, headers, and licences. */
export function shippedApp(): ShippedApp {
	const integrity = precacheIntegrity();
	const notices = thirdPartyNotices();
	/** Everything but the models, which live in the page's own storage. */
	const offlineShell = VitePWA({
		registerType: 'prompt',
		strategies: 'injectManifest',
		srcDir: fileURLToPath(new URL('../../workers', import.meta.url)),
		filename: 'sw.ts',
		// Those below have hashes.
		includeManifestIcons: false,
		injectRegister: false,
		manifest: {
			// What makes it the same app wherever its address may move within the site.
			id: './',
			name: 'Shardlight',
			short_name: 'Shardlight',
			description: 'Draws pictures from words on your own GPU, in the browser.',
			start_url: './',
			scope: './',
			display: 'standalone',
			background_color: '#11151d',
			theme_color: '#11151d',
			launch_handler: { client_mode: ['navigate-existing', 'auto'] },
			file_handlers: [
				{
					action: './',
					accept: {
						'image/png': ['.png'],
						'image/jpeg': ['.jpg', '.jpeg'],
						'image/webp': ['.webp'],
						'application/octet-stream': ['.safetensors'],
					},
				},
			],
			share_target: {
				action: `./${SHARE_PATH}`,
				method: 'POST',
				enctype: 'multipart/form-data',
				params: {
					title: 'title',
					text: 'text',
					url: 'url',
					files: [{ name: 'files', accept: ['image/png', 'image/jpeg', 'image/webp'] }],
				},
			},
			shortcuts: [
				{ name: 'Models', url: './?open=models' },
				{ name: 'History', url: './?open=history' },
			],
			screenshots: [
				{
					...{ src: 'screenshot-wide.png', sizes: '1366x768', type: 'image/png' },
					form_factor: 'wide',
				},
				{
					...{ src: 'screenshot-narrow.png', sizes: '390x844', type: 'image/png' },
					form_factor: 'narrow',
				},
			],
			categories: ['graphics', 'productivity'],
			icons: [
				{ src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
				{ src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
				{ src: 'icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
				{ src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' },
			],
		},
		integration: {
			// A build of its own, which would tell of itself on standard output, where tools print JSON.
			configureCustomSWViteBuild: (config) => {
				config.logLevel = 'warn';
			},
		},
		injectManifest: {
			globPatterns: [
				'index.html',
				'manifest.webmanifest',
				'icon*.{svg,png}',
				'assets/*.{js,css,wasm,mjs}',
			],
			// What only the command line tools' page loads.
			globIgnores: [
				'assets/{harness,verify,fit-preview,copy.worker,open-block-engine}*',
				'assets/*bench*',
			],
			// ONNX Runtime's WebAssembly takes 27 MB.
			maximumFileSizeToCacheInBytes: 40 * MEGABYTE,
			manifestTransforms: [integrity.transform],
			// As a module it would be built with an option that Vite has given up.
			rollupFormat: 'iife',
			buildPlugins: { vite: [notices.collect()] },
		},
	});
	return {
		plugins: [
			contentSecurityPolicy,
			integrity.plugin,
			offlineShell,
			staticHostHeaders(),
			notices.collect(),
			notices.write,
		],
		workerPlugins: () => [notices.collect()],
	};
}
