import type { WeightFormat } from '../../graph/graph.ts';
import type { GpuContext } from '../gpu-context.ts';

const WORKGROUP_SIZE = 256;

/**
 * WGSL of `widen`: 16 bits to f32, bit for bit.
 *
 * Not unpack2x16float: GPUs may flush FP16 subnormals to zero there, which costs a Qwen3 layer 1.7e-5
 * of relative error. A subnormal is mantissa · 2^-24, a normal number in f32.
 */
const WIDEN = {
	f16: /* wgsl */ `
fn widen(half: u32) -> f32 {
	let sign = (half & 0x8000u) << 16u;
	let exponent = (half >> 10u) & 0x1fu;
	let mantissa = half & 0x3ffu;
	let normal = bitcast<f32>(sign | ((exponent + 112u) << 23u) | (mantissa << 13u));
	let nonFinite = bitcast<f32>(sign | 0x7f800000u | (mantissa << 13u));
	let magnitude = f32(mantissa) * 0x1p-24f;
	let subnormal = select(magnitude, -magnitude, sign != 0u);
	return select(select(normal, nonFinite, exponent == 31u), subnormal, exponent == 0u);
}`,
	bf16: 'fn widen(half: u32) -> f32 { return bitcast<f32>(half << 16u); }',
};

/** One invocation widens one u32 of two values; invocations run along x first, then y. */
const pairsWgsl = (format: 'f16' | 'bf16'): string => /* wgsl */ `
@group(0) @binding(0) var<storage, read> packed: array<u32>;
@group(0) @binding(1) var<storage, read_write> wide: array<f32>;

${WIDEN[format]}

@compute @workgroup_size(${WORKGROUP_SIZE})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
	let pair = id.y * groups.x * ${WORKGROUP_SIZE}u + id.x;
	if (pair >= arrayLength(&packed)) { return; }
	let halves = packed[pair];
	let first = pair * 2u;
	if (first < arrayLength(&wide)) { wide[first] = widen(halves & 0xffffu); }
	if (first + 1u < arrayLength(&wide)) { wide[first + 1u] = widen(halves >> 16u); }
}
`;

/** Single values, only to another place. */
const COPY_WGSL = /* wgsl */ `
@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read_write> wide: array<f32>;

@compute @workgroup_size(${WORKGROUP_SIZE})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
	let place = id.y * groups.x * ${WORKGROUP_SIZE}u + id.x;
	if (place < arrayLength(&values)) { wide[place] = values[place]; }
}
`;

export interface WidenJob {
	readonly format: WeightFormat;
	readonly source: GPUBuffer;
	/** A multiple of 256. */
	readonly sourceByteOffset: number;
	readonly elements: number;
	readonly target: GPUBuffer;
}

/** Copies weights into f32 buffers. */
export class WidenWeights {
	readonly #context: GpuContext;
	readonly #pipelines = new Map<WeightFormat, GPUComputePipeline>();

	constructor(context: GpuContext) {
		this.#context = context;
	}

	submit(jobs: readonly WidenJob[]): void {
		const encoder = this.#context.device.createCommandEncoder({ label: 'widen-weights' });
		const pass = encoder.beginComputePass({ label: 'widen-weights' });
		const maxGroups = this.#context.device.limits.maxComputeWorkgroupsPerDimension;
		for (const job of jobs) {
			const words = job.format === 'f32' ? job.elements : Math.ceil(job.elements / 2);
			const groups = Math.ceil(words / WORKGROUP_SIZE);
			const pipeline = this.#pipeline(job.format);
			pass.setPipeline(pipeline);
			const groupsX = Math.min(groups, maxGroups);
			pass.setBindGroup(
				0,
				this.#context.device.createBindGroup({
					layout: pipeline.getBindGroupLayout(0),
					entries: [
						{
							binding: 0,
							resource: {
								buffer: job.source,
								offset: job.sourceByteOffset,
								size: words * Uint32Array.BYTES_PER_ELEMENT,
							},
						},
						{ binding: 1, resource: { buffer: job.target } },
					],
				}),
			);
			pass.dispatchWorkgroups(groupsX, Math.ceil(groups / groupsX));
		}
		this.#context.submit(encoder, pass);
	}

	#pipeline(format: WeightFormat): GPUComputePipeline {
		const known = this.#pipelines.get(format);
		if (known !== undefined) return known;
		const code = format === 'f32' ? COPY_WGSL : pairsWgsl(format);
		const pipeline = this.#context.device.createComputePipeline({
			label: 'widen-weights',
			layout: 'auto',
			compute: { module: this.#context.device.createShaderModule({ code }), entryPoint: 'main' },
		});
		this.#pipelines.set(format, pipeline);
		return pipeline;
	}
}
