import type { TrustedTypesWindow } from 'trusted-types/lib';

/**
 * Makes the browser start scripts and workers from the app's own folder only, where its policy asks for trusted types.
 * Call it before anything is started.
 */
export function trustOwnScripts(): void {
	// Browsers other than Chromium may lack them.
	const { trustedTypes } = window as Window & Partial<TrustedTypesWindow>;
	trustedTypes?.createPolicy('default', {
		createScriptURL(address) {
			if (isOwnScript(address, document.baseURI)) return address;
			throw new TypeError(`${address} is no script of this app.`);
		},
	});
}

/** @param page address of the page, whose folder the app lies in */
export function isOwnScript(address: string, page: string): boolean {
	const url = new URL(address, page);
	const home = new URL('./', page);
	return url.origin === home.origin && url.pathname.startsWith(home.pathname);
}
