import { beforeAll, describe, expect, it } from 'vitest';
import { PlannedGraph } from '../../src/gpu/fused/plan/planned-graph.ts';
import { planFusedRun } from '../../src/gpu/fused/run/plan-fused-run.ts';
import { CheckTensors } from '../../src/gpu/kernels/checks/check-tensors.ts';
import type { KernelDispatch } from '../../src/gpu/kernels/dispatch/kernel-dispatch.ts';
import { type TileLevel, TileRules } from '../../src/gpu/kernels/dispatch/tile-rules.ts';
import { kernelChecks } from '../../src/gpu/kernels/kernel-checks.ts';
import { measurePicture } from '../../src/pipeline/measure-picture.ts';
import { fullSizeModel, H100 } from '../fixtures/full-size-model.ts';
import { type Shader, type ShaderStatistics, stubStatistics } from './stub-statistics.ts';

/** Of each generation one that the shim knows. */
const GPUS = [
	['polaris10', 'GCN 4'],
	['navi10', 'RDNA 1'],
	['navi21', 'RDNA 2'],
	['navi31', 'RDNA 3'],
] as const;

/** What Direct3D and Metal give a workgroup. */
const MOST_WORKGROUP_BYTES = 32 * 1024;
/** With fewer than 5 of their wavefronts on a unit, GPUs wait for memory. */
const SAFE_LINEAR_REGISTERS = 128;
const SAFE_WORKGROUP_BYTES = 16 * 1024;
/** The largest has 4,500: more would be a loop that was written out by mistake. */
const MOST_INSTRUCTIONS = 6000;

describe.each(GPUS)('on %s (%s)', (gpu) => {
	let safe: readonly ShaderStatistics[];
	let tuned: readonly ShaderStatistics[];

	beforeAll(async () => {
		const safeShaders = await shadersOf('safe');
		const known = new Set(safeShaders.map(({ wgsl }) => wgsl));
		const others = (await shadersOf('tuned')).filter(({ wgsl }) => !known.has(wgsl));
		const all = stubStatistics(gpu, [...safeShaders, ...others]);
		safe = all.slice(0, safeShaders.length);
		tuned = all.slice(safeShaders.length);
		console.log(`${gpu}: ${summary(safe)}; tuned: ${summary(tuned)}`);
	});

	it('no shader in use spills registers, whichever tiles have won', () => {
		for (const { label, spilled, scratchBytes } of [...safe, ...tuned]) {
			expect({ label, spilled, scratchBytes }).toEqual({ label, spilled: 0, scratchBytes: 0 });
		}
	});

	it('safe tiles leave room for other workgroups', () => {
		for (const { label, registers, workgroupBytes } of safe) {
			expect(workgroupBytes, label).toBeLessThanOrEqual(SAFE_WORKGROUP_BYTES);
			if (label.includes('| linear ') && label.includes('32x64x16')) {
				expect(registers, label).toBeLessThanOrEqual(SAFE_LINEAR_REGISTERS);
			}
		}
	});

	it('all shaders stay within what every system gives, and none is written out without end', () => {
		for (const { label, workgroupBytes, instructions } of [...safe, ...tuned]) {
			expect(workgroupBytes, label).toBeLessThanOrEqual(MOST_WORKGROUP_BYTES);
			expect(instructions, label).toBeLessThanOrEqual(MOST_INSTRUCTIONS);
		}
	});
});

/** Of a picture of the published model, and of the self-test. */
async function shadersOf(level: TileLevel): Promise<readonly Shader[]> {
	const limits = {
		...H100.limits,
		maxComputeWorkgroupStorageSize: MOST_WORKGROUP_BYTES,
	};
	const target = { ...H100, limits, tiles: new TileRules(level) };
	const shaders = new Map<string, string>();
	const collect = (dispatches: readonly KernelDispatch<unknown>[]): void => {
		for (const { label, wgsl, tile = '' } of dispatches) shaders.set(wgsl, `${label} | ${tile}`);
	};
	const model = fullSizeModel((graph, run) => {
		const { dispatches, scratchBytes } = planFusedRun(new PlannedGraph(graph), run, target);
		collect(dispatches);
		return scratchBytes;
	});
	await measurePicture(model, { width: 1024, height: 1024, steps: 9 });
	for (const { dispatches } of kernelChecks(new CheckTensors(() => 0), target)) collect(dispatches);
	return [...shaders].map(([wgsl, label]) => ({ wgsl, label: `${level} ${label}` }));
}

function summary(statistics: readonly ShaderStatistics[]): string {
	const most = (name: 'registers' | 'workgroupBytes' | 'instructions'): number =>
		Math.max(...statistics.map((each) => each[name]));
	return (
		`${statistics.length} shaders, at most ${most('registers')} registers, ` +
		`${most('workgroupBytes')} B, ${most('instructions')} instructions`
	);
}
