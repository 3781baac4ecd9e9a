import type { ModelManifest } from '../../store/model-manifest.ts';
import { parseManifest } from '../../store/parse-manifest.ts';
import { DownloadError } from '../errors.ts';
import { fetchSmallFile } from './http/fetch-small-file.ts';
import type { RetryOptions } from './http/retries.ts';

/**
 * The manifest of a folder of converted shards.
 *
 * @param url of the folder, with a slash at its end
 * @throws DownloadError, ManifestError, ModelTooNewError
 */
export async function openShardFolder(
	url: string,
	http: RetryOptions = {},
): Promise<ModelManifest> {
	const manifestUrl = new URL('manifest.json', url).href;
	const bytes = await fetchSmallFile(manifestUrl, 'manifest.json', http);
	let json: unknown;
	try {
		json = JSON.parse(new TextDecoder().decode(bytes));
	} catch (error) {
		throw new DownloadError(manifestUrl, `it is not JSON: ${String(error)}`);
	}
	return parseManifest(json);
}
