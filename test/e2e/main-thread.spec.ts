import { expect } from '@playwright/test';
import { test } from './studio.ts';

/** Milliseconds: what the browser itself calls a long task. */
const LONG = 50;

interface Monitor {
	readonly longTasks: number[];
	/** Longest time for which no timer could fire. */
	longestGap: number;
}

declare global {
	interface Window {
		mainThreadMonitor?: Monitor;
	}
}

test('the page stays responsive while a picture is drawn', async ({ page, studio }) => {
	await studio.open();
	await studio.write('a red circle', { steps: 2 });
	await page.evaluate(() => {
		const monitor: Monitor = { longTasks: [], longestGap: 0 };
		window.mainThreadMonitor = monitor;
		new PerformanceObserver((list) => {
			for (const { duration } of list.getEntries()) monitor.longTasks.push(duration);
		}).observe({ type: 'longtask' });
		let last = performance.now();
		setInterval(() => {
			const now = performance.now();
			monitor.longestGap = Math.max(monitor.longestGap, now - last);
			last = now;
		}, 4);
	});
	await studio.draw();
	const monitor = await page.evaluate(() => window.mainThreadMonitor);
	test.info().annotations.push({ type: 'longest gap', description: `${monitor?.longestGap} ms` });
	expect(monitor?.longTasks, `tasks over ${LONG} ms`).toEqual([]);
});
