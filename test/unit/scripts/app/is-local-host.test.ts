import { expect, it } from 'vitest';
import { isLocalHost } from '../../../../scripts/app/is-local-host.ts';

it.each(['127.0.0.1', '127.0.0.1:5177', 'localhost', 'LOCALHOST:8080', '[::1]', '[::1]:5177'])(
	'%s is this machine',
	(host) => expect(isLocalHost(host)).toBe(true),
);

it.each([
	...[undefined, '', 'evil.example', 'evil.example:5177', '127.0.0.1.evil.example', '::1'],
	...['localhost.evil.example', 'evil.example/localhost', 'user@localhost', '127.0.0.1:x'],
])('%s is not', (host) => expect(isLocalHost(host)).toBe(false));
