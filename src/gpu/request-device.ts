import { WebGpuUnavailableError } from './errors.ts';

const NAMED_LIMITS = [
	'maxBufferSize',
	'maxStorageBufferBindingSize',
	'maxStorageBuffersPerShaderStage',
	'maxComputeWorkgroupStorageSize',
	'maxComputeInvocationsPerWorkgroup',
	'maxComputeWorkgroupSizeX',
	'maxComputeWorkgroupSizeY',
	'maxComputeWorkgroupSizeZ',
	'maxComputeWorkgroupsPerDimension',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/**
 * While the browser's GPU process starts, for the first time or after a crash, there is no adapter for a
 * moment, or one that is gone before its device comes.
 */
const START_PATIENCE_MS = 2000;
const RETRY_MS = 200;
/** For one answer: a GPU process that lives takes milliseconds, one that crashes answers at once, one that hangs never does. */
const ANSWER_PATIENCE_MS = 20_000;

/** A device and the adapter that it is of. */
export interface RequestedDevice {
	readonly device: GPUDevice;
	readonly adapterInfo: GPUAdapterInfo;
	readonly adapterFeatures: ReadonlySet<string>;
}

/** A feature, or several that are of use only together. */
export type WantedFeature = string | readonly string[];

/**
 * Requests a device with all the limits that the adapter has and no optional feature: none is needed,
 * and with `subgroups` some of ORT's shaders are wrong on adapters with subgroups of 4 or 8.
 *
 * @param wantedFeatures asked for where the adapter has them
 * @throws WebGpuUnavailableError after 42 s at the latest
 */
export async function requestDevice(
	wantedFeatures: readonly WantedFeature[],
): Promise<RequestedDevice> {
	const gpu = (globalThis.navigator as Navigator & { readonly gpu?: GPU }).gpu;
	if (gpu === undefined) {
		throw new WebGpuUnavailableError('no-webgpu');
	}
	const giveUpAt = performance.now() + START_PATIENCE_MS;
	for (;;) {
		try {
			return await requestOnce(gpu, wantedFeatures);
		} catch (error) {
			if (performance.now() > giveUpAt) throw error;
		}
		await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
	}
}

async function requestOnce(
	gpu: GPU,
	wantedFeatures: readonly WantedFeature[],
): Promise<RequestedDevice> {
	const adapter = await answered(gpu.requestAdapter({ powerPreference: 'high-performance' }));
	if (adapter === null) {
		throw new WebGpuUnavailableError('no-adapter');
	}
	const requiredLimits = Object.fromEntries(
		NAMED_LIMITS.map((limit) => [limit, adapter.limits[limit]]),
	);
	const hasFeature = isFeatureOf(adapter);
	const requiredFeatures = wantedFeatures
		.map((wanted) => (typeof wanted === 'string' ? [wanted] : wanted))
		.flatMap((together) => (together.every(hasFeature) ? together.filter(hasFeature) : []));
	const requested = adapter.requestDevice({ requiredLimits, requiredFeatures });
	try {
		const device = await answered(requested);
		return { device, adapterInfo: adapter.info, adapterFeatures: adapter.features };
	} catch (cause) {
		requested.then(
			(unwanted) => unwanted.destroy(),
			() => undefined,
		);
		if (cause instanceof WebGpuUnavailableError) throw cause;
		throw new WebGpuUnavailableError('refused', String(cause), { cause });
	}
}

async function answered<Answer>(request: Promise<Answer>): Promise<Answer> {
	const { promise: silence, reject } = Promise.withResolvers<never>();
	const timer = setTimeout(() => {
		reject(new WebGpuUnavailableError('silent'));
	}, ANSWER_PATIENCE_MS);
	try {
		return await Promise.race([request, silence]);
	} finally {
		clearTimeout(timer);
	}
}

/** Experimental features have names that the type does not list. */
function isFeatureOf(adapter: GPUAdapter): (name: string) => name is GPUFeatureName {
	return (name): name is GPUFeatureName => adapter.features.has(name);
}
