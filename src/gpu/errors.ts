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
	/** @param bytes wanted by `what`, or held in all when the driver does not say what failed */
	constructor(what: string, bytes: number, options?: ErrorOptions) {
		super(
			`The GPU is out of memory (${what}; ${(bytes / 1e6).toFixed(1)} MB). Lower the budget under Memory, ` +
				'close other programs that use the GPU, or choose a smaller picture; then press Generate.',
			options,
		);
	}
}

/** The browser rejected GPU work: a defect here, in ONNX Runtime or in the driver. */
export class GpuFaultError extends Error {
	override readonly name = 'GpuFaultError';
	constructor(detail: string) {
		super(
			`The GPU refused its work (${detail}). Press Generate to start again; ` +
				'if it comes back, update Chrome and the graphics driver.',
		);
	}
}

/** A block cannot be cut so small that it runs in so few bytes beside its inputs and outputs. */
export class ScratchLimitError extends Error {
	override readonly name = 'ScratchLimitError';
	constructor(graph: string, limitBytes: number, leastBytes: number) {
		super(`${graph} takes ${leastBytes} bytes at least; ${limitBytes} were allowed`);
	}
}

/** A tensor does not have the shape its consumer was built for: a defect, not a user's mistake. */
export class ShapeError extends Error {
	override readonly name = 'ShapeError';
}
