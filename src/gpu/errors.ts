/** This browser or machine offers no WebGPU adapter that can run the model. */
export class WebGpuUnavailableError extends Error {
	override readonly name = 'WebGpuUnavailableError';
}

/** The driver took the GPU away: a reset, a sleep, an unplugged dock. */
export class GpuDeviceLostError extends Error {
	override readonly name = 'GpuDeviceLostError';
	constructor(reason: string) {
		super(`The GPU was reset (${reason}). Nothing stored is lost: press Generate to start again.`);
	}
}

/** A GPU buffer could not be allocated. */
export class GpuOutOfMemoryError extends Error {
	override readonly name = 'GpuOutOfMemoryError';
	constructor(what: string, bytes: number) {
		super(
			`The GPU has no room for ${what} (${(bytes / 1e6).toFixed(1)} MB). ` +
				'Close other programs that use the GPU, or choose a smaller picture.',
		);
	}
}

/** A tensor does not have the shape its consumer was built for: a defect, not a user's mistake. */
export class ShapeError extends Error {
	override readonly name = 'ShapeError';
}
