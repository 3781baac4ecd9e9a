import type { ReportSection } from '../../machine/machine-report.ts';

/** What Chrome tells of itself, where it does. */
interface BrowserData {
	readonly brands: readonly { readonly brand: string; readonly version: string }[];
	getHighEntropyValues(hints: readonly string[]): Promise<Readonly<Record<string, unknown>>>;
}

type Machine = Navigator & { readonly userAgentData?: BrowserData; readonly deviceMemory?: number };

/** Of the page and the browser, not of the person. */
export async function pageFacts(appVersion: string): Promise<ReportSection> {
	const { userAgentData, deviceMemory, hardwareConcurrency, language }: Machine = navigator;
	const brands = userAgentData?.brands.map(({ brand, version }) => `${brand} ${version}`);
	const system = await userAgentData?.getHighEntropyValues(['platformVersion']);
	const isApp = matchMedia('(display-mode: standalone)').matches;
	return {
		title: 'Page',
		lines: [
			['version', appVersion],
			['time', new Date().toISOString()],
			['browser', brands?.join(', ') ?? navigator.userAgent],
			['system', [system?.['platform'], system?.['platformVersion']].join(' ')],
			['processors', hardwareConcurrency],
			['memory', deviceMemory === undefined ? 'not told' : `${deviceMemory} GB or more`],
			['isolated', crossOriginIsolated],
			['language', language],
			['hidden', document.hidden],
			['opened as', isApp ? 'an app' : 'a tab'],
			['storage persists', (await navigator.storage?.persisted()) ?? false],
		],
	};
}
