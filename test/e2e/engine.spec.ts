import { expect, type Locator, type Page } from '@playwright/test';
import { breakKernels } from '../fixtures/break-kernels.ts';
import { test } from './studio.ts';

const ORT = /^ONNX Runtime/;
const OWN = 'Shardlight’s own kernels';

/** The part of the page that says what draws. */
class EnginePanel {
	readonly region: Locator;
	/** Opens the choice, and names what draws while it is closed. */
	readonly summary: Locator;
	readonly status: Locator;

	constructor(page: Page) {
		this.region = page.getByRole('region', { name: 'Engine' });
		this.summary = this.region.locator('summary').last();
		this.status = this.region.getByRole('status');
	}

	choice(name: string | RegExp): Locator {
		return this.region.getByRole('radio', { name });
	}
}

test('the engine is chosen by keyboard, draws the next picture, and is remembered', async ({
	page,
	studio,
}) => {
	const engine = new EnginePanel(page);
	const plan = page.getByRole('region', { name: 'Memory' }).getByRole('status');
	await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	await studio.open();
	await studio.openMachine();
	await expect(engine.summary).toContainText(OWN);
	await expect(plan).toContainText('This size needs at least');
	const prompt = 'a red circle';
	await studio.write(prompt, { steps: 1, seed: 7 });

	await test.step('with the keyboard alone, and without losing what was written', async () => {
		await engine.summary.focus();
		await page.keyboard.press('Enter');
		await page.keyboard.press('Tab');
		await expect(engine.choice(OWN)).toBeFocused();
		await page.keyboard.press('ArrowDown');
		await expect(engine.choice(ORT)).toBeChecked();
		await expect(plan).toContainText('With this engine the budget limits the weights only');
		await expect(studio.prompt).toHaveValue(prompt);
	});

	await test.step('it draws, and cannot be changed meanwhile', async () => {
		await studio.generate.click();
		await expect(studio.cancel).toBeVisible();
		await expect(engine.choice(OWN)).toBeDisabled();
		await studio.finished();
		await expect(engine.choice(OWN)).toBeEnabled();
		await expect(studio.picture(prompt)).toBeVisible();
		await expect(engine.status).toBeEmpty();
	});

	await test.step('links to the picture say nothing of it', async () => {
		await page.getByRole('button', { name: 'Copy link' }).click();
		await expect(page.getByRole('button', { name: 'Link copied' })).toBeVisible();
		const link = await page.evaluate(() => navigator.clipboard.readText());
		expect(link).toContain('#');
		expect(link).not.toMatch(/engine|ort/i);
	});

	await test.step('the next visit draws with it too', async () => {
		await page.reload();
		await studio.openMachine();
		await expect(engine.summary).toContainText('ONNX Runtime');
		await expect(plan).toContainText('With this engine the budget limits the weights only');
	});

	await test.step('the address wins over it, for one visit', async () => {
		await page.goto('./?engine=fused');
		await studio.openMachine();
		await expect(engine.summary).toContainText(OWN);
		await expect(plan).toContainText('This size needs at least');
		await engine.summary.click();
		await expect(engine.choice(OWN)).toBeChecked();
		await expect(engine.choice(ORT)).toBeDisabled();
		await expect(engine.region).toContainText('for this visit only');
		await page.goto('./');
		await studio.openMachine();
		await expect(engine.summary).toContainText('ONNX Runtime');
	});
});

test('matrix units are offered only where there are any, and the page says so to who asks for them', async ({
	page,
	studio,
}) => {
	const engine = new EnginePanel(page);
	await studio.open();
	await studio.openMachine();
	await engine.summary.click();
	await expect(engine.choice(OWN)).toBeChecked();
	await expect(engine.choice(/matrix units/)).toHaveCount(0);
	await page.goto('./?engine=matrix');
	await studio.openMachine();
	await expect(engine.status).toContainText('This browser does not expose matrix units');
	await studio.write('a red circle', { steps: 1, seed: 7 });
	await studio.draw();
	await expect(studio.picture('a red circle')).toBeVisible();
});

test.describe('on a driver that does not compile a kernel', () => {
	// A service worker would answer for the engine's script.
	test.use({ serviceWorkers: 'block' });

	test('the page says which part runs on ONNX Runtime, why, and until when', async ({
		page,
		studio,
	}) => {
		await breakInEngine(page, 'group norm');
		const engine = new EnginePanel(page);
		await studio.open();
		await studio.openMachine();
		await expect(engine.status).toContainText(
			'Our own kernels do not work for the image decoder (VAE) on this GPU',
		);
		await engine.status.getByText('Details').click();
		await expect(engine.status.getByText(/^vae\..*internal compiler error/)).toBeVisible();
		await expect(page.getByRole('region', { name: 'Compose' }).getByRole('alert')).toHaveCount(0);

		await studio.write('a red circle', { steps: 1, seed: 7 });
		await studio.draw();
		await expect(studio.picture('a red circle')).toBeVisible();
		await expect(engine.status).toContainText('so ONNX Runtime takes over');

		await engine.summary.click();
		await engine.choice(ORT).check();
		await expect(engine.status).toBeEmpty();
		// The other engine's script may be on its way still.
		await page.unrouteAll({ behavior: 'ignoreErrors' });
	});

	test('the command line tools say so too', async ({ page, gpuReady }) => {
		expect(gpuReady).toBe(true);
		const lines: string[] = [];
		await page.exposeFunction('shardlightProgress', (line: string) => void lines.push(line));
		await breakInEngine(page, 'group norm');
		await page.goto('./harness.html');
		const outcome = await page.evaluate(() =>
			window.shardlightHarness?.generate({ prompt: 'a red circle', seed: 7, steps: 1 }),
		);
		expect(outcome?.ok).toBe(true);
		const said = lines.filter((line) => line.includes('ONNX Runtime'));
		expect(said).toEqual([expect.stringMatching(/^the vae runs on ONNX Runtime.*compiler error/)]);
	});
});

/** Breaks kernels where the page's engine lives. */
async function breakInEngine(page: Page, words: string): Promise<void> {
	await page.route(/\/engine\.worker[^/]*\.js$/, async (route) => {
		const response = await route.fetch();
		const body = `(${breakKernels.toString()})(${JSON.stringify(words)});${await response.text()}`;
		await route.fulfill({ response, body });
	});
}
