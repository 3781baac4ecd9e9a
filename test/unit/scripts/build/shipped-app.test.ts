import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { integrityOf } from '../../../../scripts/build/precache-integrity.ts';
import { shippedApp } from '../../../../scripts/build/shipped-app.ts';

/** A page with a worker, each with a package of its own; here, because packages are looked for in folders above. */
const FILES = {
	'index.html': '<!doctype html><head></head><script type="module" src="/main.ts"></script>',
	'main.ts': `
		import { get } from 'idb-keyval';
		import { registerSW } from 'virtual:pwa-register';
		registerSW();
		void get('key');
		new Worker(new URL('./install.worker.ts', import.meta.url), { type: 'module', name: 'install' });
	`,
	'install.worker.ts': "import { expose } from 'comlink'; expose({});",
	'public/icon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
	'public/models/demo/manifest.json': '{}',
};

let root: string;
let dist: string;

beforeAll(async () => {
	root = mkdtempSync(fileURLToPath(new URL('built-', import.meta.url)));
	dist = join(root, 'dist');
	for (const [file, text] of Object.entries(FILES)) {
		mkdirSync(join(root, file, '..'), { recursive: true });
		writeFileSync(join(root, file), text);
	}
	const { plugins, workerPlugins } = shippedApp();
	await build({
		root,
		configFile: false,
		logLevel: 'error',
		base: './',
		plugins: [...plugins],
		worker: { format: 'es', plugins: workerPlugins },
	});
});

afterAll(() => rmSync(root, { recursive: true }));

function read(file: string): string {
	return readFileSync(join(dist, file), 'utf8');
}

interface Kept {
	readonly url: string;
	readonly integrity?: string;
}

it('the service worker keeps the app but no models, each file by its hash', () => {
	const kept = [...read('sw.js').matchAll(/\{[^{}]*"url":[^{}]*\}/g)].map(
		([entry]) => JSON.parse(entry) as Kept,
	);
	const wanted = [
		'index.html',
		'manifest.webmanifest',
		'icon.svg',
		...readdirSync(join(dist, 'assets')).map((file) => `assets/${file}`),
	];
	expect(new Set(kept.map(({ url }) => url))).toEqual(new Set(wanted));
	for (const url of wanted) {
		const hashes = kept.flatMap((entry) => (entry.url === url ? (entry.integrity ?? []) : []));
		expect(hashes, url).toEqual([integrityOf(readFileSync(join(dist, url)))]);
	}
});

it('the page has its policy before anything else', () => {
	expect(read('index.html')).toMatch(/<head>\s*<meta http-equiv="Content-Security-Policy"/);
});

it('hosts that read _headers are told of the page and of the worker that downloads', () => {
	expect(read('_headers')).toMatch(/^\/index\.html\n {2}Content-Security-Policy: /m);
	expect(read('_headers')).toMatch(
		/^\/assets\/install\.worker-\S+\.js\n {2}Content-Security-Policy: .*connect-src 'self' https: http:\n/m,
	);
});

it.each(['idb-keyval', 'comlink', 'workbox-precaching'])(
	'the licence of %s, which is in the page, in its worker or in the service worker, is shipped',
	(name) => {
		expect(read('THIRD-PARTY-NOTICES.txt')).toMatch(new RegExp(`^${name} \\d`, 'm'));
	},
);

it('so is our own, and none of what only builds', () => {
	expect(read('THIRD-PARTY-NOTICES.txt')).toMatch(/^Shardlight\n/);
	expect(read('THIRD-PARTY-NOTICES.txt')).not.toMatch(/^(?:vite|typescript|vitest) \d/m);
});
