import type { Page } from '@playwright/test';

/** Overwrites some bytes in the middle of a model's shard in the browser's file system; its length stays. */
export async function flipBytes(page: Page, modelId: string, shard: string): Promise<void> {
	await page.evaluate(
		async ([model, name]) => {
			const root = await navigator.storage.getDirectory();
			const shards = await root.getDirectoryHandle('shardlight-shards');
			const folder = await shards.getDirectoryHandle(model);
			const file = await folder.getFileHandle(encodeURIComponent(name));
			const { size } = await file.getFile();
			const writable = await file.createWritable({ keepExistingData: true });
			const position = Math.floor(size / 2);
			await writable.write({ type: 'write', position, data: new Uint8Array(9).fill(0xa5) });
			await writable.close();
		},
		[modelId, shard] as const,
	);
}
