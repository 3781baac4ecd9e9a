import type { MachineTester } from '../../engine/engine.ts';
import { type ReportSection, renderReport } from '../../machine/machine-report.ts';

export type MachineTestState =
	| { readonly type: 'idle' }
	/** @property section that is being made, in English as the report is */
	| { readonly type: 'running'; readonly section: string }
	| { readonly type: 'done'; readonly report: string };

export interface MachineTestOptions {
	readonly pageFacts: () => Promise<ReportSection>;
	/** What the page said last that went wrong. */
	readonly lastFault?: () => string | undefined;
}

/** The machine's report, made when asked for. */
export class MachineTest {
	readonly #tester: MachineTester;
	readonly #options: MachineTestOptions;

	state: MachineTestState = $state.raw({ type: 'idle' });

	constructor(tester: MachineTester, options: MachineTestOptions) {
		this.#tester = tester;
		this.#options = options;
	}

	/** Always ends in a report: it is most wanted where something does not work. */
	async run(): Promise<void> {
		if (this.state.type === 'running') return;
		const { pageFacts, lastFault } = this.#options;
		this.state = { type: 'running', section: 'Page' };
		const page = await pageFacts().catch((error: unknown) => failed('Page', error));
		const fault = lastFault?.();
		const faults =
			fault === undefined ? [] : [{ title: 'Fault', lines: [['said', fault]] } as const];
		const tell = (section: string): void => {
			this.state = { type: 'running', section };
		};
		const machine = await this.#tester
			.testMachine(tell)
			.catch((error: unknown) => [failed('Machine', error)]);
		this.state = { type: 'done', report: renderReport([page, ...faults, ...machine]) };
	}
}

function failed(title: string, error: unknown): ReportSection {
	return { title, lines: [['failed', String(error)]] };
}
