import { describe, expect, test } from 'vitest';
import { panBy, zoomBy, zoomToFit, zoomToPixels } from '../../../../src/app/picture/zoom.ts';

const PICTURE = { width: 1000, height: 500 };
const ROOM = { width: 500, height: 500 };

test('a picture that fits is as large as the room lets it be, and a room without size changes nothing', () => {
	expect(zoomToFit(PICTURE, ROOM)).toEqual({ scale: 0.5, x: 0, y: 0 });
	expect(zoomToFit({ width: 100, height: 100 }, ROOM).scale).toBe(5);
	expect(zoomToFit(PICTURE, { width: 0, height: 0 }).scale).toBe(1);
});

test('one to one counts pixels of the screen', () => {
	expect(zoomToPixels(2).scale).toBe(0.5);
});

describe('zooming', () => {
	test('keeps what lies under the pointer there', () => {
		const at = { x: 100, y: 0 };
		const before = zoomToFit(PICTURE, ROOM);
		const after = zoomBy(before, 4, at, PICTURE, ROOM);
		const under = ({ scale, x }: typeof before): number => (at.x - x) / scale;
		expect(after.scale).toBe(2);
		expect(under(after)).toBeCloseTo(under(before));
	});

	test('ends at the whole picture, or at its own size if that is smaller, and at 16 times', () => {
		const fit = zoomToFit(PICTURE, ROOM);
		expect(zoomBy(fit, 0.01, { x: 0, y: 0 }, PICTURE, ROOM)).toEqual(fit);
		const small = { width: 100, height: 100 };
		expect(zoomBy(zoomToFit(small, ROOM), 0.01, { x: 9, y: 9 }, small, ROOM)).toEqual({
			...{ scale: 1, x: 0, y: 0 },
		});
		expect(zoomBy(fit, 1000, { x: 0, y: 0 }, PICTURE, ROOM).scale).toBe(16);
	});
});

test('panning ends at the picture’s edges, and what fits does not move', () => {
	const zoomed = { scale: 1, x: 0, y: 0 };
	expect(panBy(zoomed, { x: 9999, y: 9999 }, PICTURE, ROOM)).toEqual({ scale: 1, x: 250, y: 0 });
	expect(panBy(zoomed, { x: -9999, y: 10 }, PICTURE, ROOM)).toEqual({ scale: 1, x: -250, y: 0 });
});
