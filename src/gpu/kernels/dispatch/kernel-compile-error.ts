interface KernelCompileErrorOptions extends ErrorOptions {
	/** `TileTable.id`, where the kernel was cut by one. */
	readonly tile?: string;
}

/** A driver does not compile one of our kernels: it gets another tile, or ONNX Runtime does what needs it. */
export class KernelCompileError extends Error {
	override readonly name = 'KernelCompileError';
	readonly detail: string;
	readonly tile: string | undefined;

	constructor(label: string, detail: string, { tile, cause }: KernelCompileErrorOptions = {}) {
		super(`${label} does not compile on this GPU (${detail})`, { cause });
		this.detail = detail;
		this.tile = tile;
	}
}
