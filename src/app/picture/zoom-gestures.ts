import type { Point } from './zoom.ts';

export interface ZoomGestures {
	/** @param at CSS pixels from the element's middle */
	readonly onzoom: (factor: number, at: Point) => void;
	readonly onpan: (by: Point) => void;
	/** One finger or the mouse was let go; CSS pixels since it came down. */
	readonly onrelease?: (moved: Point, pointer: string) => void;
}

/** A notch of the wheel is some 100 CSS pixels, and shall zoom by a fifth. */
const WHEEL_ZOOM = Math.log(1.2) / 100;

/** Wheel, pinch and drag on an element. Returns what takes them off it again. */
export function zoomGestures(element: HTMLElement, gestures: ZoomGestures): () => void {
	const pointers = new Map<number, Point>();
	const gone = new AbortController();
	const { signal } = gone;
	let start: Point | undefined;

	const fromMiddle = ({ x, y }: Point): Point => {
		const { left, top, width, height } = element.getBoundingClientRect();
		return { x: x - left - width / 2, y: y - top - height / 2 };
	};

	element.addEventListener(
		'wheel',
		(event) => {
			event.preventDefault();
			gestures.onzoom(Math.exp(-event.deltaY * WHEEL_ZOOM), fromMiddle(event));
		},
		{ passive: false, signal },
	);
	element.addEventListener(
		'pointerdown',
		(event) => {
			if (event.button !== 0) return;
			element.setPointerCapture(event.pointerId);
			pointers.set(event.pointerId, { x: event.x, y: event.y });
			start = pointers.size === 1 ? { x: event.x, y: event.y } : undefined;
		},
		{ signal },
	);
	element.addEventListener(
		'pointermove',
		(event) => {
			const before = pointers.get(event.pointerId);
			if (before === undefined) return;
			const now = { x: event.x, y: event.y };
			const [other] = [...pointers].filter(([id]) => id !== event.pointerId);
			pointers.set(event.pointerId, now);
			const share = pointers.size;
			gestures.onpan({ x: (now.x - before.x) / share, y: (now.y - before.y) / share });
			if (other === undefined) return;
			const [, still] = other;
			const distance = (point: Point): number => Math.hypot(point.x - still.x, point.y - still.y);
			const middle = { x: (now.x + still.x) / 2, y: (now.y + still.y) / 2 };
			gestures.onzoom(distance(now) / Math.max(1, distance(before)), fromMiddle(middle));
		},
		{ signal },
	);
	const release = (event: PointerEvent): void => {
		if (!pointers.delete(event.pointerId)) return;
		if (start !== undefined && event.type === 'pointerup') {
			const moved = { x: event.x - start.x, y: event.y - start.y };
			gestures.onrelease?.(moved, event.pointerType);
		}
		start = undefined;
	};
	element.addEventListener('pointerup', release, { signal });
	element.addEventListener('pointercancel', release, { signal });
	return () => gone.abort();
}
