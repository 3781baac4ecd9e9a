import { expect, it } from 'vitest';
import { integrityOf } from '../../../../scripts/build/precache-integrity.ts';

it('a file’s hash is written as browsers read it', () => {
	// Of "abc", from FIPS 180-4's examples.
	expect(integrityOf(Buffer.from('abc'))).toBe(
		`sha384-${Buffer.from(
			'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed' +
				'8086072ba1e7cc2358baeca134c825a7',
			'hex',
		).toString('base64')}`,
	);
});
