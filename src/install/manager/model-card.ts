import type { ModelManifest } from '../../store/model-manifest.ts';

/** What a model's files themselves do not say. */
export type ModelCard = Pick<
	ModelManifest,
	| 'id'
	| 'name'
	| 'family'
	| 'source'
	| 'sizes'
	| 'defaultSteps'
	| 'defaultGuidanceScale'
	| 'examples'
>;
