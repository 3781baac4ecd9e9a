/** A graph is beyond our kernels, here or anywhere: it runs on ONNX Runtime. */
export class UnsupportedGraphError extends Error {
	override readonly name = 'UnsupportedGraphError';
}
