import { readdirSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { Plugin } from 'vite';
import { type HeaderValues, securityHeaders } from '../../src/hosting/security-headers.ts';

/** Writes `_headers`, which Cloudflare Pages and Netlify read, for the app at the root of a site. */
export function staticHostHeaders(): Plugin {
	let outDir = '';
	return {
		name: 'static-host-headers',
		apply: 'build',
		configResolved({ root, build }) {
			outDir = resolve(root, build.outDir);
		},
		closeBundle: {
			// After the service worker is written.
			order: 'post',
			sequential: true,
			handler() {
				const files = readdirSync(outDir, { recursive: true, encoding: 'utf8' });
				const text = headersFile(files.map((file) => file.split(sep).join('/')));
				writeFileSync(join(outDir, '_headers'), text);
			},
		},
	};
}

/**
 * Two rules that match one file would join their values with a comma, and of two policies browsers heed both. So what all
 * files have is one rule, and each file that has more gets a rule with the rest.
 *
 * @param files of the build, such as `assets/app.js`
 */
export function headersFile(files: readonly string[]): string {
	const common = securityHeaders('any other file');
	const rules = [
		rule('/*', common),
		rule('/assets/*', { 'Cache-Control': 'public, max-age=31536000, immutable' }),
	];
	for (const file of [...files].sort()) {
		const more = Object.entries(securityHeaders(file)).filter(([name]) => !(name in common));
		if (more.length === 0) continue;
		const headers = Object.fromEntries(more);
		if (file === 'index.html') rules.push(rule('/', headers));
		rules.push(rule(`/${file}`, headers));
	}
	return rules.join('\n');
}

function rule(path: string, headers: HeaderValues): string {
	const lines = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}\n`);
	return `${path}\n${lines.join('')}`;
}
