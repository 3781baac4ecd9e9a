// Compiles shaders on a device that is a stub of Mesa's: its compiler is the real one, and says on the standard error
// output what came of each. Argument: a JSON file of [{ label, wgsl }].
import { readFileSync, writeSync } from 'node:fs';
import { create, globals } from 'webgpu';

const STANDARD_ERROR = 2;
const LIMITS = [
	'maxComputeWorkgroupStorageSize',
	'maxComputeInvocationsPerWorkgroup',
	'maxComputeWorkgroupSizeX',
	'maxComputeWorkgroupSizeY',
	'maxStorageBuffersPerShaderStage',
];

Object.assign(globalThis, globals);
const adapter = await create(['backend=vulkan']).requestAdapter();
if (adapter === null) throw new Error('The stub shows no adapter');
const device = await adapter.requestDevice({
	requiredLimits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
});
for (const { label, wgsl } of JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))) {
	writeSync(STANDARD_ERROR, `\n== ${label}\n`);
	const module = device.createShaderModule({ code: wgsl });
	device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
}
// The device of a stub is not to be torn down.
process.exit(0);
