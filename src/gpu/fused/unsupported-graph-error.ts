/** The fused engine has no kernel for a part of a graph: the graph runs on ONNX Runtime. */
export class UnsupportedGraphError extends Error {
	override readonly name = 'UnsupportedGraphError';
}
