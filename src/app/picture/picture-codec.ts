import type { Picture } from '../../engine/engine.ts';

/** From and to PNG; tests need no browser for it. */
export interface PictureCodec {
	encode(picture: Picture): Promise<Blob>;
	decode(png: Blob): Promise<Pick<Picture, 'width' | 'height' | 'rgba'>>;
}
