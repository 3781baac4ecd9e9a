import type { AdapterInfo } from '../../engine/engine.ts';

const VENDORS: Readonly<Record<string, string | undefined>> = {
	amd: 'AMD',
	apple: 'Apple',
	arm: 'Arm',
	intel: 'Intel',
	nvidia: 'NVIDIA',
	qualcomm: 'Qualcomm',
};

/** What a person calls a GPU; the same in every language. */
export function gpuName({ vendor, architecture, description }: AdapterInfo): string {
	return description || [VENDORS[vendor] ?? vendor, architecture].filter(Boolean).join(' ');
}
