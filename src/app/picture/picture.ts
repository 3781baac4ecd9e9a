import type { Picture, PictureSize } from '../../engine/engine.ts';
import { embedRecipe } from '../../share/pictures/embed-recipe.ts';
import { pictureFileName } from '../../share/picture-file-name.ts';
import { encodeRecipe } from '../../share/recipe-link.ts';
import type { ModelReference } from '../../recipe/recipe-settings.ts';
import type { PictureCodec } from './picture-codec.ts';
import { APP_VERSION } from '../page/version.ts';

export type Pixels = Pick<Picture, 'width' | 'height' | 'rgba'>;

/** Puts the picture's own pixels on the canvas, one to one. */
export function paint(canvas: HTMLCanvasElement | OffscreenCanvas, picture: Pixels): void {
	canvas.width = picture.width;
	canvas.height = picture.height;
	// An off-screen canvas is read back: kept in main memory, it needs no answer from the GPU.
	const context =
		canvas instanceof OffscreenCanvas
			? canvas.getContext('2d', { willReadFrequently: true })
			: canvas.getContext('2d');
	context?.putImageData(new ImageData(picture.rgba, picture.width, picture.height), 0, 0);
}

/** A picture is encoded once, whoever asks: the history, the page, a download. */
const encoded = new WeakMap<Picture, Promise<Blob>>();

function toPng(picture: Picture): Promise<Blob> {
	const png = encoded.get(picture) ?? encode(picture);
	encoded.set(picture, png);
	// What failed may work the next time.
	png.catch(() => encoded.delete(picture));
	return png;
}

async function encode(picture: Picture): Promise<Blob> {
	const canvas = new OffscreenCanvas(picture.width, picture.height);
	paint(canvas, picture);
	return canvas.convertToBlob({ type: 'image/png' });
}

/** Between pixels and files, losslessly. */
export const pngCodec: PictureCodec = {
	encode: toPng,
	async decode(png) {
		const bitmap = await createImageBitmap(png, { colorSpaceConversion: 'none' });
		const { width, height } = bitmap;
		const context = new OffscreenCanvas(width, height).getContext('2d');
		if (context === null) throw new DOMException('No canvas to draw on', 'InvalidStateError');
		context.drawImage(bitmap, 0, 0);
		bitmap.close();
		const rgba = new Uint8ClampedArray(context.getImageData(0, 0, width, height).data);
		return { width, height, rgba };
	},
};

/** The picture as a file that carries its recipe. */
export async function toPngWithRecipe(picture: Picture): Promise<Blob> {
	const png = await toPng(picture);
	const bytes = new Uint8Array(await png.arrayBuffer());
	const embedded = await embedRecipe(bytes, picture.recipe, modelOf(picture), APP_VERSION);
	return new Blob([embedded], { type: 'image/png' });
}

/** Which model drew the picture. */
export function modelOf({ recipe, revision }: Picture): ModelReference {
	return revision === undefined ? { id: recipe.modelId } : { id: recipe.modelId, revision };
}

/** The address that fills in a picture's recipe. */
export async function recipeAddress(picture: Picture): Promise<string> {
	const hash = await encodeRecipe(picture.recipe, modelOf(picture));
	return `${location.origin}${location.pathname}${hash}`;
}

/** Puts the picture where other programs can paste it from. */
export async function copyPicture(picture: Picture): Promise<void> {
	// Given as a promise, so that it still counts as an answer to the click when it has been encoded.
	await navigator.clipboard.write([new ClipboardItem({ 'image/png': toPngWithRecipe(picture) })]);
}

/** When pictures came to be known here: what tells files of one recipe apart. */
const times = new WeakMap<Picture, string>();

/** For example `shardlight-20261128-140501-a-lighthouse-at-dusk-42.png`. */
export function fileNameOf(picture: Picture, now = new Date()): string {
	const time = times.get(picture) ?? localTime(now);
	times.set(picture, time);
	return pictureFileName(picture.recipe, time);
}

/** 20261128-140501 */
function localTime(time: Date): string {
	const [year, ...rest] = [
		...[time.getFullYear(), time.getMonth() + 1, time.getDate()],
		...[time.getHours(), time.getMinutes(), time.getSeconds()],
	];
	const [month, day, ...clock] = rest.map((part) => String(part).padStart(2, '0'));
	return `${year}${month}${day}-${clock.join('')}`;
}

/** Hands a file to the browser's downloads. */
export function download(file: Blob, name: string): void {
	const address = URL.createObjectURL(file);
	const link = document.createElement('a');
	link.href = address;
	link.download = name;
	link.click();
	URL.revokeObjectURL(address);
}

/** Screen pixels for a pixel of the picture. Other ratios would blur some of them more than others. */
const SCALE_STEP = 0.5;

/**
 * The size in CSS pixels at which a picture is shown in the room there is. Small pictures grow in
 * steps that keep them even; large ones shrink to fit.
 */
export function fitPicture(
	picture: PictureSize,
	room: PictureSize,
	devicePixelRatio: number,
): PictureSize {
	const fit = Math.min(room.width / picture.width, room.height / picture.height);
	const screenPixels = Math.floor((fit * devicePixelRatio) / SCALE_STEP) * SCALE_STEP;
	const scale = screenPixels >= 1 ? screenPixels / devicePixelRatio : fit;
	return { width: picture.width * scale, height: picture.height * scale };
}
