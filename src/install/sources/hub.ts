import type {
	PublishedDownload,
	PublishedFile,
	PublishedModel,
	PublishedRepository,
} from '../../families/parts/published-model.ts';

export const HUB_URL = 'https://huggingface.co';
/** A mirror of the hub that answers where the hub does not. */
export const MIRROR_PRESET_URL = 'https://hf-mirror.com';

/** All bytes that a download's weights and the tokenizers' vocabularies have. */
export function downloadBytes(model: PublishedModel, download: PublishedDownload): number {
	return [
		...Object.values(download.weights).flat(),
		...Object.values(model.tokenizers).map(({ vocabulary }) => vocabulary),
	].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Where a file of a repository is, on the hub or on a server with the hub's paths. */
export function publishedUrl(
	baseUrl: string,
	{ repository, revision }: PublishedRepository,
	{ path }: PublishedFile,
): string {
	return `${baseUrl.replace(/\/+$/, '')}/${repository}/resolve/${revision}/${path}`;
}
