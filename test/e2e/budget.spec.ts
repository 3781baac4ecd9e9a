import { gzipSync } from 'node:zlib';
import { expect } from '@playwright/test';
import { calibratedTask } from './calibrated-task.ts';
import { mainThreadTasks } from './main-thread-tasks.ts';
import { test } from './studio.ts';

/** Gzipped; ONNX Runtime's WebAssembly is not counted, being no JavaScript. */
const MAX_SCRIPT_BYTES = 540_000;
/** A first visit's work until it takes input, counted in tasks of known work. */
const MOST_LONG_TASKS = 8;

test('a first visit loads less than 540 kB of JavaScript', async ({ page, studio }) => {
	const scripts = new Map<string, number>();
	page.context().on('response', (response) => {
		const { pathname } = new URL(response.url());
		if (!/\.m?js$/.test(pathname)) return;
		scripts.set(pathname, 0);
		void response.body().then((body) => scripts.set(pathname, gzipSync(body).byteLength));
	});
	await studio.open();
	// ONNX Runtime comes with the first picture.
	await studio.write('a red circle', { steps: 1 });
	await studio.draw();
	await expect.poll(() => Math.min(...scripts.values())).toBeGreaterThan(0);
	const bytes = [...scripts.values()].reduce((sum, size) => sum + size, 0);
	note('JavaScript, gzipped', `${(bytes / 1000).toFixed(0)} kB in ${scripts.size} files`);
	const names = [...scripts.keys()].map((path) => path.replace(/.*\//, ''));
	expect(names.some((name) => name.startsWith('engine.worker'))).toBe(true);
	expect(names.filter((name) => /bench|harness|verify|fit-preview/.test(name))).toEqual([]);
	expect(bytes).toBeLessThan(MAX_SCRIPT_BYTES);
});

test('the page takes input before anything of the engine or a model has come', async ({
	browser,
	page,
	gpuReady,
}) => {
	expect(gpuReady).toBe(true);
	const heldBack: string[] = [];
	// Never answered: whatever waits for them never happens.
	await page.route(/\.wasm$|worker[^/]*\.js$|\/models\//, (route) => {
		heldBack.push(new URL(route.request().url()).pathname);
	});
	const tasks = await mainThreadTasks(browser, page, async () => {
		await page.goto('./');
		const prompt = page.getByRole('textbox', { name: 'Prompt', exact: true });
		await prompt.fill('typed at once');
		await expect(prompt).toHaveValue('typed at once');
	});
	await expect.poll(() => heldBack.some((path) => path.includes('engine.worker'))).toBe(true);
	const longTask = await calibratedTask(browser, page);
	const work = tasks.reduce((sum, { cpu }) => sum + cpu, 0);
	note(
		'until it took input',
		`${work.toFixed(0)} ms of work, ${(work / longTask).toFixed(1)} long tasks`,
	);
	expect(work / longTask, 'work in long tasks').toBeLessThan(MOST_LONG_TASKS);
});

function note(type: string, description: string): void {
	console.log(`${type}: ${description}`);
	test.info().annotations.push({ type, description });
}
