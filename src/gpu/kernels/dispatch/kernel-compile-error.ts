/** A driver does not compile one of our kernels: what needs it runs on ONNX Runtime. */
export class KernelCompileError extends Error {
	override readonly name = 'KernelCompileError';
	constructor(label: string, detail: string, options?: ErrorOptions) {
		super(`${label} does not compile on this GPU (${detail})`, options);
	}
}
