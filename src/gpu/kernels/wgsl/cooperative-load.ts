import { range } from './range.ts';
import { type Wgsl, wgsl } from './wgsl.ts';

/** One of the pieces that a thread moves of what its workgroup moves together. */
export interface Piece {
	/** Tells a thread's pieces apart. */
	readonly step: number;
	/** WGSL of the piece's place among all. */
	readonly index: string;
	/** WGSL, true in threads that have the piece; undefined where all have. */
	readonly guard: string | undefined;
}

/** `count` pieces dealt out to a workgroup's threads: neighbours take neighbouring pieces. */
export function cooperativePieces(count: number, threads: number): readonly Piece[] {
	return range(Math.ceil(count / threads)).map((step) => {
		const left = count - step * threads;
		return {
			step,
			index: step === 0 ? 'thread' : `(thread + ${step * threads}u)`,
			guard: left < threads ? `thread < ${left}u` : undefined,
		};
	});
}

/** Statements for each piece, in the threads that have it. */
export function forPieces(
	pieces: readonly Piece[],
	statements: (piece: Piece) => Wgsl,
): readonly string[] {
	return pieces.map(
		(piece) => wgsl`
			${piece.guard === undefined ? '' : `if (${piece.guard}) `}{
				${statements(piece)}
			}
		`,
	);
}
