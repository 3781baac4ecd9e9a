import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { GpuContext } from '../../../src/gpu/gpu-context.ts';
import type { ShardReader } from '../../../src/store/shard-store.ts';
import { BlockStream } from '../../../src/streaming/block-stream.ts';
import { planResidency } from '../../../src/streaming/residency-plan.ts';

const SHARD_BYTES = 256;

beforeAll(() => {
	// Node has it from version 22 on.
	if (!('withResolvers' in Promise)) Object.assign(Promise, { withResolvers });
	vi.stubGlobal('GPUBufferUsage', { STORAGE: 1, COPY_SRC: 2, COPY_DST: 4, MAP_WRITE: 8 });
	vi.stubGlobal('GPUMapMode', { WRITE: 1 });
});
afterAll(() => vi.unstubAllGlobals());

function withResolvers<Value>(): PromiseWithResolvers<Value> {
	const parts: Partial<PromiseWithResolvers<Value>> = {};
	const promise = new Promise<Value>((resolve, reject) =>
		Object.assign(parts, { resolve, reject }),
	);
	return { ...(parts as PromiseWithResolvers<Value>), promise };
}

/** A buffer in main memory. */
class MemoryBuffer {
	readonly bytes: Uint8Array<ArrayBuffer>;
	constructor(readonly size: number) {
		this.bytes = new Uint8Array(size);
	}
	getMappedRange = (): ArrayBuffer => this.bytes.buffer;
	unmap = (): void => undefined;
	mapAsync = (): Promise<void> => Promise.resolve();
	destroy = (): void => undefined;
}

/** Copies at once, as a queue does before whatever is submitted later. */
function memoryContext(): GpuContext {
	const copies = {
		copyBufferToBuffer(from: MemoryBuffer, _: number, to: MemoryBuffer, at: number, size: number) {
			to.bytes.set(from.bytes.subarray(0, size), at);
		},
		finish: () => undefined,
	};
	const context: unknown = {
		device: { createCommandEncoder: () => copies, queue: { submit: () => undefined } },
		createBuffer: (_: string, { size }: { readonly size: number }) => new MemoryBuffer(size),
		orLost: <Result>(work: Promise<Result>) => work,
		assertHealthy: () => undefined,
		submit: () => undefined,
		adapterInfo: { vendor: '', architecture: '' },
		pace: { done: () => undefined },
	};
	return context as GpuContext;
}

/** Streams blocks whose every byte is their number. @returns what each place saw, and the shards that were read */
async function stream(
	order: readonly number[],
	bytes: number,
): Promise<{ readonly seen: readonly number[]; readonly read: readonly string[] }> {
	const shards = order.map((number) => ({
		id: `block.${number}`,
		shard: {
			...{ block: `block.${number}`, name: String(number), sha256: '', tensors: [] },
			byteLength: SHARD_BYTES,
		},
	}));
	const read: string[] = [];
	const open = (_: string, { name }: { readonly name: string }): Promise<ShardReader> => {
		read.push(name);
		return Promise.resolve({
			read: (_offset, into) => Promise.resolve(void into.fill(Number(name))),
			close: () => undefined,
		});
	};
	const plan = planResidency({
		order: shards.map(({ id }) => ({ id, bytes: SHARD_BYTES })),
		bytes,
	});
	await using blocks = new BlockStream({
		...{ context: memoryContext(), store: { open }, modelId: 'model', order: shards, plan },
	});
	const seen: number[] = [];
	for (const { id } of shards) {
		const { buffer } = await blocks.next(id);
		// What is loaded ahead must leave this block alone until the next is asked for.
		for (let turn = 0; turn < 5; turn++) await Promise.resolve();
		seen.push((buffer as unknown as MemoryBuffer).bytes[0] ?? NaN);
	}
	return { seen, read };
}

describe('BlockStream', () => {
	it('reads a block once for all runs in a row, and again when it comes back', async () => {
		const { seen, read } = await stream([1, 1, 2, 2, 2, 3, 1, 1], 0);
		expect(seen).toEqual([1, 1, 2, 2, 2, 3, 1, 1]);
		expect(read).toEqual(['1', '2', '3', '1']);
	});

	it('gives every run its own weights, whatever stays and however often it repeats', async () => {
		const order = fc
			.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 3 })), {
				minLength: 1,
				maxLength: 12,
			})
			.map((runs) => runs.flatMap(([block, times]) => Array.from({ length: times }, () => block)));
		const allowed = fc.integer({ min: 0, max: 9 * SHARD_BYTES });
		await fc.assert(
			fc.asyncProperty(order, allowed, async (blocks, bytes) => {
				const { seen, read } = await stream(blocks, bytes);
				expect(seen).toEqual(blocks);
				const groups = blocks.filter((block, place) => block !== blocks[place - 1]);
				expect(read.length).toBeLessThanOrEqual(groups.length);
				expect(read.length).toBeGreaterThanOrEqual(new Set(blocks).size);
			}),
			{ seed: 11, numRuns: 200 },
		);
	});
});
