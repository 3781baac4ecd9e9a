import type { PictureSize } from '../../engine/engine.ts';

/** How a picture lies in its room. */
export interface Zoom {
	/** CSS pixels for a pixel of the picture. */
	readonly scale: number;
	/** CSS pixels from the room's middle to the picture's, rightwards and down. */
	readonly x: number;
	readonly y: number;
}

export interface Point {
	readonly x: number;
	readonly y: number;
}

/** CSS pixels for a pixel of the picture, at most. */
const MOST_SCALE = 16;

/** The whole picture, as large as the room lets it be. */
export function zoomToFit(picture: PictureSize, room: PictureSize): Zoom {
	const scale = Math.min(room.width / picture.width, room.height / picture.height);
	return { scale: Number.isFinite(scale) && scale > 0 ? scale : 1, x: 0, y: 0 };
}

/** A pixel of the picture for a pixel of the screen, around the middle. */
export function zoomToPixels(devicePixelRatio: number): Zoom {
	return { scale: 1 / devicePixelRatio, x: 0, y: 0 };
}

/**
 * Zooms so that what lies at a point stays there.
 *
 * @param at CSS pixels from the room's middle
 */
export function zoomBy(
	{ scale, x, y }: Zoom,
	factor: number,
	at: Point,
	picture: PictureSize,
	room: PictureSize,
): Zoom {
	const least = Math.min(1, zoomToFit(picture, room).scale);
	const wanted = Math.min(MOST_SCALE, Math.max(least, scale * factor));
	const grown = wanted / scale;
	const moved = { scale: wanted, x: at.x - (at.x - x) * grown, y: at.y - (at.y - y) * grown };
	return keptInRoom(moved, picture, room);
}

export function panBy(
	{ scale, x, y }: Zoom,
	by: Point,
	picture: PictureSize,
	room: PictureSize,
): Zoom {
	return keptInRoom({ scale, x: x + by.x, y: y + by.y }, picture, room);
}

/** What fits into the room lies in its middle; what does not covers it. */
function keptInRoom({ scale, x, y }: Zoom, picture: PictureSize, room: PictureSize): Zoom {
	const slack = (side: 'width' | 'height'): number =>
		Math.max(0, (picture[side] * scale - room[side]) / 2);
	const within = (value: number, most: number): number => Math.min(most, Math.max(-most, value));
	return { scale, x: within(x, slack('width')), y: within(y, slack('height')) };
}
