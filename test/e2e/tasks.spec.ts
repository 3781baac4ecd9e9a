import { readFileSync } from 'node:fs';
import { expect, type Locator, type Page } from '@playwright/test';
import { LARGE_MODEL, ModelsDialog } from './models-dialog.ts';
import { test } from './studio.ts';

/** How a person works the page. */
type Way = 'mouse' | 'touch' | 'keyboard';

/** For a task, however it is done. */
const MOST_ACTIONS = 5;

/** Does things as a person would, and counts them: a click, a tap, a key, a text that is typed or a file that is given. */
class Hand {
	#actions = 0;

	constructor(
		readonly page: Page,
		readonly way: Way,
	) {}

	/** Presses a button: by keyboard where the focus was moved to, with Enter. */
	async press(target: Locator): Promise<void> {
		this.#actions += 1;
		if (this.way === 'mouse') await target.click();
		else if (this.way === 'touch') await target.tap();
		else await target.press('Enter');
	}

	async key(keys: string): Promise<void> {
		this.#actions += 1;
		await this.page.keyboard.press(keys);
	}

	async write(field: Locator, text: string): Promise<void> {
		this.#actions += 1;
		await field.fill(text);
	}

	/** A file that is dropped on the page, or pasted into it. */
	async give(png: Buffer, name: string): Promise<void> {
		this.#actions += 1;
		const how = this.way === 'mouse' ? 'drop' : 'paste';
		const transfer = await this.page.evaluateHandle(
			({ bytes, file }) => {
				const data = new DataTransfer();
				data.items.add(new File([new Uint8Array(bytes)], file, { type: 'image/png' }));
				return data;
			},
			{ bytes: [...png], file: name },
		);
		await this.page.evaluate(
			([type, data]) =>
				document.body.dispatchEvent(
					type === 'drop'
						? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
						: new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
				),
			[how, transfer] as const,
		);
	}

	/** Runs a task and holds it against the limit. */
	async task(name: string, act: () => Promise<void>): Promise<void> {
		await test.step(name, async () => {
			this.#actions = 0;
			await act();
			const counted = `${name}, by ${this.way}: ${this.#actions} actions`;
			test.info().annotations.push({ type: 'task', description: counted });
			expect(this.#actions, counted).toBeLessThanOrEqual(MOST_ACTIONS);
		});
	}
}

for (const way of ['mouse', 'touch', 'keyboard'] as const) {
	test.describe(`by ${way}`, () => {
		test.use(
			way === 'touch'
				? { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } }
				: {},
		);

		test('what people come for takes five actions at most', async ({ page, studio }) => {
			// Reading the real clipboard would make the browser ask.
			await page.addInitScript(() => {
				navigator.clipboard.writeText = async (text) => {
					document.documentElement.dataset['copied'] = text;
				};
			});
			const hand = new Hand(page, way);
			const tools = page.getByRole('group', { name: 'What to do with this picture' });
			const tool = (name: string) => tools.getByRole('button', { name, exact: true });
			const views = page.getByRole('navigation', { name: 'Views' });
			const tiles = page
				.getByRole('list', { name: 'History' })
				.getByRole('button', { name: /^Open/ });
			await studio.open();
			await fewSteps(page, way);

			await hand.task('draw', async () => {
				await hand.write(studio.prompt, 'a red circle');
				if (way === 'keyboard') await hand.key('Control+Enter');
				else await hand.press(studio.generate);
				await studio.finished();
			});

			await hand.task('draw again with another seed', async () => {
				await hand.press(tool('Vary'));
				await expect(studio.cancel).toBeVisible();
				await studio.finished();
			});

			await hand.task('compare two', async () => {
				await hand.press(tool('Compare'));
				const full = page.getByRole('dialog', { name: 'Full view' });
				await expect(full.getByRole('img')).toHaveCount(2);
				await hand.press(full.getByRole('button', { name: 'Close' }));
				await expect(full).toBeHidden();
			});

			await hand.task('share', async () => {
				await hand.press(tool('Copy link'));
				await expect(page.locator('html')).toHaveAttribute('data-copied', /#v=/);
			});

			const png = await test.step('save', async () => {
				const downloading = page.waitForEvent('download');
				await tool('Save PNG').click();
				return readFileSync(await (await downloading).path());
			});

			await hand.task('restore from a PNG', async () => {
				await studio.prompt.fill('');
				await hand.give(png, 'picture.png');
				await expect(studio.prompt).toHaveValue('a red circle');
			});

			await hand.task('find a picture by a word', async () => {
				if (way === 'touch') await hand.press(views.getByRole('button', { name: 'History' }));
				await hand.write(page.getByRole('searchbox'), 'circle');
				await expect(tiles).toHaveCount(2);
				await hand.press(tiles.last());
				await expect(studio.picture('a red circle')).toBeVisible();
			});

			await hand.task('free the disk of a model', async () => {
				const models = new ModelsDialog(page);
				await hand.press(page.getByRole('button', { name: 'Models', exact: true }).last());
				await expect(models.card(LARGE_MODEL)).toBeVisible();
				const demo = models.card('Shardlight demo');
				await hand.press(demo.getByRole('button', { name: 'Delete' }));
				await hand.press(
					demo.getByRole('group', { name: /^Delete/ }).getByRole('button', { name: 'Delete' }),
				);
				await expect(demo.getByText('Not installed')).toBeVisible();
			});
		});
	});
}

/** A picture of one step shows no less of the page. */
async function fewSteps(page: Page, way: Way): Promise<void> {
	const settings = page.getByRole('button', { name: 'Settings', exact: true });
	if (way === 'touch') await settings.tap();
	await page.getByLabel('Steps').fill('1');
	if (way === 'touch') await settings.tap();
}
