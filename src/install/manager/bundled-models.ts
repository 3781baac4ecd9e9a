/** The small model that the page comes with. */
export const DEMO_MODEL_ID = 'demo';

/** Identifiers of the models that come with the page. */
export const BUNDLED_MODELS: readonly string[] = [DEMO_MODEL_ID];

/** The folder that holds one folder of converted shards for each of them. */
export function modelsUrl(pageUrl: string): string {
	return new URL('models/', pageUrl).href;
}

/** A bundled model's folder of converted shards. */
export function bundledFolder(folderOfModels: string, id: string): string {
	return new URL(`${id}/`, folderOfModels).href;
}
