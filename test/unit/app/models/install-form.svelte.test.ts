import { beforeEach, describe, expect, test } from 'vitest';
import { InstallForm } from '../../../../src/app/models/install-form.svelte.ts';
import type { MirrorProbe } from '../../../../src/engine/install-client.ts';
import { settle } from '../scripted-engine.ts';

let form: InstallForm;
let asked: string[];
let answer: (probe: MirrorProbe) => void;

beforeEach(() => {
	asked = [];
	form = new InstallForm('https://hf-mirror.com', 'comfy', (url) => {
		asked.push(url);
		return new Promise((resolve) => (answer = resolve));
	});
});

test('the hub and the download that is recommended are the default', () => {
	expect(form.source).toEqual({ type: 'hub', layout: 'comfy' });
	expect(form.options).toEqual({});
	form.layout = 'diffusers';
	form.backend = 'indexeddb';
	expect(form.source).toEqual({ type: 'hub', layout: 'diffusers' });
	expect(form.options).toEqual({ backend: 'indexeddb' });
});

describe('a mirror', () => {
	beforeEach(() => {
		form.type = 'mirror';
	});

	test('is the preset unless another is typed', () => {
		expect(form.source).toMatchObject({ baseUrl: 'https://hf-mirror.com' });
		form.mirrorText = ' models.example.org:8080/hub/ ';
		expect(form.source).toMatchObject({ baseUrl: 'https://models.example.org:8080/hub' });
	});

	test.each(['', 'ftp://example.org', 'https://', 'javascript:alert(1)', 'http://a b'])(
		'%j is no address',
		(text) => {
			form.mirrorText = text;
			expect(form.source).toBeUndefined();
		},
	);

	test('is asked for by hand: choosing it asks nobody', () => {
		expect(asked).toEqual([]);
	});

	test('is asked whether it answers; an answer that comes too late is dropped', async () => {
		void form.askMirror();
		expect(asked).toEqual(['https://hf-mirror.com']);
		expect(form.probe.status).toBe('asking');
		const late = answer;
		form.mirrorText = 'https://other.test';
		form.forgetProbe();
		late({ milliseconds: 8000, problem: { type: 'silent' } });
		await settle();
		expect(form.probe.status).toBe('idle');
		void form.askMirror();
		answer({ milliseconds: 90 });
		await settle();
		expect(form.probe).toMatchObject({ probe: { milliseconds: 90 } });
	});
});

test.each([
	['https://example.org/z', 'https://example.org/z/'],
	['https://example.org/z/manifest.json', 'https://example.org/z/'],
	['localhost:8000', 'https://localhost:8000/'],
	['http://localhost:8000/', 'http://localhost:8000/'],
])('converted shards at %s', (text, url) => {
	form.type = 'shards';
	form.shardsText = text;
	expect(form.source).toEqual({ type: 'shards', url });
});
