import { compilesSlowly } from '../gpu/kernels/dispatch/compiles-slowly.ts';
import type { ReportLine, ReportSection } from './machine-report.ts';

/** What Chrome tells beside the standard where "WebGPU Developer Features" is switched on. */
const EXTRAS = [
	'backend',
	'type',
	'driver',
	'vkDriver',
	'd3dShaderModel',
	'powerPreference',
] as const;

interface MemoryHeap {
	readonly size: number;
	readonly properties: number;
}

type Info = GPUAdapterInfo &
	Partial<Record<(typeof EXTRAS)[number], unknown>> & {
		readonly memoryHeaps?: readonly MemoryHeap[];
	};

/** The GPU that drawing uses, and the one for saving power: on many laptops another. */
export async function describeAdapters(): Promise<readonly ReportSection[]> {
	const { gpu } = navigator as Partial<Pick<Navigator, 'gpu'>>;
	if (gpu === undefined) return [{ title: 'GPU', lines: [['WebGPU', 'absent']] }];
	const sections = [];
	for (const powerPreference of ['high-performance', 'low-power'] as const) {
		const adapter = await gpu.requestAdapter({ powerPreference });
		const lines: readonly ReportLine[] =
			adapter === null ? [['adapter', 'none']] : adapterLines(adapter);
		sections.push({ title: `GPU ${powerPreference}`, lines });
	}
	const [language] = [gpu.wgslLanguageFeatures];
	return [...sections, { title: 'WGSL', lines: [['features', [...language].sort().join(' ')]] }];
}

function adapterLines({ info, limits, features }: GPUAdapter): readonly ReportLine[] {
	const { vendor, architecture, device, description, isFallbackAdapter } = info;
	const extended: Info = info;
	const extras = EXTRAS.flatMap((name): readonly ReportLine[] =>
		extended[name] === undefined ? [] : [[name, JSON.stringify(extended[name])]],
	);
	const heaps = (extended.memoryHeaps ?? []).map(({ size, properties }): ReportLine => [
		'memory heap',
		`${size} bytes, properties ${properties}`,
	]);
	return [
		...([
			['vendor', vendor],
			['architecture', architecture],
			['device', device],
			['description', description],
			['subgroups', `${info.subgroupMinSize} to ${info.subgroupMaxSize}`],
			['isFallbackAdapter', isFallbackAdapter],
			['compiles slowly', compilesSlowly(info, features, navigator.userAgent)],
		] as const),
		...extras,
		...heaps,
		['features', [...features].sort().join(' ')],
		...limitLines(limits),
	];
}

function limitLines(limits: GPUSupportedLimits): readonly ReportLine[] {
	const names: string[] = [];
	for (const name in limits) names.push(name);
	return names
		.filter((name) => typeof limits[name as keyof GPUSupportedLimits] === 'number')
		.sort()
		.map((name): ReportLine => [name, limits[name as 'maxBufferSize']]);
}
