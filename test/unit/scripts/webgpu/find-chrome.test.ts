import { describe, expect, it } from 'vitest';
import {
	chromeCandidates,
	type ChromeSearch,
	findChrome,
} from '../../../../scripts/webgpu/find-chrome.ts';

function machine(
	platform: NodeJS.Platform,
	env: Record<string, string>,
	...programs: readonly string[]
): ChromeSearch {
	return { platform, env, isExecutable: (path) => programs.includes(path) };
}

describe('findChrome', () => {
	it('prefers the one that CHROME_PATH names', () => {
		const search = machine('linux', { CHROME_PATH: '/a/chrome', PATH: '/usr/bin' }, '/a/chrome');
		expect(findChrome(search)).toBe('/a/chrome');
	});

	it('does not fall back when CHROME_PATH is wrong', () => {
		const search = machine('linux', { CHROME_PATH: '/a', PATH: '/usr/bin' }, '/usr/bin/chromium');
		expect(() => findChrome(search)).toThrow('CHROME_PATH names /a');
	});

	it('takes Chrome before Chromium on the PATH of Linux', () => {
		const env = { PATH: '/usr/local/bin::/usr/bin' };
		const both = machine('linux', env, '/usr/local/bin/chromium', '/usr/bin/google-chrome');
		expect(findChrome(both)).toBe('/usr/bin/google-chrome');
		expect(findChrome(machine('linux', env, '/usr/bin/chromium'))).toBe('/usr/bin/chromium');
	});

	it('finds a Mac user’s own copy', () => {
		const path = '/Users/me/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
		expect(findChrome(machine('darwin', { HOME: '/Users/me' }, path))).toBe(path);
	});

	it('finds Edge on Windows when there is no Chrome', () => {
		const path = 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe';
		const env = {
			PROGRAMFILES: 'C:\\Program Files',
			'PROGRAMFILES(X86)': 'C:\\Program Files (x86)',
		};
		expect(findChrome(machine('win32', env, path))).toBe(path);
	});

	it('finds nothing on a bare machine', () => {
		expect(findChrome(machine('linux', {}))).toBeUndefined();
		expect(chromeCandidates(machine('win32', {}))).toEqual([]);
	});
});
