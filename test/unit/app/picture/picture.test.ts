import { expect, test } from 'vitest';
import { fitPicture } from '../../../../src/app/picture/picture.ts';

const SMALL = { width: 256, height: 256 };

test.each([
	['two screen pixels for one', SMALL, { width: 620, height: 700 }, 1, { width: 512, height: 512 }],
	[
		'two and a half on a fine screen',
		SMALL,
		{ width: 358, height: 358 },
		2,
		{ width: 320, height: 320 },
	],
	['never more than fits', SMALL, { width: 300, height: 700 }, 1, SMALL],
	['one and a half', SMALL, { width: 400, height: 400 }, 1, { width: 384, height: 384 }],
	[
		'shrinks to fit',
		{ width: 1024, height: 512 },
		{ width: 512, height: 512 },
		1,
		{ width: 512, height: 256 },
	],
	[
		'nothing before the layout is known',
		SMALL,
		{ width: 0, height: 0 },
		1,
		{ width: 0, height: 0 },
	],
])('%s', (_name, picture, room, devicePixelRatio, shown) => {
	expect(fitPicture(picture, room, devicePixelRatio)).toEqual(shown);
});
