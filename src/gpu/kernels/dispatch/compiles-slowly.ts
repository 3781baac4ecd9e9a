import { isSoftwareAdapter } from '../../software-adapter.ts';

/**
 * True where a shader takes seconds: on a software GPU, and where Chromium compiles for Direct3D by FXC because the
 * driver is too old for DXC. DXC comes with subgroups everywhere but on Intel's ninth generation.
 */
export function compilesSlowly(
	info: GPUAdapterInfo,
	features: ReadonlySet<string>,
	userAgent: string,
): boolean {
	if (isSoftwareAdapter(info)) return true;
	const isWindows = userAgent.includes('Windows');
	const hidesSubgroups = info.vendor === 'intel' && info.architecture === 'gen-9';
	return isWindows && !features.has('subgroups') && !hidesSubgroups;
}
