import { expect, it } from 'vitest';
import { headersFile } from '../../../../scripts/build/static-host-headers.ts';
import { securityHeaders } from '../../../../src/hosting/security-headers.ts';

const FILES = [
	'index.html',
	'harness.html',
	'sw.js',
	'icon.svg',
	'models/demo/manifest.json',
	'assets/app-1.js',
	'assets/app-1.css',
	'assets/engine.worker-1.js',
	'assets/install.worker-1.js',
];

/** What a host that reads the file sends with a path: the values of all rules that match, joined as hosts do. */
function sentWith(path: string): Record<string, string> {
	const sent: Record<string, string> = {};
	for (const block of headersFile(FILES).split('\n\n')) {
		const [pattern = '', ...lines] = block.trimEnd().split('\n');
		const matches = pattern.endsWith('*')
			? path.startsWith(pattern.slice(0, -1))
			: path === pattern;
		if (!matches) continue;
		for (const line of lines) {
			const [, name = '', value = ''] = /^ {2}([^:]+): (.*)$/.exec(line) ?? [];
			sent[name] = name in sent ? `${sent[name]}, ${value}` : value;
		}
	}
	return sent;
}

it.each(FILES)('a host that reads _headers sends with %s what our own server does', (file) => {
	const { 'Cache-Control': cacheControl, ...headers } = sentWith(`/${file}`);
	expect(headers).toEqual(securityHeaders(file));
	if (file.startsWith('assets/')) expect(cacheControl).toContain('immutable');
	else expect(cacheControl).toBeUndefined();
});

it('the page has its policy under its short address too', () => {
	expect(sentWith('/')).toEqual(securityHeaders('index.html'));
});
