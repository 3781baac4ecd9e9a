import type { GpuContext } from '../../gpu-context.ts';
import {
	MATRIX_FEATURES,
	MATRIX_SIZE,
	MATRIX_SUBGROUP,
	matrixProbeWgsl,
} from '../../kernels/matrix/matrix-units.ts';
import type { MatrixUnits } from '../../kernels/dispatch/kernel-dispatch.ts';

/** What Chromium tells of an adapter's matrix units; not part of WebGPU's types yet. */
interface MatrixInfo {
	readonly subgroupMatrixConfigs?: Iterable<{
		readonly componentType: string;
		readonly resultComponentType: string;
		readonly M: number;
		readonly N: number;
		readonly K: number;
	}>;
}

/** True if the browser exposes units that our kernels can use: today only if it was started with flags. */
export function offersMatrixUnits({ adapterFeatures, adapterInfo }: GpuContext): boolean {
	const info: GPUAdapterInfo & MatrixInfo = adapterInfo;
	const isSubgroup =
		info.subgroupMinSize === MATRIX_SUBGROUP && info.subgroupMaxSize === MATRIX_SUBGROUP;
	const hasFeatures = MATRIX_FEATURES.every((feature) => adapterFeatures.has(feature));
	const hasShape = [...(info.subgroupMatrixConfigs ?? [])].some(
		({ componentType, resultComponentType, M, N, K }) =>
			componentType === 'f16' &&
			resultComponentType === 'f32' &&
			[M, N, K].every((extent) => extent === MATRIX_SIZE),
	);
	return hasFeatures && isSubgroup && hasShape;
}

/** Units that our kernels can use on a device that was asked for them; undefined where there are none. */
export async function findMatrixUnits(context: GpuContext): Promise<MatrixUnits | undefined> {
	const { device } = context;
	const isAsked = MATRIX_FEATURES.every((feature) => device.features.has(feature));
	if (!isAsked || !offersMatrixUnits(context)) return undefined;
	device.pushErrorScope('validation');
	device.createShaderModule({ label: 'matrix probe', code: matrixProbeWgsl('template') });
	const error = await device.popErrorScope();
	return { syntax: error === null ? 'template' : 'argument' };
}
