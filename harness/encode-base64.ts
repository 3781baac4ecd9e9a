/** Base64 of any number of bytes. */
export function encodeBase64(bytes: Uint8Array): string {
	let binary = '';
	// In pieces, because a call takes only so many arguments.
	for (let start = 0; start < bytes.length; start += 0x8000) {
		binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
	}
	return btoa(binary);
}
