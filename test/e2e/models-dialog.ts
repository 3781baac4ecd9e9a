import { type Locator, type Page, expect } from '@playwright/test';

export const LARGE_MODEL = 'Z-Image-Turbo';

/** The models dialog as a person meets it. */
export class ModelsDialog {
	readonly dialog: Locator;

	constructor(readonly page: Page) {
		this.dialog = page.getByRole('dialog', { name: 'Models' });
	}

	async open(): Promise<void> {
		await this.page.getByRole('button', { name: 'Models' }).click();
		await expect(this.card(LARGE_MODEL)).toBeVisible();
	}

	async close(): Promise<void> {
		await this.dialog.getByRole('button', { name: 'Close' }).click();
		await expect(this.dialog).toBeHidden();
	}

	card(model: string): Locator {
		return this.dialog.getByRole('listitem', { name: model });
	}

	button(model: string, name: string): Locator {
		return this.card(model).getByRole('button', { name });
	}

	async chooseSource(name: string): Promise<void> {
		await this.card(LARGE_MODEL).getByRole('radio', { name }).check();
	}

	/** Through the input that stands in where the browser's own picker is out of reach. */
	async chooseFolder(folder: string): Promise<void> {
		await this.chooseSource('This computer');
		await this.card(LARGE_MODEL).locator('input[webkitdirectory]').setInputFiles(folder);
	}

	async expectState(state: string): Promise<void> {
		await expect(this.card(LARGE_MODEL).getByText(state, { exact: true })).toBeVisible({
			timeout: 120_000,
		});
	}

	async delete(model: string): Promise<void> {
		await this.button(model, 'Delete').click();
		await this.card(model)
			.getByRole('group', { name: /^Delete/ })
			.getByRole('button', { name: 'Delete' })
			.click();
	}
}
