const PRESS_MILLISECONDS = 450;
/** CSS pixels: a finger that goes farther scrolls. */
const SLACK = 10;

/** Tells a finger that rests from one that taps or scrolls. */
export class LongPress {
	#timer: ReturnType<typeof setTimeout> | undefined;
	#from = { x: 0, y: 0 };
	#happened = false;

	begin({ pointerType, clientX, clientY }: PointerEvent, act: () => void): void {
		this.end();
		this.#happened = false;
		if (pointerType !== 'touch') return;
		this.#from = { x: clientX, y: clientY };
		this.#timer = setTimeout(() => {
			this.#happened = true;
			act();
		}, PRESS_MILLISECONDS);
	}

	move({ clientX, clientY }: PointerEvent): void {
		const { x, y } = this.#from;
		if (Math.hypot(clientX - x, clientY - y) > SLACK) this.end();
	}

	end(): void {
		clearTimeout(this.#timer);
	}

	/** @returns whether the click that comes now is the end of one */
	swallowsClick(): boolean {
		const happened = this.#happened;
		this.#happened = false;
		return happened;
	}
}
