import { expect, it } from 'vitest';
import { pictureFileName } from '../../../src/share/picture-file-name.ts';

it.each([
	['a lighthouse at dusk', 'shardlight-00012-a-lighthouse-at-dusk-42.png'],
	['一只橘猫，在窗台上', 'shardlight-00012-一只橘猫-在窗台上-42.png'],
	['../etc/passwd: "x" <y> | NUL\0 ?', 'shardlight-00012-etc-passwd-x-y-nul-42.png'],
	['😀', 'shardlight-00012-42.png'],
	['wide '.repeat(50), 'shardlight-00012-wide-wide-wide-wide-wide-wide-wide-wide-42.png'],
	['𝒳'.repeat(50), `shardlight-00012-${'𝒳'.repeat(40)}-42.png`],
])('a file is named after its prompt %j', (prompt, name) => {
	expect(pictureFileName({ prompt, seed: 42 }, '00012')).toBe(name);
});

it('a picture without a readable recipe still has a name', () => {
	expect(pictureFileName(undefined, '00012')).toBe('shardlight-00012.png');
});
