import type { GpuContext } from '../../gpu-context.ts';
import { readBack } from '../../read-back.ts';

/** Pairs of the smallest and the largest FP16 subnormal, and of a negative one and 1. */
const HALVES = [0x03ff_0001, 0x3c00_8200];
const VALUES = [2 ** -24, 1023 * 2 ** -24, -512 * 2 ** -24, 1];

const WGSL = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> values: array<u32>;
@compute @workgroup_size(1) fn main() {
	let first = unpack2x16float(values[0]);
	let second = unpack2x16float(values[1]);
	// Scaled as any later arithmetic might, so that a flush on use is seen too.
	values[0] = bitcast<u32>(first.x * 2.0);
	values[1] = bitcast<u32>(first.y * 2.0);
	values[2] = bitcast<u32>(second.x * 2.0);
	values[3] = bitcast<u32>(second.y * 2.0);
}
`;

/** True if `unpack2x16float` keeps FP16 subnormals on this adapter. */
export async function unpackKeepsSubnormals(context: GpuContext): Promise<boolean> {
	const { device } = context;
	const buffer = context.createBuffer('activations', {
		label: 'unpack probe',
		size: VALUES.length * 4,
		usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
	});
	try {
		const pipeline = device.createComputePipeline({
			label: 'unpack probe',
			layout: 'auto',
			compute: { module: device.createShaderModule({ code: WGSL }), entryPoint: 'main' },
		});
		device.queue.writeBuffer(buffer, 0, new Uint32Array(HALVES));
		const encoder = device.createCommandEncoder();
		const pass = encoder.beginComputePass();
		pass.setPipeline(pipeline);
		pass.setBindGroup(
			0,
			device.createBindGroup({
				layout: pipeline.getBindGroupLayout(0),
				entries: [{ binding: 0, resource: { buffer } }],
			}),
		);
		pass.dispatchWorkgroups(1);
		context.submit(encoder, pass);
		const values = new Float32Array(await readBack(context, buffer, buffer.size));
		return VALUES.every((value, index) => values[index] === 2 * value);
	} finally {
		buffer.destroy();
	}
}
