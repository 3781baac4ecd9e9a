/** The parsed config.json files of a diffusers model, by folder: `transformer`, `scheduler`. */
export type ModelConfigs = Readonly<Record<string, unknown>>;
