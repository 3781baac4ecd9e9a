import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode } from '../src/errors/app-error.ts';
import { ShardCorruptError, ShardMissingError } from '../src/store/errors.ts';
import type { ModelManifest } from '../src/store/model-manifest.ts';
import { parseManifest } from '../src/store/parse-manifest.ts';
import type {
	InstallStore,
	ShardReader,
	ShardWriter,
	StoredObject,
} from '../src/store/shard-store.ts';

const MANIFEST = 'manifest.json';
/** Stands after the name of a file that is not whole yet. */
const PARTIAL = '.part';
/** A shard or a file of a tokenizer, whole or not. What else the folder holds is the user's. */
const OBJECT = /^[^/\\]+[/\\]([^/\\]+\.bin|tokenizer(_config)?\.json)(\.part)?$/;

/** A store in a folder of files, one model each: a static server of it is a source to install from. */
export class FolderShardStore implements InstallStore {
	readonly #folder: string;

	constructor(folder: string) {
		this.#folder = folder;
	}

	async manifest(modelId: string): Promise<ModelManifest | undefined> {
		const stored = await this.#stored();
		return stored?.id === modelId ? stored : undefined;
	}

	async manifests(): Promise<readonly ModelManifest[]> {
		const stored = await this.#stored().catch((error: unknown) => {
			if (hasCode(error, 'model-too-new')) return undefined;
			throw error;
		});
		return stored === undefined ? [] : [stored];
	}

	async putManifest(manifest: ModelManifest): Promise<void> {
		await mkdir(this.#folder, { recursive: true });
		await writeFile(join(this.#folder, MANIFEST), `${JSON.stringify(manifest)}\n`);
	}

	async deleteManifest(): Promise<void> {
		await rm(join(this.#folder, MANIFEST), { force: true });
	}

	async has(_modelId: string, object: StoredObject): Promise<boolean> {
		const path = this.#path(object);
		return existsSync(path) && (await stat(path)).size === object.byteLength;
	}

	async put(modelId: string, object: StoredObject, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
		const writer = await this.openWriter(modelId, object);
		await writer.write(0, bytes);
		await writer.commit();
	}

	async checkRoom(): Promise<void> {
		// The disk itself tells, when it is written to.
	}

	async openWriter(
		modelId: string,
		object: StoredObject,
		options: { readonly keep?: boolean } = {},
	): Promise<ShardWriter> {
		const path = this.#path(object);
		const partial = path + PARTIAL;
		await mkdir(dirname(path), { recursive: true });
		if (options.keep !== true) await this.delete(modelId, object);
		else if (existsSync(path)) await rename(path, partial);
		const file = await open(partial, existsSync(partial) ? 'r+' : 'w+');
		await file.truncate(object.byteLength);
		return {
			async write(byteOffset, bytes) {
				let written = 0;
				while (written < bytes.byteLength) {
					const rest = bytes.byteLength - written;
					written += (await file.write(bytes, written, rest, byteOffset + written)).bytesWritten;
				}
			},
			flush: () => file.datasync(),
			async commit() {
				await file.close();
				await rename(partial, path);
			},
			park: () => file.close(),
			async abort() {
				await file.close();
				await rm(partial, { force: true });
			},
		};
	}

	async open(modelId: string, object: StoredObject): Promise<ShardReader> {
		const path = this.#path(object);
		if (!existsSync(path)) throw new ShardMissingError(modelId, object.name);
		const file = await open(path);
		const { size } = await file.stat();
		if (size !== object.byteLength) {
			await file.close();
			throw new ShardCorruptError(modelId, object.name, `${size} bytes on disk`);
		}
		return {
			async read(byteOffset, into) {
				let filled = 0;
				while (filled < into.byteLength) {
					const rest = into.byteLength - filled;
					const { bytesRead } = await file.read(into, filled, rest, byteOffset + filled);
					if (bytesRead === 0) throw new ShardCorruptError(modelId, object.name, 'it is cut');
					filled += bytesRead;
				}
			},
			close: () => void file.close(),
		};
	}

	async delete(_modelId: string, object: StoredObject): Promise<void> {
		await rm(this.#path(object), { force: true });
		await rm(this.#path(object) + PARTIAL, { force: true });
	}

	async deleteObjects(): Promise<void> {
		if (!existsSync(this.#folder)) return;
		for (const path of await readdir(this.#folder, { recursive: true })) {
			if (OBJECT.test(path)) await rm(join(this.#folder, path), { force: true });
		}
	}

	async #stored(): Promise<ModelManifest | undefined> {
		const path = join(this.#folder, MANIFEST);
		if (!existsSync(path)) return undefined;
		return parseManifest(JSON.parse(await readFile(path, 'utf8')));
	}

	#path(object: StoredObject): string {
		return join(this.#folder, object.name);
	}
}
