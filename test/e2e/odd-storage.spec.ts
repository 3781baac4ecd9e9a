import { expect, type Page } from '@playwright/test';
import { LARGE_MODEL, ModelsDialog } from './models-dialog.ts';
import { test } from './studio.ts';

type Rows = readonly (readonly [key: string, value: unknown])[];

/** Writes into a database of the page as another version, or a damaged disk, may have. */
async function writeRows(page: Page, name: string, store: string, rows: Rows): Promise<void> {
	await page.evaluate(
		async ([databaseName, storeName, entries]) => {
			const database = await new Promise<IDBDatabase>((resolve, reject) => {
				const request = indexedDB.open(databaseName);
				request.onsuccess = () => resolve(request.result);
				request.onerror = () => reject(request.error ?? new Error('not opened'));
			});
			const transaction = database.transaction(storeName, 'readwrite');
			for (const [key, value] of entries) transaction.objectStore(storeName).put(value, key);
			await new Promise((resolve) => (transaction.oncomplete = resolve));
			database.close();
		},
		[name, store, rows] as const,
	);
}

test('rows that this version has not written cost nothing: the page starts, lists its models and draws', async ({
	page,
	studio,
}) => {
	await studio.open();
	await writeRows(page, 'shardlight-manifests', 'manifests', [
		['x', { id: 'x', version: 9 }],
		['y', 'garbage'],
		['z', { id: 'z', version: 2, family: 'z-image' }],
		['z-image-turbo', { id: 'demo', version: 1 }],
	]);
	await writeRows(page, 'shardlight-placements', 'placements', [['demo', 'floppy']]);
	await writeRows(page, 'shardlight-journals', 'journals', [
		['z-image-turbo', { version: 1 }],
		['demo', { version: 1, modelId: 'demo', source: 7 }],
	]);
	await page.reload();
	await expect(studio.generate).toBeEnabled();
	await studio.write('a red circle', { steps: 1 });
	await studio.draw();

	const models = new ModelsDialog(page);
	await models.open();
	await expect(models.card(LARGE_MODEL).getByText('Not installed')).toBeVisible();

	for (const row of ['garbage', { id: 'demo', version: 1 }, 7]) {
		await writeRows(page, 'shardlight-manifests', 'manifests', [['demo', row]]);
		await page.reload();
		await expect(studio.generate).toBeEnabled();
	}
});

test('a history that a newer version has upgraded is left at its version, and pictures are kept in it', async ({
	page,
	studio,
}) => {
	await studio.open();
	await page.goto('./THIRD-PARTY-NOTICES.txt');
	await page.evaluate(
		() =>
			new Promise<void>((resolve, reject) => {
				const request = indexedDB.open('shardlight-history', 99);
				request.onupgradeneeded = () => request.result.createObjectStore('of the future');
				request.onsuccess = () => {
					request.result.close();
					resolve();
				};
				request.onerror = () => reject(request.error ?? new Error('not opened'));
			}),
	);
	await studio.open();
	await studio.write('a red circle', { steps: 1 });
	await studio.draw();
	await expect(page.getByRole('button', { name: /^Open / })).toHaveCount(1);
	const version = await page.evaluate(async () => {
		const databases = await indexedDB.databases();
		return databases.find(({ name }) => name === 'shardlight-history')?.version;
	});
	expect(version).toBe(99);
});

test('another tab may delete every database while the page is open, and a reload begins anew', async ({
	page,
	context,
	studio,
}) => {
	await studio.open();
	const other = await context.newPage();
	await other.goto('./THIRD-PARTY-NOTICES.txt');
	const deleted = await other.evaluate(async () => {
		const names = (await indexedDB.databases()).flatMap(({ name }) => name ?? []);
		const remove = (name: string) =>
			new Promise<string>((resolve) => {
				const request = indexedDB.deleteDatabase(name);
				request.onsuccess = () => resolve(name);
				request.onerror = () => resolve(`${name}: ${String(request.error)}`);
			});
		return Promise.all(names.map(remove)).then((all) => ({ names, all }));
	});
	expect(deleted.all).toEqual(deleted.names);
	await page.reload();
	await expect(studio.generate).toBeEnabled();
	await studio.write('a red circle', { steps: 1 });
	await studio.draw();
});

test('data that is cleared while the page is open is fetched again', async ({ page, studio }) => {
	await studio.open();
	const session = await page.context().newCDPSession(page);
	const origin = new URL(page.url()).origin;
	await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
	await page.reload();
	await expect(studio.generate).toBeEnabled();
	await studio.write('a red circle', { steps: 1 });
	await studio.draw();
});
