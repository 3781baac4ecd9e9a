import type { ChosenFile } from '../../engine/install-client.ts';

/** What a checkpoint consists of, files of formats that will be refused included: to say which to get. */
const WANTED = /\.(safetensors|sft|gguf|ckpt|pt|pth|bin|json)$/i;
/** Folders within folders; a link that leads back to its own folder ends here. */
const MAX_DEPTH = 8;

/** What the user chose. */
export interface ChosenFiles {
	/** Those that may be a part of a model. */
	readonly files: readonly ChosenFile[];
	/** How many there were with the others. */
	readonly lookedAt: number;
}

type DirectoryPicker = (options: { readonly id: string }) => Promise<FileSystemDirectoryHandle>;

/** Files of an `<input type="file">`, with `webkitdirectory` or not. */
export function filesOfInput(files: FileList | readonly File[]): ChosenFiles {
	const all = Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, file }));
	return wantedOf(all);
}

function wantedOf(all: readonly ChosenFile[]): ChosenFiles {
	return { files: all.filter(({ path }) => WANTED.test(path)), lookedAt: all.length };
}

/** Files of a folder and all folders in it, as handles: they can be kept for the next visit. */
export async function filesOfDirectory(directory: FileSystemDirectoryHandle): Promise<ChosenFiles> {
	return wantedOf(await allOfDirectory(directory));
}

async function allOfDirectory(
	directory: FileSystemDirectoryHandle,
): Promise<readonly ChosenFile[]> {
	const found: ChosenFile[] = [];
	const list = async (
		folder: FileSystemDirectoryHandle,
		path: string,
		depth: number,
	): Promise<void> => {
		if (depth > MAX_DEPTH) return;
		for await (const entry of folder.values()) {
			const name = `${path}/${entry.name}`;
			if (entry.kind === 'file') found.push({ path: name, file: entry });
			// One that cannot be read holds nothing that is needed, or its absence will be told.
			else await list(entry, name, depth + 1).catch(ignoreRefusal);
		}
	};
	await list(directory, directory.name, 0);
	return found;
}

function ignoreRefusal(error: unknown): void {
	if (!(error instanceof DOMException)) throw error;
}

/** Lets the user choose a folder. `no-picker`: this browser has none that gives handles. */
export async function pickDirectory(): Promise<ChosenFiles | 'cancelled' | 'no-picker'> {
	const picker = (globalThis as { showDirectoryPicker?: DirectoryPicker }).showDirectoryPicker;
	if (picker === undefined) return 'no-picker';
	try {
		return await filesOfDirectory(await picker({ id: 'models' }));
	} catch (error) {
		if (error instanceof DOMException && error.name === 'AbortError') return 'cancelled';
		throw error;
	}
}

/** Files and folders that were dropped. To be called in the event itself: afterwards its items are gone. */
export async function filesOfDrop(transfer: DataTransfer): Promise<ChosenFiles> {
	const items = Array.from(transfer.items).filter(({ kind }) => kind === 'file');
	const dropped = await Promise.all(items.map(handleOf));
	const handles = dropped.filter((handle) => handle !== undefined);
	if (handles.length < items.length) return filesOfInput(transfer.files);
	const found: ChosenFile[] = [];
	for (const handle of handles) {
		if (handle.kind === 'directory') found.push(...(await allOfDirectory(handle)));
		else found.push({ path: handle.name, file: handle });
	}
	return wantedOf(found);
}

interface HandleItem {
	getAsFileSystemHandle(): Promise<FileSystemFileHandle | FileSystemDirectoryHandle | null>;
}

async function handleOf(
	item: DataTransferItem,
): Promise<FileSystemFileHandle | FileSystemDirectoryHandle | undefined> {
	if (!('getAsFileSystemHandle' in item)) return undefined;
	return (await (item as unknown as HandleItem).getAsFileSystemHandle()) ?? undefined;
}
