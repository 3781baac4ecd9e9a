const MAX_SIDE = 256;
const QUALITY = 0.85;

/**
 * A small copy of a picture: at most 256 pixels a side, never larger than the picture.
 *
 * @throws DOMException if the picture cannot be decoded
 */
export async function makeThumbnail(png: Blob): Promise<Blob> {
	const full = await createImageBitmap(png);
	try {
		const scale = Math.min(1, MAX_SIDE / Math.max(full.width, full.height));
		const width = Math.max(1, Math.round(full.width * scale));
		const height = Math.max(1, Math.round(full.height * scale));
		const canvas = new OffscreenCanvas(width, height);
		const context = canvas.getContext('2d');
		if (context === null) throw new DOMException('No canvas to draw on', 'InvalidStateError');
		context.imageSmoothingQuality = 'high';
		context.drawImage(full, 0, 0, width, height);
		return await canvas.convertToBlob({ type: 'image/webp', quality: QUALITY });
	} finally {
		full.close();
	}
}
