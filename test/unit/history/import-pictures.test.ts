import { encode } from 'fast-png';
import { beforeEach, describe, expect, it } from 'vitest';
import { HistoryFullError } from '../../../src/history/errors.ts';
import type { HistoryEntry } from '../../../src/history/history-entry.ts';
import { type ImportReport, importPictures } from '../../../src/history/import-pictures.ts';
import { pictureFiles } from '../../../src/history/picture-files.ts';
import type { BroughtPicture } from '../../../src/history/picture-history.ts';
import { type PictureSummary, summaryOf } from '../../../src/history/picture-summary.ts';
import { makeTextChunk } from '../../../src/share/pictures/png-text.ts';
import { embedRecipe } from '../../../src/share/pictures/embed-recipe.ts';

const RECIPE = { prompt: 'a fox', seed: 7, width: 32, height: 16, steps: 8 };
const MODEL = { id: 'demo', revision: '1' };

function plainPng(grey = 0): Uint8Array<ArrayBuffer> {
	const data = new Uint8Array(32 * 16 * 3).fill(grey);
	return Uint8Array.from(encode({ width: 32, height: 16, channels: 3, data }));
}

async function drawn(seed: number, grey?: number): Promise<Uint8Array<ArrayBuffer>> {
	return embedRecipe(plainPng(grey), { ...RECIPE, seed }, MODEL, '0.1.0');
}

async function withText(text: string): Promise<Uint8Array<ArrayBuffer>> {
	const png = plainPng();
	const { bytes } = await makeTextChunk('parameters', text);
	// After the signature and the header.
	return new Uint8Array(await new Blob([png.slice(0, 33), bytes, png.slice(33)]).arrayBuffer());
}

const file = (name: string, bytes: BlobPart, lastModified = 5): File =>
	new File([bytes], name, { lastModified });

class Kept {
	readonly pictures: (BroughtPicture & { readonly id: number })[] = [];
	full = false;

	async bring(picture: BroughtPicture): Promise<HistoryEntry> {
		if (this.full) throw new HistoryFullError();
		const id = this.pictures.length + 1;
		this.pictures.push({ ...picture, id });
		return { ...picture, id, thumbnail: new Blob(), warnings: [] };
	}

	async png(id: number): Promise<Blob> {
		return this.pictures[id - 1]?.file ?? new Blob();
	}

	get known(): readonly PictureSummary[] {
		return this.pictures.map((one) => summaryOf({ ...one, thumbnail: new Blob(), warnings: [] }));
	}
}

describe('importing pictures', () => {
	let history: Kept;
	beforeEach(() => {
		history = new Kept();
	});

	async function bring(...files: readonly File[]): Promise<ImportReport> {
		return importPictures(pictureFiles(files), { history, known: history.known });
	}

	it('keeps their bytes, their recipes and their times', async () => {
		const bytes = await drawn(7);
		expect(await bring(file('a.png', bytes, 1234))).toEqual({
			...{ added: [1], duplicates: 0, refused: [] },
		});
		const [picture] = history.pictures;
		expect(picture).toMatchObject({ recipe: RECIPE, model: MODEL, createdAt: 1234 });
		expect(new Uint8Array(await (picture?.file ?? new Blob()).arrayBuffer())).toEqual(bytes);
	});

	it('brings each once, also those that were here before', async () => {
		await bring(file('a.png', await drawn(7)));
		const again = [file('b.png', await drawn(7)), file('c.png', await drawn(8))];
		expect(await bring(...again, ...again)).toMatchObject({ added: [2], duplicates: 3 });
	});

	it('tells pictures of one recipe apart by what they show', async () => {
		const report = await bring(file('a.png', await drawn(7)), file('b.png', await drawn(7, 99)));
		expect(report.added).toHaveLength(2);
	});

	it('names files without a recipe, and those that are no PNG inside', async () => {
		const report = await bring(
			...[file('photo.png', plainPng()), file('lies.png', 'text'), file('a.png', await drawn(1))],
			...[file('no-seed.png', await withText('a fox\nSteps: 4, Sampler: Euler, Size: 32x16'))],
		);
		expect(report.refused).toEqual(['photo.png', 'lies.png', 'no-seed.png']);
		expect(report.added).toHaveLength(1);
	});

	it('reads what AUTOMATIC1111 wrote, with the model that it names', async () => {
		const text =
			'a fox\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 64x64, Model: juggernaut';
		await bring(file('a.png', await withText(text)));
		expect(history.pictures[0]).toMatchObject({
			recipe: { prompt: 'a fox', seed: 5, steps: 20, width: 64, height: 64, guidanceScale: 7 },
			model: { id: 'juggernaut' },
		});
	});

	it('takes no other files, and opens zips', async () => {
		const { downloadZip } = await import('client-zip');
		const inside = [
			{ name: 'folder/x.png', input: await drawn(5), lastModified: new Date(2026, 1, 3, 4, 5, 6) },
			{ name: 'notes.txt', input: 'notes' },
		];
		const zip = await downloadZip(inside).arrayBuffer();
		const report = await bring(file('notes.txt', 'notes'), file('pictures.ZIP', zip));
		expect(report).toMatchObject({ added: [1], refused: [] });
		expect(history.pictures[0]?.createdAt).toBe(new Date(2026, 1, 3, 4, 5, 6).getTime());
	});

	it('stops where the disk is full', async () => {
		history.full = true;
		await expect(bring(file('a.png', await drawn(7)))).rejects.toThrow(HistoryFullError);
	});
});
