import { expect } from '@playwright/test';
import { type Damage, damageShard } from './damage-shard.ts';
import { countColours, pixelsOf, test } from './studio.ts';

const CASES: readonly { readonly damage: Damage; readonly says: RegExp }[] = [
	{ damage: 'delete', says: /is missing/ },
	{ damage: 'truncate', says: /is damaged/ },
];

for (const { damage, says } of CASES) {
	test(`after "${damage}" of a shard the page says so, and Repair mends it`, async ({
		page,
		studio,
	}) => {
		await studio.open();
		// The open engine may hold the file: damage happens between visits.
		await page.goto('harness.html');
		const damaged = await damageShard(page, damage);
		test.info().annotations.push({ type: 'damaged', description: damaged });

		await studio.open();
		await studio.write('a red circle', { steps: 1 });
		await studio.generate.click();
		await expect(studio.alert).toContainText(says, { timeout: 120_000 });
		await expect(studio.generate).toBeEnabled();

		await page.getByRole('button', { name: 'Repair' }).click();
		await expect(studio.generate).toBeEnabled();
		await studio.draw();
		expect(countColours(await pixelsOf(studio.picture('a red circle')))).toBeGreaterThan(50);
	});
}
