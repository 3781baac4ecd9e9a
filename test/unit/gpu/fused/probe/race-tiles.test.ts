import { expect, it } from 'vitest';
import { type Contestant, winner } from '../../../../../src/gpu/fused/probe/race-tiles.ts';
import { TILE_LEVELS } from '../../../../../src/gpu/kernels/dispatch/tile-rules.ts';

function contestants(speeds: readonly number[]): readonly Contestant[] {
	return speeds.map((flopsPerSecond, index) => ({
		...{ kernel: 'linear', level: TILE_LEVELS[index] ?? 'safe', tile: '', flopsPerSecond },
	}));
}

it.each([
	['tuned', [40, 30, 20]],
	['middle', [20, 40, 30]],
	['safe', [10, 20, 40]],
])('lets the %s tile win on a GPU where it is fastest', (level, speeds) => {
	expect(winner(contestants(speeds))).toBe(level);
});

it('keeps to the tuned tile where another is faster by no more than noise', () => {
	expect(winner(contestants([40, 42, 41]))).toBe('tuned');
	expect(winner([])).toBeUndefined();
});
