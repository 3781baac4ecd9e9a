/** What a picture looks like so far: small, one pixel for each of the latent's. */
export interface Preview {
	readonly type: 'preview';
	/** Steps done, counted from 0. */
	readonly step: number;
	readonly width: number;
	readonly height: number;
	/** RGBA, 4 bytes a pixel, row by row. */
	readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** Engines without previews send none. */
export function isPreview(event: { readonly type: string }): event is Preview {
	return event.type === 'preview';
}
