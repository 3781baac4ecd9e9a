/** What the room beside the inputs shows where it is too narrow for both the picture and the history. */
export type View = 'draw' | 'history';
