/**
 * Makes a call whose events and result come through channels of their own, so that an event may arrive
 * after the result. Such an event is dropped: a page that took it for news would go on waiting.
 *
 * @param call gets the listener to send; its promise decides
 */
export async function muteAfterSettled<Event, Result>(
	listener: (event: Event) => void,
	call: (listener: (event: Event) => void) => Promise<Result>,
): Promise<Result> {
	let settled = false;
	try {
		return await call((event) => {
			if (!settled) listener(event);
		});
	} finally {
		settled = true;
	}
}
