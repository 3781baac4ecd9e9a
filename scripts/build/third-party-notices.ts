import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/** Where the texts lie of packages that are published without one, by package. */
const KEPT_TEXTS: Readonly<Record<string, string>> = {
	'@bufbuild/protobuf': 'bufbuild-protobuf.txt',
	'onnx-buf': 'onnx-buf.txt',
	'onnxruntime-common': 'onnxruntime.txt',
	'onnxruntime-web': 'onnxruntime.txt',
};
const KEPT_FOLDER = fileURLToPath(new URL('licences', import.meta.url));

const OWN_LICENCE = fileURLToPath(new URL('../../LICENSE', import.meta.url));

/**
 * Writes `THIRD-PARTY-NOTICES.txt` into the build: the licence of every package whose code is shipped. Vite's own
 * `build.license` does not see what is in workers.
 *
 * @returns the plugin that collects, to be used for the page, its workers and the service worker, and the one that writes
 */
export function thirdPartyNotices(): { readonly collect: () => Plugin; readonly write: Plugin } {
	const folders = new Set<string>();
	let outDir = '';
	return {
		collect: () => ({
			name: 'collect-third-party-notices',
			apply: 'build',
			generateBundle(_options, bundle) {
				for (const output of Object.values(bundle)) {
					if (output.type !== 'chunk') continue;
					for (const id of output.moduleIds) {
						const folder = packageFolder(id);
						if (folder !== undefined) folders.add(folder);
					}
				}
			},
		}),
		write: {
			name: 'write-third-party-notices',
			apply: 'build',
			configResolved({ root, build }) {
				outDir = resolve(root, build.outDir);
			},
			closeBundle: {
				// After the service worker is built.
				order: 'post',
				sequential: true,
				handler() {
					const notices = [...folders].map(noticeOf).sort((a, b) => a.localeCompare(b, 'en'));
					const own = `Shardlight\n\n${readFileSync(OWN_LICENCE, 'utf8').trim()}\n`;
					const text = [own, ...notices].join(`\n${'-'.repeat(80)}\n\n`);
					writeFileSync(join(outDir, 'THIRD-PARTY-NOTICES.txt'), text);
				},
			},
		},
	};
}

/** The folder of the package that a module belongs to; undefined for our own. */
export function packageFolder(moduleId: string): string | undefined {
	const path = moduleId.replace(/^\0/, '').replaceAll('\\', '/');
	return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
}

/** @throws when the package has no licence text, neither of its own nor here */
export function noticeOf(folder: string): string {
	const { name, version, license } = JSON.parse(
		readFileSync(join(folder, 'package.json'), 'utf8'),
	) as { readonly name: string; readonly version: string; readonly license?: string };
	const texts = readdirSync(folder)
		.filter((file) => /^(?:licen[cs]e|copying|notice)/i.test(file))
		.map((file) => join(folder, file));
	const kept = KEPT_TEXTS[name];
	if (texts.length === 0 && kept !== undefined) texts.push(join(KEPT_FOLDER, kept));
	if (texts.length === 0) {
		throw new Error(
			`${name} is shipped but comes without its licence (${license ?? 'none named'}): put the text into scripts/build/licences.`,
		);
	}
	const text = texts.map((file) => readFileSync(file, 'utf8').trim()).join('\n\n');
	return `${name} ${version} (${license ?? 'see below'})\n\n${text}\n`;
}
