import { DownloadError, IntegrityError } from './errors.ts';
import { fetchSmallFile } from './http/fetch-small-file.ts';
import { type HttpSourceOptions, httpStreamSource } from './http/http-stream-source.ts';
import type { PublishedLayout } from './install-manager.ts';
import type { ModelSource, TokenizerFiles } from './model-source.ts';
import {
	type PinnedFile,
	type PublishedFile,
	type PublishedModel,
	type PublishedRepository,
	publishedUrl,
} from './published-models.ts';
import type { WeightFile } from './sequential-conversion.ts';
import { sha256 } from './sha256.ts';
import { readStart, type StreamSource } from './stream-source.ts';

export type OpenPublishedOptions = Pick<
	HttpSourceOptions,
	'policy' | 'signal' | 'onRetry' | 'onRangeIgnored'
>;

/**
 * Opens a published model on the hub or on a server with its paths. Weights are not asked for yet.
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
	const { text_encoder, transformer, vae } = repository.weights;
	const open = (files: readonly PinnedFile[]): readonly WeightFile[] =>
		files.map((file) => ({
			source: pinnedSource(baseUrl, repository, file, options),
			sha256: file.sha256,
		}));
	return {
		origin: repository.repository,
		revision: repository.revision,
		configs: model.configs,
		weights: {
			text_encoder: open(text_encoder),
			transformer: open(transformer),
			vae: open(vae),
		},
		tokenizers: { tokenizer: await fetchTokenizer(model, baseUrl, options) },
	};
}

/** @throws DownloadError, IntegrityError, AbortError */
export async function fetchTokenizer(
	{ tokenizer }: PublishedModel,
	baseUrl: string,
	options: OpenPublishedOptions = {},
): Promise<TokenizerFiles> {
	const { vocabulary, config } = tokenizer;
	return {
		vocabulary: await fetchPinned(baseUrl, tokenizer, vocabulary, options),
		config: isPinned(config)
			? await fetchPinned(baseUrl, tokenizer, config, options)
			: await fetchJson(publishedUrl(baseUrl, tokenizer, config), config.path, options),
	};
}

function isPinned(file: PublishedFile): file is PinnedFile {
	return 'sha256' in file;
}

async function fetchPinned(
	baseUrl: string,
	repository: PublishedRepository,
	file: PinnedFile,
	options: OpenPublishedOptions,
): Promise<Uint8Array<ArrayBuffer>> {
	const source = pinnedSource(baseUrl, repository, file, options);
	const bytes = await readStart(source, source.byteLength, options.signal);
	if ((await sha256(bytes)) !== file.sha256) throw new IntegrityError(file.path);
	return bytes;
}

/** A file whose hash is unknown: that it can be parsed says at least that it is whole. */
async function fetchJson(
	url: string,
	name: string,
	options: OpenPublishedOptions,
): Promise<Uint8Array<ArrayBuffer>> {
	const bytes = await fetchSmallFile(url, name, options);
	try {
		JSON.parse(new TextDecoder().decode(bytes));
	} catch {
		throw new DownloadError(url, 'it is not JSON');
	}
	return bytes;
}

function pinnedSource(
	baseUrl: string,
	repository: PublishedRepository,
	file: PinnedFile,
	options: OpenPublishedOptions,
): StreamSource {
	const url = publishedUrl(baseUrl, repository, file);
	return httpStreamSource(url, { ...file, name: file.path }, options);
}
