import { expect, it } from 'vitest';

const DOUBLE_PLUS_ONE = `
	@group(0) @binding(0) var<storage, read_write> values: array<f32>;
	@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
		values[id.x] = 2 * values[id.x] + 1;
	}`;

it('finds an adapter that computes what a shader says', async () => {
	const adapter = await navigator.gpu.requestAdapter();
	const device = await adapter?.requestDevice();
	if (device === undefined) throw new Error('no WebGPU device');
	const input = Float32Array.from({ length: 256 }, (_, i) => i / 8);
	const storage = device.createBuffer({
		size: input.byteLength,
		usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
	});
	const readback = device.createBuffer({
		size: input.byteLength,
		usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
	});
	device.queue.writeBuffer(storage, 0, input);
	const pipeline = await device.createComputePipelineAsync({
		layout: 'auto',
		compute: { module: device.createShaderModule({ code: DOUBLE_PLUS_ONE }), entryPoint: 'main' },
	});
	const encoder = device.createCommandEncoder();
	const pass = encoder.beginComputePass();
	pass.setPipeline(pipeline);
	pass.setBindGroup(
		0,
		device.createBindGroup({
			layout: pipeline.getBindGroupLayout(0),
			entries: [{ binding: 0, resource: { buffer: storage } }],
		}),
	);
	pass.dispatchWorkgroups(input.length / 64);
	pass.end();
	encoder.copyBufferToBuffer(storage, 0, readback, 0, input.byteLength);
	device.queue.submit([encoder.finish()]);
	await readback.mapAsync(GPUMapMode.READ);
	const output = Array.from(new Float32Array(readback.getMappedRange()));
	expect(output).toEqual(Array.from(input, (value) => 2 * value + 1));
	device.destroy();
});
