import { expect, test } from 'vitest';
import { isLoopback } from '../../../../src/app/picture/is-loopback.ts';

test.each([
	['localhost', true],
	['127.0.0.1', true],
	['127.8.9.1', true],
	['[::1]', true],
	['app.localhost', true],
	['shardlight.example', false],
	['127.0.0.1.example', false],
	['192.168.1.2', false],
])('a link to %s works on this computer only: %s', (hostname, local) => {
	expect(isLoopback(hostname)).toBe(local);
});
