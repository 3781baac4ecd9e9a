import { expect, it } from 'vitest';
import { FusedBlockEngine } from '../../src/gpu/fused/fused-block-engine.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { GraphBuilder } from '../../src/onnx/graph-builder.ts';
import { readBack } from '../../src/gpu/read-back.ts';

it('runs extents that exceed a binding on ONNX Runtime, and says so once', async () => {
	using context = await GpuContext.open();
	const said: string[] = [];
	const engine = await FusedBlockEngine.open(context, {
		findRefused: () => Promise.resolve(new Map()),
		onFallback: (graph, reason) => said.push(`${graph}: ${reason}`),
	});
	const g = new GraphBuilder('flip', { maxBindingBytes: 2 ** 20 });
	const x = g.input('x', ['rows', 'columns']);
	g.output('y', g.op('Transpose', [x], { perm: [1, 0] }), ['columns', 'rows']);
	const graph = await engine.load(g.build());
	const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
	const weights = {
		buffer: context.createBuffer('weights', { size: 16, usage }),
		tensors: new Map(),
	};
	const flip = async (rows: number, columns: number): Promise<Float32Array> => {
		const size = rows * columns * 4;
		const buffers = ['x', 'y'].map((label) =>
			context.createBuffer('activations', { label, size, usage }),
		);
		const [input, output] = buffers;
		context.device.queue.writeBuffer(input, 0, new Float32Array([1, 2, 3, 4]));
		await graph.run(
			weights,
			{ x: { buffer: input, shape: [rows, columns] } },
			{ y: { buffer: output, shape: [columns, rows] } },
		);
		const values = new Float32Array(await readBack(context, output, 4 * columns));
		for (const buffer of buffers) buffer.destroy();
		return values;
	};
	expect([...(await flip(2, 2))]).toEqual([1, 3]);
	expect(said).toEqual([]);

	const columns = Math.ceil(context.device.limits.maxStorageBufferBindingSize / 4 / 2 / 64) * 64;
	if (columns * 8 <= 2 ** 28) {
		await flip(2, columns + 64).catch(() => undefined);
		expect(said).toHaveLength(1);
		expect(said[0]).toContain('exceeds a binding');
	}
	await graph.dispose();
});
