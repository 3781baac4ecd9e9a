import { expect, it } from 'vitest';
import { isOwnScript } from '../../../../src/app/page/trust-own-scripts.ts';

const PAGE = 'https://host.example/shardlight/index.html#v=1';

it.each(['assets/engine.worker-1.js', './sw.js', 'https://host.example/shardlight/assets/a.js'])(
	'%s is a script of the app',
	(address) => expect(isOwnScript(address, PAGE)).toBe(true),
);

it.each([
	...['https://evil.example/shardlight/a.js', '//evil.example/a.js', '/other-app/a.js', '../a.js'],
	...['assets/../../other/a.js', 'data:text/javascript,1', 'blob:https://host.example/1'],
	...['javascript:alert(1)', 'http://host.example/shardlight/a.js'],
])('%s is not', (address) => expect(isOwnScript(address, PAGE)).toBe(false));
