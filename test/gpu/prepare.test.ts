import { expect, it } from 'vitest';
import { FusedBlockEngine } from '../../src/gpu/fused/fused-block-engine.ts';
import { WorkSpeed } from '../../src/gpu/fused/probe/work-speed.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { GraphBuilder } from '../../src/graph/graph-builder.ts';

/** Results enough for another tile than a few rows of them would have. */
const [ROWS, DEPTH, COLUMNS] = [1024, 16, 1024];

/** A GPU whose speed is known and stays as it is. */
class FixedSpeed extends WorkSpeed {
	readonly #maxSubmitFlops: number;

	constructor(maxSubmitFlops: number) {
		super();
		this.#maxSubmitFlops = maxSubmitFlops;
	}

	override get isKnown(): boolean {
		return true;
	}

	override get maxSubmitFlops(): number {
		return this.#maxSubmitFlops;
	}
}

/** Texts of the shaders that a device compiles, from now on. */
function compiledOn(device: GPUDevice): readonly string[] {
	const texts: string[] = [];
	const create = device.createShaderModule.bind(device);
	device.createShaderModule = (descriptor: GPUShaderModuleDescriptor) => {
		texts.push(descriptor.code);
		return create(descriptor);
	};
	return texts;
}

/** What `prepare` compiled, and what `run` compiled after it. */
async function compiledAt(maxSubmitFlops: number) {
	using context = await GpuContext.open();
	const engine = await FusedBlockEngine.open(context, {
		findRefused: () => Promise.resolve(new Map()),
		speed: new FixedSpeed(maxSubmitFlops),
	});
	const g = new GraphBuilder('layer');
	const x = g.input('x', ['rows', DEPTH]);
	g.output('y', g.linear(x, 'w', COLUMNS), ['rows', COLUMNS]);
	const graph = g.build();
	const [inputs, outputs] = [{ x: [ROWS, DEPTH] }, { y: [ROWS, COLUMNS] }];
	const compiled = compiledOn(context.device);
	engine.prepare(graph, { inputs, outputs, inPlace: [] });
	// Shader modules are made at once, pipelines later.
	const prepared = [...compiled];
	const buffer = (elements: number): GPUBuffer =>
		context.createBuffer('activations', { size: elements * 4, usage: GPUBufferUsage.STORAGE });
	const byteLength = DEPTH * COLUMNS * 2;
	const loaded = await engine.load(graph);
	await loaded.run(
		{
			buffer: buffer(byteLength / 4),
			tensors: new Map([['w', { byteOffset: 0, byteLength }]]),
		},
		{ x: { buffer: buffer(ROWS * DEPTH), shape: inputs.x } },
		{ y: { buffer: buffer(ROWS * COLUMNS), shape: outputs.y } },
	);
	await context.idle();
	await loaded.dispose();
	return { prepared, compiledLater: compiled.slice(prepared.length) };
}

it('compiles ahead exactly what a run asks for, on slow GPUs and on fast ones', async () => {
	const slow = await compiledAt(1);
	const fast = await compiledAt(Infinity);
	for (const { prepared, compiledLater } of [slow, fast]) {
		expect(prepared).toHaveLength(1);
		expect(compiledLater).toEqual([]);
	}
	expect(slow.prepared, 'the speed makes no difference here').not.toEqual(fast.prepared);
});
