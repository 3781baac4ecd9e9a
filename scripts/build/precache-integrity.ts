import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Plugin } from 'vite';
import type { VitePWAOptions } from 'vite-plugin-pwa';

type ManifestTransform = NonNullable<
	VitePWAOptions['injectManifest']['manifestTransforms']
>[number];

/**
 * Gives every file that the service worker keeps its hash, so that the browser refuses any other answer. Without it one
 * wrong answer with status 200, such as the login page of a hotel's network, was kept until the next version.
 *
 * @returns a plugin that finds out where the build goes, and what to pass on to Workbox
 */
export function precacheIntegrity(): {
	readonly plugin: Plugin;
	readonly transform: ManifestTransform;
} {
	let outDir = '';
	return {
		plugin: {
			name: 'precache-integrity',
			apply: 'build',
			configResolved({ root, build }) {
				outDir = resolve(root, build.outDir);
			},
		},
		transform: (entries) => ({
			manifest: entries.map((entry) => ({
				...entry,
				integrity: integrityOf(readFileSync(join(outDir, entry.url))),
			})),
			warnings: [],
		}),
	};
}

/** As in `<script integrity>`. */
export function integrityOf(bytes: Uint8Array): string {
	return `sha384-${createHash('sha384').update(bytes).digest('base64')}`;
}
