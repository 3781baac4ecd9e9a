/**
 * For the first moments after a browser starts, while its GPU process is starting too,
 * `requestAdapter()` may answer null. Wait that out once per browser before testing anything.
 * False if there is still no adapter after 20 s.
 *
 * Uses nothing from outside itself, so that Playwright can send it to a page.
 */
export async function waitForAdapter(): Promise<boolean> {
	for (const end = performance.now() + 20_000; performance.now() < end;) {
		if (navigator.gpu !== undefined && (await navigator.gpu.requestAdapter()) !== null) return true;
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
	return false;
}
