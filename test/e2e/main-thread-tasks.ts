import type { Browser, Page } from '@playwright/test';

/** One task of a page's main thread, in milliseconds. */
export interface MainThreadTask {
	/** From its start to its end, time in which another program had the processor included. */
	readonly wall: number;
	/** Time on the processor. */
	readonly cpu: number;
}

interface TraceEvent {
	readonly name: string;
	readonly ph: string;
	readonly pid: number;
	readonly tid: number;
	/** Microseconds, like `tdur`. */
	readonly dur?: number;
	readonly tdur?: number;
	readonly args: { readonly name?: string };
}

/** Runs `work` and lists the tasks that the page's main thread did meanwhile, as Chrome traced them. */
export async function mainThreadTasks(
	browser: Browser,
	page: Page,
	work: () => Promise<void>,
): Promise<readonly MainThreadTask[]> {
	const categories = ['__metadata', 'disabled-by-default-devtools.timeline'];
	await browser.startTracing(page, { categories });
	await work();
	const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
		readonly traceEvents: readonly TraceEvent[];
	};
	const mainThreads = new Set(
		traceEvents
			.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
			.map(threadOf),
	);
	return traceEvents
		.filter(({ name, ph }) => name === 'RunTask' && ph === 'X')
		.filter((event) => mainThreads.has(threadOf(event)))
		.map(({ dur = 0, tdur = 0 }) => ({ wall: dur / 1000, cpu: tdur / 1000 }));
}

function threadOf({ pid, tid }: TraceEvent): string {
	return `${pid}/${tid}`;
}
