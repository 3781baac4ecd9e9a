import { expect } from '@playwright/test';
import { calibratedTask } from './calibrated-task.ts';
import { mainThreadTasks } from './main-thread-tasks.ts';
import { test } from './studio.ts';

test('the page stays responsive while a picture is drawn', async ({ browser, page, studio }) => {
	await studio.open();
	await studio.write('a red circle', { steps: 2 });
	const tasks = await mainThreadTasks(browser, page, () => studio.draw());
	expect(tasks.length).toBeGreaterThan(0);
	const longTask = await calibratedTask(browser, page);
	// Of the processor, not of the clock: other programs take it away from the page.
	const longest = Math.max(...tasks.map(({ cpu }) => cpu));
	const wall = Math.max(...tasks.map((task) => task.wall));
	const description =
		`${longest.toFixed(1)} ms of the processor (the longest by the clock: ${wall.toFixed(1)} ms); ` +
		`a long task takes ${longTask.toFixed(1)} ms`;
	console.log(`longest task: ${description}`);
	test.info().annotations.push({ type: 'longest task', description });
	expect(longest / longTask, 'the longest task in long tasks').toBeLessThanOrEqual(1);
});
