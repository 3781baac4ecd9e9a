import { IntegrityError } from './errors.ts';
import { openHttpStream, type HttpSourceOptions } from './http-stream-source.ts';
import type { PublishedLayout } from './install-manager.ts';
import type { ModelSource } from './model-source.ts';
import {
	type PublishedFile,
	type PublishedModel,
	type PublishedRepository,
	publishedUrl,
} from './published-models.ts';
import type { WeightFile } from './sequential-conversion.ts';
import { sha256 } from './sha256.ts';
import { readStart } from './stream-source.ts';

export type OpenPublishedOptions = Pick<
	HttpSourceOptions,
	'policy' | 'signal' | 'onRetry' | 'onRangeIgnored'
>;

/**
 * Opens a published model on the hub or on a server with its paths.
 *
 * @throws DownloadError, IntegrityError, AbortError
 */
export async function openPublished(
	model: PublishedModel,
	layout: PublishedLayout,
	baseUrl: string,
	options: OpenPublishedOptions = {},
): Promise<ModelSource> {
	const repository = model.layouts[layout];
	const { weights } = repository;
	const open = (files: readonly PublishedFile[]) =>
		Promise.all(files.map((file) => openWeights(baseUrl, repository, file, options)));
	const [text_encoder, transformer, vae] = await Promise.all([
		open(weights.text_encoder),
		open(weights.transformer),
		open(weights.vae),
	]);
	return {
		origin: repository.repository,
		revision: repository.revision,
		configs: model.configs,
		weights: { text_encoder, transformer, vae },
		tokenizer: await fetchTokenizer(model, baseUrl, options),
	};
}

/** @throws DownloadError, IntegrityError, AbortError */
export async function fetchTokenizer(
	{ tokenizer }: PublishedModel,
	baseUrl: string,
	options: OpenPublishedOptions = {},
): Promise<ModelSource['tokenizer']> {
	const fetchFile = async (file: PublishedFile) => {
		const { source } = await openWeights(baseUrl, tokenizer, file, options);
		const bytes = await readStart(source, source.byteLength, options.signal);
		if (file.sha256 !== undefined && (await sha256(bytes)) !== file.sha256) {
			throw new IntegrityError(file.path);
		}
		return bytes;
	};
	return {
		vocabulary: await fetchFile(tokenizer.vocabulary),
		config: await fetchFile(tokenizer.config),
	};
}

async function openWeights(
	baseUrl: string,
	repository: PublishedRepository,
	file: PublishedFile,
	options: OpenPublishedOptions,
): Promise<WeightFile> {
	const source = await openHttpStream(publishedUrl(baseUrl, repository, file), {
		...options,
		name: file.path,
		...(file.byteLength === undefined ? {} : { byteLength: file.byteLength }),
	});
	if (file.sha256 === undefined) return { source };
	// The same hash is the same file, whichever server has it and whatever its ETag: a mirror may go on
	// where the hub stopped. If one of them lies, the hash at the end tells.
	const identity = `${source.byteLength} sha256:${file.sha256}`;
	return { source: { ...source, identity }, sha256: file.sha256 };
}
