/** CPU emulations of a GPU, as Chromium names them. */
const SOFTWARE_NAMES = ['swiftshader', 'lavapipe', 'llvmpipe', 'warp', 'basic render'];

/** True for a CPU that emulates a GPU. */
export function isSoftwareAdapter(info: GPUAdapterInfo): boolean {
	const name = `${info.architecture} ${info.device} ${info.description}`.toLowerCase();
	return info.isFallbackAdapter || SOFTWARE_NAMES.some((software) => name.includes(software));
}
