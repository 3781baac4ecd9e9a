import { readFileSync } from 'node:fs';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';

import { judgePicture } from './judge.ts';
import {
	BACKGROUND_COLORS,
	HILL_COLORS,
	OBJECT_COLORS,
	POSITIONS,
	SEA_SKIES,
	SHAPES,
	type HeldoutCase,
	type Scene,
	type SceneObject,
	type ShapesScene,
} from './scene.ts';

const folder = new URL('../fixtures/demo-model/', import.meta.url);
const cases = JSON.parse(readFileSync(new URL('heldout.json', folder), 'utf8')) as HeldoutCase[];
const SIZE = 256;
const COLUMNS = 10;
const PER_SHEET = 50;

/** RGBA pixels of every case's ground truth, cut from the contact sheets. */
function truths(): Uint8ClampedArray[] {
	const out: Uint8ClampedArray[] = [];
	for (let sheet = 0; sheet * PER_SHEET < cases.length; sheet++) {
		const png = decode(readFileSync(new URL(`truth-${String(sheet)}.png`, folder)));
		const color = (x: number, y: number): number[] => {
			const i = y * png.width + x;
			if (png.palette) return png.palette[png.data[i] ?? 0] ?? [];
			return [0, 1, 2].map((c) => png.data[i * png.channels + c] ?? 0);
		};
		for (let k = 0; k < PER_SHEET; k++) {
			const rgba = new Uint8ClampedArray(SIZE * SIZE * 4).fill(255);
			const left = (k % COLUMNS) * SIZE;
			const top = Math.floor(k / COLUMNS) * SIZE;
			for (let y = 0; y < SIZE; y++) {
				for (let x = 0; x < SIZE; x++) rgba.set(color(left + x, top + y), (y * SIZE + x) * 4);
			}
			out.push(rgba);
		}
	}
	return out;
}

const pictures = truths();

function judge(index: number, scene: Scene): boolean {
	const rgba = pictures[index];
	if (!rgba) throw new Error(`No picture ${String(index)}`);
	return judgePicture(rgba, SIZE, SIZE, scene).right;
}

/** The next entry of a list after `value`, round and round. */
function other<T>(list: readonly T[], value: T, step = 1): T {
	const next = list[(list.indexOf(value) + step) % list.length];
	if (next === undefined) throw new Error('Empty list');
	return next;
}

function withObject(scene: ShapesScene, change: (o: SceneObject) => Partial<SceneObject>): Scene {
	return {
		...scene,
		objects: scene.objects.map((o, i) => (i === 0 ? { ...o, ...change(o) } : o)),
	};
}

/**
 * Judges every case for which `mutate` makes a false scene, and expects a refusal each time. `step`
 * counts up from 1 with the cases, to try every other value somewhere.
 */
function expectRefused(mutate: (scene: Scene, step: number) => Scene | null): void {
	const passed: string[] = [];
	let tried = 0;
	cases.forEach(({ scene, prompt }, i) => {
		const wrong = mutate(scene, i);
		if (!wrong) return;
		tried++;
		if (judge(i, wrong)) passed.push(prompt);
	});
	expect(tried).toBeGreaterThan(3);
	expect(passed).toEqual([]);
}

const onShapes =
	(mutate: (scene: ShapesScene, step: number) => Scene | null) =>
	(scene: Scene, step: number): Scene | null =>
		scene.kind === 'shapes' ? mutate(scene, step) : null;

describe('the judge of demo pictures', () => {
	it('passes the ground truth', () => {
		expect(pictures.length).toBe(cases.length);
		const wrong = cases.flatMap(({ scene, prompt }, i) => {
			const rgba = pictures[i];
			if (!rgba) return [prompt];
			const { complaints } = judgePicture(rgba, SIZE, SIZE, scene);
			return complaints.length > 0 ? [`${prompt}: ${complaints.join(', ')}`] : [];
		});
		expect(wrong.length / cases.length, wrong.join('\n')).toBeLessThanOrEqual(0.01);
	});

	it('passes a picture at twice the size', () => {
		const rgba = pictures[0];
		const scene = cases[0]?.scene;
		if (!rgba || !scene) throw new Error('No cases');
		const big = new Uint8ClampedArray(4 * rgba.length);
		for (let y = 0; y < 2 * SIZE; y++) {
			for (let x = 0; x < 2 * SIZE; x++) {
				const from = ((y >> 1) * SIZE + (x >> 1)) * 4;
				big.set(rgba.subarray(from, from + 4), (y * 2 * SIZE + x) * 4);
			}
		}
		expect(judgePicture(big, 2 * SIZE, 2 * SIZE, scene).complaints).toEqual([]);
	});

	it('refuses a wrong colour', () => {
		const colors = Object.keys(OBJECT_COLORS);
		expectRefused(
			onShapes((scene, step) =>
				withObject(scene, (o) => ({ color: other(colors, o.color, 1 + (step % 9)) })),
			),
		);
	});

	it('refuses a wrong shape', () => {
		expectRefused(
			onShapes((scene, step) =>
				withObject(scene, (o) => ({ shape: other(SHAPES, o.shape, 1 + (step % 6)) })),
			),
		);
	});

	it('refuses a wrong position', () => {
		expectRefused(
			onShapes((scene, step) =>
				scene.objects[0]?.position
					? withObject(scene, (o) => ({
							position: other(POSITIONS, o.position ?? 'centre', 1 + (step % 8)),
						}))
					: null,
			),
		);
	});

	it('refuses a wrong size', () => {
		expectRefused(
			onShapes((scene) =>
				scene.objects[0]?.size
					? withObject(scene, (o) => ({ size: o.size === 'small' ? 'large' : 'small' }))
					: null,
			),
		);
	});

	it('refuses a wrong background', () => {
		expectRefused(
			onShapes((scene) =>
				scene.background
					? { ...scene, background: other(Object.keys(BACKGROUND_COLORS), scene.background) }
					: null,
			),
		);
	});

	it('refuses the opposite relation', () => {
		const opposite = { left: 'right', right: 'left', above: 'below', below: 'above' } as const;
		expectRefused(
			onShapes((scene) =>
				scene.relation ? { ...scene, relation: opposite[scene.relation] } : null,
			),
		);
	});

	it('refuses a missing and an extra object', () => {
		expectRefused(
			onShapes(({ objects, ...rest }) =>
				objects.length === 2
					? { ...rest, relation: null, objects: objects.slice(1) }
					: { ...rest, objects: [...objects, ...objects] },
			),
		);
	});

	it('refuses a landscape with other parts', () => {
		expectRefused((scene) => {
			switch (scene.kind) {
				case 'shapes':
					return null;
				case 'hills':
					return scene.hills
						? { ...scene, hills: other(Object.keys(HILL_COLORS), scene.hills) }
						: { kind: 'sea', sky: null, sun: null, boat: null };
				case 'sea':
					return scene.sky
						? { ...scene, sky: other(Object.keys(SEA_SKIES), scene.sky) }
						: { ...scene, boat: scene.boat ? null : true };
				case 'night':
					return { ...scene, ground: scene.ground ? null : 'mountains' };
			}
		});
	});

	it('refuses a sun or moon on the wrong side', () => {
		const sides = ['left', 'centre', 'right'] as const;
		expectRefused((scene) => {
			if (scene.kind === 'shapes') return null;
			if (scene.kind === 'night') {
				return scene.position ? { ...scene, position: other(sides, scene.position) } : null;
			}
			return scene.sun ? { ...scene, sun: other(sides, scene.sun) } : null;
		});
	});
});
