/** The seven shapes as masks, with the area and centroid that a picture's blob is compared with. */

import { SHAPES, type Shape } from './scene.ts';

type Point = readonly [number, number];

/** Corners are rounded by this part of the radius. */
const ROUND = 0.05;
const CELLS = 256;
const RANGE = 2;

/** A shape of radius 1 around the origin, y pointing down. */
export interface ShapeMask {
	shape: Shape;
	area: number;
	centroidX: number;
	centroidY: number;
	covers(x: number, y: number): boolean;
}

function ring(count: number, radius: (i: number) => number, start: number): Point[] {
	return Array.from({ length: count }, (_, i): Point => {
		const angle = start + (2 * Math.PI * i) / count;
		return [radius(i) * Math.cos(angle), radius(i) * Math.sin(angle)];
	});
}

function heart(): Point[] {
	return Array.from({ length: 64 }, (_, i): Point => {
		const t = (2 * Math.PI * i) / 64;
		const x = 16 * Math.sin(t) ** 3;
		const y = 13 * Math.cos(t) - 5 * Math.cos(2 * t) - 2 * Math.cos(3 * t) - Math.cos(4 * t);
		return [x / 16.5, -(y + 1.5) / 16.5];
	});
}

function cross(a: number, b: number): Point[] {
	const arm: Point[] = [
		[-a, -b],
		[a, -b],
		[a, -a],
	];
	const turns = [0, 1, 2, 3];
	return turns.flatMap((turn) =>
		arm.map(([x, y]): Point => {
			const turned: Point[] = [
				[x, y],
				[-y, x],
				[-x, -y],
				[y, -x],
			];
			return turned[turn] ?? [x, y];
		}),
	);
}

const up = -Math.PI / 2;

/** Each shape's outline before its corners are rounded. */
const OUTLINES: Record<Shape, Point[]> = {
	circle: ring(64, () => 0.87, 0),
	square: [
		[-0.76, -0.76],
		[0.76, -0.76],
		[0.76, 0.76],
		[-0.76, 0.76],
	],
	triangle: ring(3, () => 1.14, up),
	star: ring(10, (i) => (i % 2 ? 0.48 : 1.14), up),
	heart: heart(),
	diamond: [
		[0, -1.12],
		[0.82, 0],
		[0, 1.12],
		[-0.82, 0],
	],
	cross: cross(0.3, 0.96),
};

/** Signed distance to a polygon, negative inside. */
function distance(outline: readonly Point[], x: number, y: number): number {
	let best = Infinity;
	let inside = false;
	let [ax, ay] = outline[outline.length - 1] ?? [0, 0];
	for (const [bx, by] of outline) {
		const ex = bx - ax;
		const ey = by - ay;
		const along = ((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey || 1);
		const h = Math.min(1, Math.max(0, along));
		best = Math.min(best, (x - ax - ex * h) ** 2 + (y - ay - ey * h) ** 2);
		if (ay > y !== by > y && x < (ex * (y - ay)) / ey + ax) inside = !inside;
		ax = bx;
		ay = by;
	}
	return inside ? -Math.sqrt(best) : Math.sqrt(best);
}

function makeMask(shape: Shape): ShapeMask {
	const grid = new Uint8Array(CELLS * CELLS);
	const at = (i: number): number => ((i + 0.5) / CELLS) * 2 * RANGE - RANGE;
	let count = 0;
	let sumX = 0;
	let sumY = 0;
	for (let j = 0; j < CELLS; j++) {
		for (let i = 0; i < CELLS; i++) {
			if (distance(OUTLINES[shape], at(i), at(j)) >= ROUND) continue;
			grid[j * CELLS + i] = 1;
			count++;
			sumX += at(i);
			sumY += at(j);
		}
	}
	return {
		shape,
		area: count * ((2 * RANGE) / CELLS) ** 2,
		centroidX: sumX / count,
		centroidY: sumY / count,
		covers(x, y) {
			const i = Math.floor(((x / RANGE + 1) / 2) * CELLS);
			const j = Math.floor(((y / RANGE + 1) / 2) * CELLS);
			return i >= 0 && j >= 0 && i < CELLS && j < CELLS && grid[j * CELLS + i] === 1;
		},
	};
}

export const MASKS: readonly ShapeMask[] = SHAPES.map(makeMask);
