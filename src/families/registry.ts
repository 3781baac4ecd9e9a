import { ConfigError } from './errors.ts';
import type { ModelConfigs } from './parts/model-configs.ts';
import type { ModelFamily } from './family.ts';
import type { Model } from './model.ts';
import { Z_IMAGE } from './z-image/family.ts';

/** Every architecture that this version knows. */
export const FAMILIES: readonly ModelFamily[] = [Z_IMAGE];

/** @throws ConfigError if the family is unknown */
export function findFamily(id: string, families: readonly ModelFamily[] = FAMILIES): ModelFamily {
	const family = families.find((candidate) => candidate.id === id);
	if (family !== undefined) return family;
	throw new ConfigError({ problem: 'unknown-family', family: id });
}

/** @throws ConfigError if the family is unknown or a config does not fit it */
export function buildModel(
	family: string,
	configs: ModelConfigs,
	families?: readonly ModelFamily[],
): Model {
	return findFamily(family, families).build(configs);
}
