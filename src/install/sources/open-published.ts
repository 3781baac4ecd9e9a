import type {
	PinnedFile,
	PublishedFile,
	PublishedModel,
	PublishedRepository,
} from '../../families/parts/published-model.ts';
import { DownloadError, IntegrityError } from '../errors.ts';
import { fetchSmallFile } from './http/fetch-small-file.ts';
import { type HttpSourceOptions, httpStreamSource } from './http/http-stream-source.ts';
import type { ModelSource, TokenizerFiles } from './model-source.ts';
import { publishedUrl } from './hub.ts';
import type { WeightFile } from '../weight-file.ts';
import { sha256 } from '../hash/sha256.ts';
import { readStart, type StreamSource } from '../stream-source.ts';

export type OpenPublishedOptions = Pick<
	HttpSourceOptions,
	'policy' | 'signal' | 'onRetry' | 'onRangeIgnored'
>;

/**
 * Opens a download of a published model on the hub or on a server with its paths. Weights are not asked for yet.
 *
 * @throws DownloadError, IntegrityError, AbortError
 */
export async function openPublished(
	model: PublishedModel,
	downloadId: string,
	baseUrl: string,
	options: OpenPublishedOptions = {},
): Promise<ModelSource> {
	const download = model.downloads.find(({ id }) => id === downloadId) ?? model.downloads[0];
	const open = (files: readonly PinnedFile[]): readonly WeightFile[] =>
		files.map((file) => ({
			source: pinnedSource(baseUrl, file.from ?? download, file, options),
			sha256: file.sha256,
		}));
	const weights = Object.entries(download.weights).map(([id, files]) => [id, open(files)] as const);
	const tokenizers: Record<string, TokenizerFiles> = {};
	for (const name of Object.keys(model.tokenizers)) {
		tokenizers[name] = await fetchTokenizer(model, name, baseUrl, options);
	}
	return {
		origin: download.repository,
		revision: download.revision,
		configs: model.configs,
		weights: Object.fromEntries(weights),
		tokenizers,
	};
}

/** @throws DownloadError, IntegrityError, AbortError */
export async function fetchTokenizer(
	{ tokenizers }: PublishedModel,
	name: string,
	baseUrl: string,
	options: OpenPublishedOptions = {},
): Promise<TokenizerFiles> {
	const tokenizer = tokenizers[name];
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
