import { GpuContext } from '../../../src/gpu/gpu-context.ts';
import { ShardCorruptError } from '../../../src/store/errors.ts';
import type { ShardStore } from '../../../src/store/shard-store.ts';

/** What a picture did, so that a fault can strike at any point of it. */
export interface PictureTrace {
	submits: number;
	buffers: number;
	reads: number;
	blocks: number;
}

/** What a fault may take hold of: only what every caller of the engine has. */
export interface FaultTarget {
	readonly context: GpuContext;
	readonly store: ShardStore;
	readonly abort: AbortController;
	onBlock: () => void;
}

/** Strikes at the `at`th of its moments, counted from 1. */
export interface InjectedFault {
	readonly kind: FaultKind;
	readonly at: number;
}

export const FAULT_KINDS = [
	'the device is lost',
	'the driver has no memory',
	'the budget is too small',
	'a shard cannot be read',
	'the user cancels',
	'the GPU drops one submit',
	'the GPU drops every submit from here',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What a picture ends in; where nothing is said, it is drawn as if nothing had been. */
export const ERROR_OF: Readonly<Record<FaultKind, string | undefined>> = {
	'the device is lost': 'gpu-device-lost',
	'the driver has no memory': 'out-of-gpu-memory',
	'the budget is too small': 'out-of-gpu-memory',
	'a shard cannot be read': 'shard-corrupt',
	'the user cancels': 'AbortError',
	'the GPU drops one submit': undefined,
	'the GPU drops every submit from here': 'gpu-dropped-work',
};

/** Of these the last strike when the picture has been read already: it is then as good as any. */
export const MAY_COME_TOO_LATE: ReadonlySet<FaultKind> = new Set([
	'the GPU drops every submit from here',
]);

/** How many moments a fault of this kind has in a picture. */
export function momentsOf(kind: FaultKind, trace: PictureTrace): number {
	switch (kind) {
		case 'the device is lost':
		case 'the GPU drops one submit':
		case 'the GPU drops every submit from here':
			return trace.submits;
		case 'the driver has no memory':
		case 'the budget is too small':
			return trace.buffers;
		case 'a shard cannot be read':
			return trace.reads;
		case 'the user cancels':
			// After the last block there is nothing left to cancel.
			return trace.blocks - 1;
	}
}

/** Counts what a picture does, and makes the fault happen. */
export function injectFault(
	target: FaultTarget,
	fault: InjectedFault | undefined,
): { readonly trace: PictureTrace; readonly store: ShardStore } {
	const trace: PictureTrace = { submits: 0, buffers: 0, reads: 0, blocks: 0 };
	const { context, store, abort } = target;
	const { device } = context;
	const isDue = (kind: FaultKind, moment: number): boolean =>
		fault?.kind === kind && fault.at === moment;

	const submit = GPUQueue.prototype.submit.bind(device.queue);
	device.queue.submit = (commands) => {
		trace.submits++;
		if (isDue('the device is lost', trace.submits)) device.destroy();
		if (isDue('the GPU drops one submit', trace.submits)) return undefined;
		const { kind, at } = fault ?? {};
		if (kind === 'the GPU drops every submit from here' && trace.submits >= (at ?? 0)) {
			return undefined;
		}
		return submit(commands);
	};

	const createBuffer = GpuContext.prototype.createBuffer.bind(context);
	context.createBuffer = (category, descriptor) => {
		trace.buffers++;
		const create = (): GPUBuffer => createBuffer(category, descriptor);
		if (isDue('the budget is too small', trace.buffers)) return withoutBudget(context, create);
		if (isDue('the driver has no memory', trace.buffers)) return withoutMemory(device, create);
		return create();
	};

	const watched: ShardStore = {
		manifest: (modelId) => store.manifest(modelId),
		manifests: () => store.manifests(),
		has: (modelId, object) => store.has(modelId, object),
		putManifest: () => Promise.reject(new Error('A picture wrote a manifest')),
		put: () => Promise.reject(new Error('A picture wrote a shard')),
		delete: () => Promise.reject(new Error('A picture deleted a shard')),
		deleteManifest: () => Promise.reject(new Error('A picture deleted a manifest')),
		open: async (modelId, object) => {
			const reader = await store.open(modelId, object);
			return {
				read: async (byteOffset, into) => {
					trace.reads++;
					if (isDue('a shard cannot be read', trace.reads)) {
						throw new ShardCorruptError(modelId, object.name, 'the disk failed');
					}
					await reader.read(byteOffset, into);
				},
				close: () => reader.close(),
			};
		},
	};

	target.onBlock = () => {
		trace.blocks++;
		if (isDue('the user cancels', trace.blocks)) abort.abort();
	};
	return { trace, store: watched };
}

/** As if what is held already were all that is allowed. */
function withoutBudget({ ledger }: GpuContext, create: () => GPUBuffer): GPUBuffer {
	const { promise, resolve } = Promise.withResolvers<void>();
	void ledger.within(ledger.bytes, () => promise);
	try {
		return create();
	} finally {
		resolve();
	}
}

/** A driver says so a moment after it made a buffer that is of no use. */
function withoutMemory(device: GPUDevice, create: () => GPUBuffer): GPUBuffer {
	const popErrorScope = device.popErrorScope.bind(device);
	device.popErrorScope = async () => {
		await popErrorScope();
		return new GPUOutOfMemoryError('injected');
	};
	try {
		return create();
	} finally {
		device.popErrorScope = popErrorScope;
	}
}
