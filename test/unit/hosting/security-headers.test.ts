import { describe, expect, it } from 'vitest';
import { PAGE_POLICY, securityHeaders } from '../../../src/hosting/security-headers.ts';
import { withHeaders } from '../../../src/hosting/with-headers.ts';

function policyOf(file: string): string {
	return securityHeaders(file)['Content-Security-Policy'] ?? '';
}

describe('securityHeaders', () => {
	it('opens nothing to everyone', () => {
		for (const file of ['index.html', 'assets/engine.worker-1.js', 'assets/install.worker-1.js']) {
			expect(policyOf(file)).toContain("default-src 'none'");
			expect(policyOf(file)).not.toMatch(/unsafe-inline|'unsafe-eval'|[ *]\*(?:[ ;]|$)/);
		}
	});

	it('lets the page reach its own origin only, be framed by nobody, and turn no text into code', () => {
		expect(policyOf('index.html')).toContain("connect-src 'self';");
		expect(policyOf('index.html')).toContain("frame-ancestors 'none'");
		expect(policyOf('index.html')).toContain("require-trusted-types-for 'script'");
	});

	it('keeps out of the page’s meta what browsers ignore there', () => {
		expect(PAGE_POLICY).not.toContain('frame-ancestors');
		expect(PAGE_POLICY).toContain("require-trusted-types-for 'script'");
	});

	it.each(['assets/engine.worker-Ab1.js', 'assets/hash-worker-Ab1.js', 'sw.js', 'assets/ort.mjs'])(
		'lets %s reach its own origin only',
		(file) => expect(policyOf(file)).toMatch(/connect-src 'self'$/),
	);

	it('lets the worker that downloads models reach any server, by http and https alone', () => {
		expect(policyOf('assets/install.worker-Ab1.js')).toMatch(/connect-src 'self' https: http:$/);
		expect(policyOf('models/install.worker-Ab1.js')).toMatch(/connect-src 'self'$/);
	});

	it('gives everything a type that is not guessed, and keeps it from other sites', () => {
		for (const file of ['index.html', 'icon.svg', 'sw.js', 'models/demo/manifest.json']) {
			expect(securityHeaders(file)).toMatchObject({
				'X-Content-Type-Options': 'nosniff',
				'Cross-Origin-Resource-Policy': 'same-origin',
			});
		}
	});
});

describe('withHeaders', () => {
	it('adds what the host did not send, and leaves what it did', async () => {
		const sent = new Response('text', {
			status: 200,
			headers: { 'Content-Type': 'text/html', 'Referrer-Policy': 'same-origin' },
		});
		const answer = withHeaders(sent, {
			'Referrer-Policy': 'no-referrer',
			'X-Content-Type-Options': 'nosniff',
		});
		expect(Object.fromEntries(answer.headers)).toEqual({
			'content-type': 'text/html',
			'referrer-policy': 'same-origin',
			'x-content-type-options': 'nosniff',
		});
		expect(await answer.text()).toBe('text');
	});
});
