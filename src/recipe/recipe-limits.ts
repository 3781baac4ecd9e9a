export const MAX_SEED = Number.MAX_SAFE_INTEGER;
export const MIN_STEPS = 1;
export const MAX_STEPS = 50;
export const SIDE_MULTIPLE = 16;
/** Pixels: as far as the position tables of the largest model reach. */
export const MAX_SIDE = 8192;
/** UTF-16 units. Models read about 2,000; this is where a prompt stops being one. */
export const MAX_PROMPT_LENGTH = 100_000;

/** At once: of more, nobody tells apart what each does. */
export const MAX_ADAPTERS = 8;
