/** Whether shortcuts are written with the Command key. */
export function isApple(): boolean {
	return /Mac|iPhone|iPad/.test(navigator.userAgent);
}
