import { expect, it } from 'vitest';
import { FusedBlockEngine } from '../../src/gpu/fused/fused-block-engine.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { GraphBuilder } from '../../src/graph/graph-builder.ts';
import { readBack } from '../../src/gpu/read-back.ts';

it('runs extents that exceed a binding on ONNX Runtime, and says so once', async () => {
	using context = await GpuContext.open();
	const said: string[] = [];
	const engine = await FusedBlockEngine.open(context, {
		findRefused: () => Promise.resolve(new Map()),
		onFallback: (graph, reason) => said.push(`${graph}: ${reason}`),
	});
	const g = new GraphBuilder('flip');
	const x = g.input('x', [1, 2, 1, 'pixels']);
	g.output('y', g.pixels(x), ['pixels', 2]);
	const graph = await engine.load(g.build());
	const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
	const weights = {
		buffer: context.createBuffer('weights', { size: 16, usage }),
		tensors: new Map(),
	};
	const flip = async (pixels: number): Promise<Float32Array> => {
		const size = 2 * pixels * 4;
		const buffers = ['x', 'y'].map((label) =>
			context.createBuffer('activations', { label, size, usage }),
		);
		const [input, output] = buffers;
		context.device.queue.writeBuffer(input, 0, new Float32Array([1, 2, 3, 4]));
		await graph.run(
			weights,
			{ x: { buffer: input, shape: [1, 2, 1, pixels] } },
			{ y: { buffer: output, shape: [pixels, 2] } },
		);
		const values = new Float32Array(await readBack(context, output, 4 * 2));
		for (const buffer of buffers) buffer.destroy();
		return values;
	};
	expect([...(await flip(2))]).toEqual([1, 3]);
	expect(said).toEqual([]);

	const pixels = Math.ceil(context.device.limits.maxStorageBufferBindingSize / 4 / 2 / 64) * 64;
	if (pixels * 8 <= 2 ** 28) {
		await flip(pixels + 64).catch(() => undefined);
		expect(said).toHaveLength(1);
		expect(said[0]).toContain('exceeds a binding');
	}
	await graph.dispose();
});
