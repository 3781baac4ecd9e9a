import type { Browser, Page } from '@playwright/test';
import { mainThreadTasks } from './main-thread-tasks.ts';

/** Turns of the loop below: a task of 50 ms, what browsers call a long one, where these tests were written. */
const TURNS = 11_000_000;
const LOOPS = 3;

/**
 * Processor time of a task of known work on a page's main thread, in milliseconds: what the same machine
 * takes for other tasks is measured by it.
 */
export async function calibratedTask(browser: Browser, page: Page): Promise<number> {
	const tasks = await mainThreadTasks(browser, page, async () => {
		for (let loop = 0; loop < LOOPS; loop++) await page.evaluate(turn, TURNS);
	});
	const longest = tasks.map(({ cpu }) => cpu).sort((a, b) => b - a);
	return longest[LOOPS - 1] ?? 0;
}

/** Runs in the page. */
function turn(turns: number): number {
	let sum = 0;
	for (let i = 0; i < turns; i++) sum = (Math.imul(sum, 31) + i) | 0;
	return sum;
}
