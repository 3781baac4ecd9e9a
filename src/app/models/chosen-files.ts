import type { ChosenFile } from '../../engine/install-client.ts';

/** What a checkpoint consists of, files of formats that will be refused included: to say which to get. */
const WANTED = /\.(safetensors|sft|gguf|ckpt|pt|pth|bin|json)$/i;
/** Folders within folders; a link that leads back to its own folder ends here. */
const MAX_DEPTH = 8;

type DirectoryPicker = (options: { readonly id: string }) => Promise<FileSystemDirectoryHandle>;

/** Files of an `<input type="file">`, with `webkitdirectory` or not. */
export function filesOfInput(files: FileList | readonly File[]): readonly ChosenFile[] {
	return Array.from(files)
		.map((file) => ({ path: file.webkitRelativePath || file.name, file }))
		.filter(({ path }) => WANTED.test(path));
}

/** Files of a folder and all folders in it, as handles: they can be kept for the next visit. */
export async function filesOfDirectory(
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
			if (entry.kind === 'directory') await list(entry, name, depth + 1);
			else if (WANTED.test(name)) found.push({ path: name, file: entry });
		}
	};
	await list(directory, directory.name, 0);
	return found;
}

/**
 * Lets the user choose a folder.
 *
 * @returns undefined where the browser has no picker that gives handles, an empty list if nothing was chosen
 */
export async function pickDirectory(): Promise<readonly ChosenFile[] | undefined> {
	const picker = (globalThis as { showDirectoryPicker?: DirectoryPicker }).showDirectoryPicker;
	if (picker === undefined) return undefined;
	try {
		return await filesOfDirectory(await picker({ id: 'models' }));
	} catch (error) {
		if (error instanceof DOMException && error.name === 'AbortError') return [];
		throw error;
	}
}

/** Files and folders that were dropped. To be called in the event itself: afterwards its items are gone. */
export async function filesOfDrop(transfer: DataTransfer): Promise<readonly ChosenFile[]> {
	const items = Array.from(transfer.items).filter(({ kind }) => kind === 'file');
	const dropped = await Promise.all(items.map(handleOf));
	const handles = dropped.filter((handle) => handle !== undefined);
	if (handles.length < items.length) return filesOfInput(transfer.files);
	const found: ChosenFile[] = [];
	for (const handle of handles) {
		if (handle.kind === 'directory') found.push(...(await filesOfDirectory(handle)));
		else if (WANTED.test(handle.name)) found.push({ path: handle.name, file: handle });
	}
	return found;
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
