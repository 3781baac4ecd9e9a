import type { CheckpointFiles } from '../parts/checkpoint-files.ts';

/** The official names begin with it; files may lack it, or have more before it. */
const OFFICIAL_PREFIX = /^model\./;

/** Source: docs/spec/z-image-turbo.md, sections 1.4 and 4 */
export const QWEN3_4B_FILES: CheckpointFiles = {
	what: 'Qwen3-4B text encoder',
	instead: 'qwen_3_4b.safetensors',
	place: /(^|\/)(text_encoders?|clip)\/|qwen/i,
	named: /^qwen[-_ ]?3[-_ ]?4b/i,
	similar: [
		{ what: 'Qwen3-VL', name: /qwen[-_ ]?3[-_ ]?vl/i, tensor: /(^|\.)visual\./ },
		{ what: 'Qwen3-Omni', name: /qwen[-_ ]?3[-_ ]?omni/i, tensor: /(^|\.)(audio_tower|talker)\./ },
		{ what: 'Qwen3-Embedding', name: /qwen[-_ ]?3[-_ ]?embedding/i },
		{ what: 'Qwen3-Reranker', name: /qwen[-_ ]?3[-_ ]?reranker/i },
		{ what: 'Qwen3-4B-Instruct-2507', name: /qwen[-_ ]?3[-_ ]?4b[-_ ]?instruct/i },
		{ what: 'Qwen3-4B-Thinking-2507', name: /qwen[-_ ]?3[-_ ]?4b[-_ ]?thinking/i },
		{ what: 'Qwen3-4B-Base', name: /qwen[-_ ]?3[-_ ]?4b[-_ ]?base/i },
	],
	anchor: 'embed_tokens.weight',
	layouts: [
		{
			name: 'diffusers',
			sign: 'embed_tokens.weight',
			locate: (official) => ({ name: official.replace(OFFICIAL_PREFIX, '') }),
		},
	],
};
