import { ModelTooNewError } from './errors.ts';
import type { ComponentRecord, ModelManifest, TokenizerRecord } from './model-manifest.ts';

/** The version that is written. */
export const MANIFEST_VERSION = 2;

/** Had three components, each with its config, and one tokenizer. */
type FirstManifest = Omit<ModelManifest, 'version' | 'configs' | 'components' | 'tokenizers'> & {
	readonly version: 1;
	readonly components: Readonly<Record<string, ComponentRecord & { readonly config: unknown }>>;
	readonly tokenizer: TokenizerRecord;
};

/** A manifest of any version so far, as the newest has it. */
export type StoredManifest = FirstManifest | ModelManifest;

/** @throws ModelTooNewError for what a newer version of this app wrote */
export function readManifest(stored: StoredManifest): ModelManifest {
	if (isTooNew(stored)) throw new ModelTooNewError(stored.id);
	if (stored.version === MANIFEST_VERSION) return stored;
	const { components, tokenizer, ...rest } = stored;
	const parts = Object.entries(components);
	return {
		...rest,
		version: MANIFEST_VERSION,
		configs: Object.fromEntries(parts.map(([id, { config }]) => [id, config])),
		components: Object.fromEntries(parts.map(([id, { shards }]) => [id, { shards }])),
		tokenizers: { tokenizer },
	};
}

export function isTooNew({ version }: { readonly version: number }): boolean {
	return version > MANIFEST_VERSION;
}
