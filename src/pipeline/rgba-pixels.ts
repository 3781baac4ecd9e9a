/**
 * An image as the VAE leaves it, as canvas pixels: round(255·clamp(x/2 + 0.5)). Source: docs/spec/z-image-turbo.md 5.
 *
 * @param image [3, height, width]
 * @returns RGBA, opaque, row by row
 */
export function rgbaPixels(image: Float32Array): Uint8ClampedArray<ArrayBuffer> {
	const pixels = image.length / 3;
	const rgba = new Uint8ClampedArray(pixels * 4);
	for (let pixel = 0; pixel < pixels; pixel++) {
		for (let channel = 0; channel < 3; channel++) {
			// A Uint8ClampedArray clamps, and rounds to nearest.
			rgba[pixel * 4 + channel] = 255 * (image[channel * pixels + pixel] / 2 + 0.5);
		}
		rgba[pixel * 4 + 3] = 255;
	}
	return rgba;
}
