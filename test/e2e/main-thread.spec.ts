import { expect } from '@playwright/test';
import { chromeLaunch } from '../../scripts/webgpu/launch-options.ts';
import { mainThreadTasks } from './main-thread-tasks.ts';
import { test } from './studio.ts';

/** Milliseconds: what the browser itself calls a long task. */
const LONG = 50;

test('the page stays responsive while a picture is drawn', async ({ browser, page, studio }) => {
	await studio.open();
	await studio.write('a red circle', { steps: 2 });
	const tasks = await mainThreadTasks(browser, page, () => studio.draw());
	expect(tasks.length).toBeGreaterThan(0);
	// A software GPU takes the processor away from the page: then a task lasts long without doing much.
	const { software } = chromeLaunch();
	const longest = Math.max(...tasks.map(({ cpu, wall }) => (software ? cpu : wall)));
	test.info().annotations.push({ type: 'longest task', description: `${longest.toFixed(1)} ms` });
	expect(longest, 'milliseconds of the longest task').toBeLessThanOrEqual(LONG);
});
