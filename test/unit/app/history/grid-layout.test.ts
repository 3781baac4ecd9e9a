import { describe, expect, it } from 'vitest';
import { gridLayout, neighbour } from '../../../../src/app/history/grid-layout.ts';

describe('the grid', () => {
	it.each([
		[120, 2],
		[240, 2],
		[360, 3],
		[1200, 11],
	])('of %i px has %i columns that fill it', (width, columns) => {
		const layout = gridLayout(100, width);
		expect(layout.columns).toBe(columns);
		expect(layout.pitch * columns - (layout.pitch - layout.tile)).toBeCloseTo(width);
		expect(layout.rows).toBe(Math.ceil(100 / columns));
	});

	it('takes no room without pictures', () => {
		expect(gridLayout(0, 300).height).toBe(0);
	});

	it.each([
		['ArrowRight', 5, 6],
		['ArrowLeft', 0, 0],
		['ArrowDown', 5, 8],
		['ArrowDown', 10, 10],
		['ArrowUp', 5, 2],
		['PageDown', 0, 6],
		['Home', 7, 0],
		['End', 0, 10],
	])('%s goes from %i to %i', (key, from, to) => {
		expect(neighbour(key, from, { columns: 3, count: 11, page: 2 })).toBe(to);
	});

	it('leaves other keys alone', () => {
		expect(neighbour('x', 0, { columns: 3, count: 11, page: 2 })).toBeUndefined();
	});
});
