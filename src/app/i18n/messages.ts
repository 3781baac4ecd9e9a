import type { english } from './english.ts';

/** The catalogue that every language fills. */
export type Messages = ReturnType<typeof english>;

/** A text to be said in the language of the moment it is read. */
export type Say = (messages: Messages) => string;
