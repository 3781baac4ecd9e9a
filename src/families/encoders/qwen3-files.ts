import type { CheckpointFiles } from '../parts/checkpoint-files.ts';

/** The official names begin with it; files may lack it, or have more before it. */
const OFFICIAL_PREFIX = /^model\./;

/** Source: docs/spec/z-image-turbo.md, sections 1.4 and 4 */
export const QWEN3_4B_FILES: CheckpointFiles = {
	what: 'Qwen3-4B text encoder',
	instead: 'qwen_3_4b.safetensors',
	place: /(^|\/)(text_encoders?|clip)\/|qwen/i,
	anchor: 'embed_tokens.weight',
	layouts: [
		{
			name: 'diffusers',
			sign: 'embed_tokens.weight',
			locate: (official) => ({ name: official.replace(OFFICIAL_PREFIX, '') }),
		},
	],
};
