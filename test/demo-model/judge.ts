/**
 * Judges a picture of the demo model against its scene by pixels alone: colour, shape, place and size
 * of every object, the background, and the parts of a landscape. The same rules as
 * tools/demo-model/judge.py.
 */

import {
	BACKGROUND_COLORS,
	HILL_COLORS,
	HILL_SKIES,
	HILL_SUNS,
	HULL,
	MOON,
	MOUNTAIN,
	NIGHT_LOW,
	NIGHT_SKY,
	OBJECT_COLORS,
	POSITIONS,
	SEA_DEEP,
	SEA_HORIZONS,
	SEA_SKIES,
	SEA_SUN,
	type HillsScene,
	type NightScene,
	type Palette,
	type Rgb,
	type Scene,
	type SceneObject,
	type SeaScene,
	type Shape,
	type ShapesScene,
	type Side,
} from './scene.ts';
import { MASKS } from './shapes.ts';

export interface Verdict {
	right: boolean;
	/** What is wrong, in words; empty when right. */
	complaints: string[];
}

/** An object found in a picture; lengths in 1/256 of the picture's width. */
interface Found {
	shape: Shape;
	/** Overlap with the ideal shape of its area, 0..1. */
	overlap: number;
	color: string;
	x: number;
	y: number;
	radius: number;
}

/** Pixels that touch each other. */
interface Blob {
	pixels: number[];
	left: number;
	right: number;
	top: number;
	bottom: number;
}

/** Distance from the background's shades at which a pixel belongs to an object. */
const FOREGROUND = 26;
/** Smaller blobs are specks, in pixels of a 256-pixel picture. */
const MIN_AREA = 150;
const MIN_OVERLAP = 0.8;

class Picture {
	readonly rgba: Uint8ClampedArray;
	readonly width: number;
	readonly height: number;
	/** Picture pixels per unit: scenes are described at 256 x 256. */
	readonly scale: number;

	constructor(rgba: Uint8ClampedArray, width: number, height: number) {
		if (rgba.length !== width * height * 4) throw new Error('The pixels do not match the size');
		this.rgba = rgba;
		this.width = width;
		this.height = height;
		this.scale = width / 256;
	}

	at(pixel: number): Rgb {
		const i = pixel * 4;
		return [this.rgba[i] ?? 0, this.rgba[i + 1] ?? 0, this.rgba[i + 2] ?? 0];
	}

	/** Median colour of the pixels. */
	median(pixels: readonly number[]): Rgb {
		const channel = (c: number): number => {
			const counts = new Uint32Array(256);
			for (const p of pixels) {
				const value = this.rgba[p * 4 + c] ?? 0;
				counts[value] = (counts[value] ?? 0) + 1;
			}
			let below = 0;
			return counts.findIndex((count) => (below += count) * 2 > pixels.length);
		};
		return [channel(0), channel(1), channel(2)];
	}

	/** Pixels of the rows from `top` up to `bottom`, in units. */
	rows(top: number, bottom: number): number[] {
		const first = Math.round(top * this.scale) * this.width;
		const end = Math.min(Math.round(bottom * this.scale), this.height) * this.width;
		return Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
	}

	/** Marks the pixels for which `test` holds, within rows in units. */
	mark(test: (rgb: Rgb) => boolean, top = 0, bottom = 256): Uint8Array {
		const mask = new Uint8Array(this.width * this.height);
		for (const p of this.rows(top, bottom)) if (test(this.at(p))) mask[p] = 1;
		return mask;
	}

	/** Connected blobs (8 neighbours) of a mask, largest first. */
	blobs(mask: Uint8Array): Blob[] {
		const { width, height } = this;
		const left = mask.slice();
		const found: Blob[] = [];
		for (let start = 0; start < left.length; start++) {
			if (!left[start]) continue;
			left[start] = 0;
			const blob = { pixels: [start], left: width, right: 0, top: height, bottom: 0 };
			for (let i = 0; i < blob.pixels.length; i++) {
				const pixel = blob.pixels[i] ?? 0;
				const x = pixel % width;
				const y = (pixel - x) / width;
				blob.left = Math.min(blob.left, x);
				blob.right = Math.max(blob.right, x);
				blob.top = Math.min(blob.top, y);
				blob.bottom = Math.max(blob.bottom, y);
				for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
					for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
						const next = v * width + u;
						if (!left[next]) continue;
						left[next] = 0;
						blob.pixels.push(next);
					}
				}
			}
			found.push(blob);
		}
		return found.sort((a, b) => b.pixels.length - a.pixels.length);
	}

	/** Number of pixels in units of a 256-pixel picture. */
	area(count: number): number {
		return count / this.scale ** 2;
	}
}

function apart(a: Rgb, b: Rgb): number {
	return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** Name of the palette's colour nearest to `rgb`. */
function nearest(rgb: Rgb, palette: Palette): string {
	let best = '';
	let least = Infinity;
	for (const [name, color] of Object.entries(palette)) {
		const d = apart(rgb, color);
		if (d >= least) continue;
		least = d;
		best = name;
	}
	return best;
}

/** Median colour of a frame of 6 units along the border. */
function borderColor(picture: Picture): Rgb {
	const { width, height } = picture;
	const edge = Math.round(6 * picture.scale);
	const pixels: number[] = [];
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			if (y < edge || y >= height - edge || x < edge || x >= width - edge) {
				pixels.push(y * width + x);
			}
		}
	}
	return picture.median(pixels);
}

/** Distance to the shades of the background: its gradient and the shadows on it. */
function awayFrom(rgb: Rgb, back: Rgb): number {
	const dot = (a: Rgb, b: Rgb): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
	const t = Math.min(1.06, Math.max(0.72, dot(rgb, back) / Math.max(dot(back, back), 1)));
	return apart(rgb, [t * back[0], t * back[1], t * back[2]]);
}

/** The shape that covers the blob best when it has the blob's area and centroid. */
function bestShape(picture: Picture, blob: Blob): Omit<Found, 'color'> {
	const { width, scale } = picture;
	const inside = new Uint8Array(width * picture.height);
	for (const p of blob.pixels) inside[p] = 1;
	let sumX = 0;
	let sumY = 0;
	for (const p of blob.pixels) {
		sumX += (p % width) + 0.5;
		sumY += Math.floor(p / width) + 0.5;
	}
	const area = blob.pixels.length;
	let best: Omit<Found, 'color'> = { shape: 'circle', overlap: 0, x: 0, y: 0, radius: 0 };
	for (const mask of MASKS) {
		const radius = Math.sqrt(area / mask.area);
		const x = sumX / area - radius * mask.centroidX;
		const y = sumY / area - radius * mask.centroidY;
		let both = 0;
		let ideal = 0;
		for (let v = Math.floor(y - 1.3 * radius); v <= y + 1.3 * radius; v++) {
			for (let u = Math.floor(x - 1.3 * radius); u <= x + 1.3 * radius; u++) {
				if (!mask.covers((u + 0.5 - x) / radius, (v + 0.5 - y) / radius)) continue;
				ideal++;
				if (u >= 0 && u < width && v >= 0 && inside[v * width + u]) both++;
			}
		}
		const overlap = both / (ideal + area - both);
		if (overlap > best.overlap) {
			best = {
				shape: mask.shape,
				overlap,
				x: x / scale,
				y: y / scale,
				radius: radius / scale,
			};
		}
	}
	return best;
}

function findObjects(picture: Picture): Found[] {
	const { width } = picture;
	const back = borderColor(picture);
	const mask = picture.mark((rgb) => awayFrom(rgb, back) > FOREGROUND);
	return picture
		.blobs(mask)
		.filter((blob) => picture.area(blob.pixels.length) >= MIN_AREA)
		.map((blob) => {
			// The rim is blended with the background; the colour is read inside.
			const inner = blob.pixels.filter(
				(p) => mask[p - 1] && mask[p + 1] && mask[p - width] && mask[p + width],
			);
			const rgb = picture.median(inner.length > 20 ? inner : blob.pixels);
			return { ...bestShape(picture, blob), color: nearest(rgb, OBJECT_COLORS) };
		});
}

/** Complaints about one object; alone, an object is drawn larger than in company. */
function compare(want: SceneObject, got: Found, alone: boolean): string[] {
	const out: string[] = [];
	if (got.shape !== want.shape) out.push(`the ${want.shape} is a ${got.shape}`);
	else if (got.overlap < MIN_OVERLAP) {
		out.push(`the ${want.shape} is unclear (${got.overlap.toFixed(2)})`);
	}
	if (got.color !== want.color) out.push(`the ${want.color} ${want.shape} is ${got.color}`);
	const [smallest, largest] = alone ? [33, 51] : [28, 40];
	if (
		(want.size === 'small' && got.radius > smallest) ||
		(want.size === 'large' && got.radius < largest)
	) {
		out.push(`the ${want.size} ${want.shape} has radius ${got.radius.toFixed(0)}`);
	}
	if (want.position !== null) {
		const third = (v: number): number => (v < 100 ? 0 : v <= 156 ? 1 : 2);
		const place = POSITIONS[third(got.y) * 3 + third(got.x)] ?? 'centre';
		if (place !== want.position) out.push(`the ${want.shape} is at ${place}`);
	}
	return out;
}

/** Whether the first object stands to the second as the scene says. */
function relationHolds(scene: ShapesScene, first: Found, second: Found): boolean {
	const dx = second.x - first.x;
	const dy = second.y - first.y;
	switch (scene.relation) {
		case 'left':
			return dx > Math.max(40, Math.abs(dy));
		case 'right':
			return -dx > Math.max(40, Math.abs(dy));
		case 'above':
			return dy > Math.max(40, Math.abs(dx));
		case 'below':
			return -dy > Math.max(40, Math.abs(dx));
		case null:
			return true;
	}
}

function judgeShapes(picture: Picture, scene: ShapesScene): string[] {
	const out: string[] = [];
	if (scene.background !== null) {
		const back = nearest(borderColor(picture), BACKGROUND_COLORS);
		if (back !== scene.background) out.push(`the background is ${back}`);
	}
	const found = findObjects(picture);
	const [a, b] = scene.objects;
	const [p, q] = found;
	if (found.length !== scene.objects.length || !a || !p) {
		return [...out, `${String(found.length)} objects`];
	}
	if (!b || !q) return [...out, ...compare(a, p, true)];
	const tries = [[p, q] as const, [q, p] as const].map(([first, second]) => [
		...compare(a, first, false),
		...compare(b, second, false),
		...(relationHolds(scene, first, second) ? [] : [`the first is not ${scene.relation ?? ''}`]),
	]);
	tries.sort((x, y) => x.length - y.length);
	return [...out, ...(tries[0] ?? [])];
}

function side(x: number): Side {
	return x < 98 ? 'left' : x <= 158 ? 'centre' : 'right';
}

/** The largest blob of a colour within rows: its area, centre and how much of its box it fills. */
function disc(
	picture: Picture,
	color: Rgb,
	tolerance: number,
	top: number,
	bottom: number,
): { area: number; x: number; fill: number } {
	const mask = picture.mark((rgb) => apart(rgb, color) < tolerance, top, bottom);
	const blob = picture.blobs(mask)[0];
	if (!blob) return { area: 0, x: 0, fill: 0 };
	const box = (blob.right - blob.left + 1) * (blob.bottom - blob.top + 1);
	return {
		area: picture.area(blob.pixels.length),
		x: (blob.left + blob.right + 1) / 2 / picture.scale,
		fill: blob.pixels.length / box,
	};
}

function judgeHills(picture: Picture, scene: HillsScene): string[] {
	const out: string[] = [];
	const sky = nearest(picture.median(picture.rows(2, 12)), HILL_SKIES);
	if (scene.sky !== null && sky !== scene.sky) out.push(`the sky is ${sky}`);
	const hills = nearest(picture.median(picture.rows(244, 254)), HILL_COLORS);
	if (scene.hills !== null && hills !== scene.hills) out.push(`the hills are ${hills}`);
	const sun = disc(picture, HILL_SUNS[sky] ?? SEA_SUN, 36, 20, 122);
	if (sun.area < 1500 || sun.area > 4200 || sun.fill < 0.6) out.push('no clear sun');
	else if (scene.sun !== null && side(sun.x) !== scene.sun) out.push(`the sun is ${side(sun.x)}`);
	return out;
}

function judgeSea(picture: Picture, scene: SeaScene): string[] {
	const out: string[] = [];
	const sky = nearest(picture.median(picture.rows(2, 12)), SEA_SKIES);
	if (scene.sky !== null && sky !== scene.sky) out.push(`the sky is ${sky}`);
	const low = picture.median(picture.rows(248, 256));
	if (nearest(low, { sea: SEA_DEEP, sky: SEA_HORIZONS[sky] ?? SEA_SUN }) !== 'sea') {
		out.push('no sea');
	}
	const sun = disc(picture, SEA_SUN, 30, 90, 150);
	if (sun.area < 1000 || sun.area > 4500 || sun.fill < 0.55) out.push('no clear sun');
	else if (scene.sun !== null && side(sun.x) !== scene.sun) out.push(`the sun is ${side(sun.x)}`);
	const hull = picture.mark((rgb) => apart(rgb, HULL) < 40, 166, 192);
	const hullArea = picture.area(hull.reduce((sum, v) => sum + v, 0));
	if (scene.boat && hullArea < 150) out.push('no boat');
	if (!scene.boat && hullArea > 60) out.push('a boat');
	return out;
}

function judgeNight(picture: Picture, scene: NightScene): string[] {
	const out: string[] = [];
	const high = picture.median(picture.rows(2, 12));
	if (nearest(high, { night: NIGHT_SKY, day: [126, 190, 244] }) !== 'night') out.push('no night');
	const moon = picture.blobs(picture.mark((rgb) => apart(rgb, MOON) < 45))[0];
	if (!moon || picture.area(moon.pixels.length) < 900) {
		out.push('no moon');
	} else {
		// A disc as wide as the moon is high: a full moon fills it.
		const across = moon.bottom - moon.top + 1;
		const filled = moon.pixels.length / ((Math.PI / 4) * across ** 2);
		const phase = filled > 0.85 ? 'full' : 'crescent';
		if (scene.moon !== null && phase !== scene.moon) out.push(`the moon is ${phase}`);
		const x = (moon.left + across / 2) / picture.scale;
		if (scene.position !== null && side(x) !== scene.position) {
			out.push(`the moon is ${side(x)}`);
		}
	}
	if (scene.stars) {
		const margin = 12 * picture.scale;
		const lights = picture.blobs(picture.mark((rgb) => rgb[0] + rgb[1] + rgb[2] > 450));
		const stars = lights
			.filter(
				(light) =>
					!moon ||
					light.right < moon.left - margin ||
					light.left > moon.right + margin ||
					light.bottom < moon.top - margin ||
					light.top > moon.bottom + margin,
			)
			.reduce((sum, light) => sum + light.pixels.length, 0);
		if (picture.area(stars) < 40) out.push('no stars');
	}
	const low = picture.median(picture.rows(250, 256));
	const ground = nearest(low, { mountains: MOUNTAIN, none: NIGHT_LOW });
	if ((ground === 'mountains') !== (scene.ground !== null)) out.push(`the ground is ${ground}`);
	return out;
}

function complaintsAbout(picture: Picture, scene: Scene): string[] {
	switch (scene.kind) {
		case 'shapes':
			return judgeShapes(picture, scene);
		case 'hills':
			return judgeHills(picture, scene);
		case 'sea':
			return judgeSea(picture, scene);
		case 'night':
			return judgeNight(picture, scene);
	}
}

/** Judges RGBA pixels (a square picture of any size) against a scene. */
export function judgePicture(
	rgba: Uint8ClampedArray,
	width: number,
	height: number,
	scene: Scene,
): Verdict {
	const complaints = complaintsAbout(new Picture(rgba, width, height), scene);
	return { right: complaints.length === 0, complaints };
}
