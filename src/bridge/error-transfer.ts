import { transferHandlers } from 'comlink';
import { type PackedError, packError, reviveError } from '../errors/cross-error.ts';

const thrown = transferHandlers.get('throw');

/** Comlink's own way keeps an error's name and message; ours keeps code and data too. */
transferHandlers.set('throw', {
	canHandle: (value): value is unknown => thrown?.canHandle(value) ?? false,
	serialize: ({ value }: { readonly value: unknown }) => [packError(value), []],
	deserialize(packed: PackedError) {
		throw reviveError(packed);
	},
});
