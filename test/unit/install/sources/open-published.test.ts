import { expect, it } from 'vitest';
import { openPublished } from '../../../../src/install/sources/open-published.ts';
import type { PublishedModel } from '../../../../src/families/parts/published-model.ts';
import { GOLDEN_CARD, goldenConfigs } from '../../../fixtures/golden-model.ts';
import { HubServer } from '../../../fixtures/hub-server.ts';
import { pinnedFile } from '../../../fixtures/pinned-file.ts';

const VOCABULARY = Buffer.from(JSON.stringify({ model: {} }));
const repository = { repository: 'owner/name', revision: 'commit' };
const MODEL: PublishedModel = {
	card: GOLDEN_CARD,
	downloads: [{ id: 'comfy', publisher: 'comfy', dtype: 'BF16', ...repository, weights: {} }],
	tokenizers: {
		tokenizer: {
			...repository,
			vocabulary: pinnedFile('tokenizer.json', VOCABULARY),
			config: { path: 'tokenizer_config.json' },
		},
	},
	configs: goldenConfigs(),
};

async function openFrom(files: ReadonlyMap<string, Buffer>) {
	const hub = new HubServer((name) => files.get(name), { tells: false });
	try {
		return await openPublished(MODEL, 'comfy', await hub.start());
	} finally {
		await hub.stop();
	}
}

it('takes a tokenizer’s config of unknown size and hash from a hub that says nothing of it', async () => {
	const config = Buffer.from('{"add_bos_token": false}');
	const files = new Map([
		['tokenizer.json', VOCABULARY],
		['tokenizer_config.json', config],
	]);
	const { tokenizer } = (await openFrom(files)).tokenizers;
	expect(Buffer.from(tokenizer.config)).toEqual(config);
	expect(Buffer.from(tokenizer.vocabulary)).toEqual(VOCABULARY);
});

it('refuses a config that is cut off, and a vocabulary that is another one', async () => {
	const cut = new Map([
		['tokenizer.json', VOCABULARY],
		['tokenizer_config.json', Buffer.from('{"add_bos_tok')],
	]);
	await expect(openFrom(cut)).rejects.toMatchObject({ code: 'download' });
	const other = Buffer.from(JSON.stringify({ mod3l: {} }));
	const wrong = new Map([...cut, ['tokenizer.json', other]]);
	await expect(openFrom(wrong)).rejects.toMatchObject({ code: 'integrity' });
});
