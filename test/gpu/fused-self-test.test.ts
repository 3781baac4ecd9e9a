import { afterAll, beforeAll, expect, it } from 'vitest';
import { FusedBlockEngine } from '../../src/gpu/fused/fused-block-engine.ts';
import { CheckTensors } from '../../src/gpu/kernels/checks/check-tensors.ts';
import { convChecks } from '../../src/gpu/kernels/image/conv-checks.ts';
import { kernelChecks } from '../../src/gpu/kernels/kernel-checks.ts';
import { selfTest } from '../../src/gpu/fused/self-test/self-test.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import type { KernelTarget } from '../../src/gpu/kernels/dispatch/kernel-dispatch.ts';
import { KernelPipelines } from '../../src/gpu/kernels/dispatch/kernel-pipelines.ts';
import { GraphBuilder } from '../../src/graph/graph-builder.ts';

let context: GpuContext;
beforeAll(async () => {
	context = await GpuContext.open();
});
afterAll(() => context[Symbol.dispose]());

it('finds every kernel right, with both ways to widen FP16', async () => {
	const pipelines = new KernelPipelines(context);
	for (const unpackKeepsSubnormals of [false, true]) {
		const target: KernelTarget = {
			limits: context.device.limits,
			unpackKeepsSubnormals,
			compilesSlowly: true,
			maxDispatchFlops: Infinity,
		};
		expect(await selfTest(context, pipelines, target)).toEqual(new Map());
	}
});

/** This adapter, of whose memory kernels take the least that WebGPU allows. */
function leastTarget({ limits }: GPUDevice, compilesSlowly: boolean): KernelTarget {
	return {
		limits: {
			maxComputeWorkgroupStorageSize: 16 * 1024,
			maxComputeInvocationsPerWorkgroup: 256,
			maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
			maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
		},
		unpackKeepsSubnormals: true,
		compilesSlowly,
		maxDispatchFlops: Infinity,
	};
}

/** Makes one multiply-add of this shader less than it should be. */
function miscompile(device: GPUDevice, wgsl: string): void {
	const create = device.createShaderModule.bind(device);
	device.createShaderModule = (descriptor: GPUShaderModuleDescriptor) =>
		create({
			...descriptor,
			code: descriptor.code === wgsl ? wgsl.replace('= fma(', '= 0.99 * fma(') : descriptor.code,
		});
}

it.each(['linear', 'attention', 'conv'] as const)(
	'refuses the %s kernel if the driver gets it wrong',
	async (kernel) => {
		using broken = await GpuContext.open();
		const { device } = broken;
		const target = leastTarget(device, true);
		const checks = kernelChecks(new CheckTensors(() => 0), target);
		for (const { dispatches } of checks.filter((check) => check.kernel === kernel)) {
			for (const { wgsl } of dispatches) miscompile(device, wgsl);
		}
		const refused = await selfTest(broken, new KernelPipelines(broken), target);
		expect([...refused.keys()]).toEqual([kernel]);
		expect(refused.get(kernel)).toMatch(/^a relative error of \d.*e-\d on this GPU/);
	},
);

it('finds the one tile of convolutions that is wrong, and names it', async () => {
	using broken = await GpuContext.open();
	const { device } = broken;
	const target = leastTarget(device, false);
	const [, wrong] = convChecks(new CheckTensors(() => 0), target);
	miscompile(device, wrong.dispatches[0].wgsl);
	const refused = await selfTest(broken, new KernelPipelines(broken), target, convChecks);
	expect([...refused.keys()]).toEqual(['conv']);
	expect(refused.get('conv')).toContain(`(in tiles of ${wrong.tile ?? 'no name'})`);
});

it('runs a graph on ONNX Runtime if it needs a kernel that failed, and says so', async () => {
	const said: string[] = [];
	const engine = await FusedBlockEngine.open(context, {
		findRefused: () => Promise.resolve(new Map([['row-norm', 'a relative error of 1']])),
		onFallback: (graph, reason) => said.push(`${graph}: ${reason}`),
	});
	const g = new GraphBuilder('norm');
	const x = g.input('x', ['tokens', 16]);
	g.output('y', g.rmsNorm(x, 'w', 1e-6), ['tokens', 16]);
	const loaded = await engine.load(g.build());
	expect(said).toEqual(['norm: norm: the row-norm kernel has a relative error of 1']);
	await loaded.dispose();
});

it('opens with a kernel that the driver does not compile, and runs on ONNX Runtime what needs it', async () => {
	using broken = await GpuContext.open();
	const { device } = broken;
	const compile = device.createComputePipelineAsync.bind(device);
	device.createComputePipelineAsync = (descriptor: GPUComputePipelineDescriptor) =>
		descriptor.label?.includes('norm') === true
			? Promise.reject(new Error('internal compiler error'))
			: compile(descriptor);
	const said: string[] = [];
	const engine = await FusedBlockEngine.open(broken, {
		onFallback: (graph, reason) => said.push(`${graph}: ${reason}`),
	});
	const g = new GraphBuilder('layer');
	const x = g.input('x', ['tokens', 16]);
	g.output('y', g.rmsNorm(x, 'w', 1e-6), ['tokens', 16]);
	const loaded = await engine.load(g.build());
	expect(said).toHaveLength(1);
	expect(said[0]).toMatch(/row-norm kernel has a fault: .*internal compiler error/);
	await loaded.dispose();
});
