import { AppError } from '../errors/app-error.ts';

declare module '../errors/app-error.ts' {
	interface ErrorData {
		'webgpu-unavailable': { readonly reason: WebGpuGap; readonly detail?: string };
		'gpu-device-lost': { readonly reason: string };
		'out-of-gpu-memory': { readonly what: string; readonly bytes: number };
		'gpu-limit': { readonly what: string; readonly bytes: number; readonly limitBytes: number };
		'gpu-fault': { readonly detail: string };
		'gpu-dropped-work': Readonly<Record<string, never>>;
		'scratch-limit': {
			readonly graph: string;
			readonly limitBytes: number;
			readonly leastBytes: number;
		};
		shape: { readonly detail: string };
	}
}

/** `silent`: the GPU process does not answer; `refused`: the adapter does not open. */
export type WebGpuGap = 'no-webgpu' | 'no-adapter' | 'refused' | 'silent';

/** This browser or machine offers no WebGPU adapter that can run the model. */
export class WebGpuUnavailableError extends AppError<'webgpu-unavailable'> {
	constructor(reason: WebGpuGap, detail?: string, options?: ErrorOptions) {
		super('webgpu-unavailable', { reason, detail }, { engineUsable: true, ...options });
	}
}

/** The driver took the GPU away: a reset, a sleep, an unplugged dock. */
export class GpuDeviceLostError extends AppError<'gpu-device-lost'> {
	constructor(reason: string) {
		super('gpu-device-lost', { reason }, { engineUsable: false });
	}
}

/** A GPU buffer could not be allocated. */
export class OutOfGpuMemoryError extends AppError<'out-of-gpu-memory'> {
	/** @param bytes wanted by `what`, or held in all when the driver does not say what failed */
	constructor(what: string, bytes: number, options?: ErrorOptions) {
		super('out-of-gpu-memory', { what, bytes }, { engineUsable: false, ...options });
	}
}

/** One buffer is larger than this GPU can make any, however much memory it has. */
export class GpuLimitError extends AppError<'gpu-limit'> {
	constructor(what: string, bytes: number, limitBytes: number) {
		super('gpu-limit', { what, bytes, limitBytes }, { engineUsable: true });
	}
}

/** The browser rejected GPU work: a defect here, in ONNX Runtime or in the driver. */
export class GpuFaultError extends AppError<'gpu-fault'> {
	constructor(detail: string) {
		super('gpu-fault', { detail }, { engineUsable: false });
	}
}

/** The GPU did not run work that it was given, and said that it was done. */
export class GpuDroppedWorkError extends AppError<'gpu-dropped-work'> {
	constructor() {
		super('gpu-dropped-work', {}, { engineUsable: true });
	}
}

/** A block cannot be cut so small that it runs in so few bytes beside its inputs and outputs. */
export class ScratchLimitError extends AppError<'scratch-limit'> {
	constructor(graph: string, limitBytes: number, leastBytes: number) {
		super('scratch-limit', { graph, limitBytes, leastBytes }, { engineUsable: false });
	}
}

/** A tensor does not have the shape its consumer was built for: a defect, not a user's mistake. */
export class ShapeError extends AppError<'shape'> {
	constructor(detail: string) {
		super('shape', { detail }, { engineUsable: false });
	}
}
