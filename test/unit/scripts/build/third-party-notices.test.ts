import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import packageJson from '../../../../package.json' with { type: 'json' };
import { noticeOf, packageFolder } from '../../../../scripts/build/third-party-notices.ts';

describe('packageFolder', () => {
	it.each([
		['/app/node_modules/idb/build/index.js', '/app/node_modules/idb'],
		['/app/node_modules/@scope/name/a/b.js?worker', '/app/node_modules/@scope/name'],
		['\0/app/node_modules/idb/index.js?commonjs', '/app/node_modules/idb'],
		['/app/node_modules/a/node_modules/b/c.js', '/app/node_modules/a/node_modules/b'],
		['C:\\app\\node_modules\\idb\\index.js', 'C:/app/node_modules/idb'],
		['/app/src/main.ts', undefined],
		['\0vite/preload-helper.js', undefined],
	])('of %j is %s', (module, folder) => expect(packageFolder(module)).toBe(folder));
});

describe('noticeOf', () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'shardlight-package-'));
	});
	afterEach(() => rmSync(folder, { recursive: true }));

	function publish(name: string, files: Readonly<Record<string, string>>): void {
		mkdirSync(folder, { recursive: true });
		writeFileSync(
			join(folder, 'package.json'),
			JSON.stringify({ name, version: '1.2.3', license: 'MIT' }),
		);
		for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
	}

	it('is the package’s own licence and notice', () => {
		publish('some-package', { 'LICENCE.md': 'You may.\n', NOTICE: 'By somebody.\n' });
		expect(noticeOf(folder)).toBe('some-package 1.2.3 (MIT)\n\nYou may.\n\nBy somebody.\n');
	});

	it('is the text that is kept here where the package has none', () => {
		publish('onnxruntime-web', {});
		expect(noticeOf(folder)).toContain('Microsoft Corporation');
	});

	it('fails the build where there is no text at all', () => {
		publish('nameless', {});
		expect(() => noticeOf(folder)).toThrow('nameless is shipped but comes without its licence');
	});
});

it.each(
	Object.keys(packageJson.dependencies).filter(
		(name) => !['playwright-core', 'send', 'tsx', 'vite'].includes(name),
	),
)('%s, which may be shipped, has a notice', (name) => {
	const folder = new URL(`../../../../node_modules/${name}`, import.meta.url).pathname;
	expect(noticeOf(folder)).toMatch(/copyright|licen[cs]e/i);
});
