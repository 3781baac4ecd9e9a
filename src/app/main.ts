import { mount } from 'svelte';
import { registerSW } from 'virtual:pwa-register';
import { createEngineClient } from '../engine/engine-client.ts';
import App from './App.svelte';
import { language } from './i18n/language.svelte.ts';
import { browserStorage } from './studio/key-value-storage.ts';
import { OfflineApp } from './page/offline-app.svelte.ts';
import { theme } from './page/theme.svelte.ts';
import { trustOwnScripts } from './page/trust-own-scripts.ts';
import './tokens.css';
import './base.css';

trustOwnScripts();
// Fetched while the rest is set up.
const speaking = language.start(browserStorage, navigator.languages);

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element with the id "app".');

const offlineApp = new OfflineApp();
const update = registerSW({
	onNeedRefresh: () => offlineApp.offerUpdate(() => void update()),
	onRegisteredSW: (_url, registration) => registration && lookForUpdates(registration),
});

window.addEventListener('beforeinstallprompt', (event) => offlineApp.keepPrompt(event));
window.addEventListener('appinstalled', () => offlineApp.installed());

theme.start(browserStorage);
const engine = createEngineClient();
await speaking;
mount(App, { target, props: { engine, offlineApp } });

/** The browser itself only looks when a page is opened, and this one stays open for days. */
function lookForUpdates(registration: ServiceWorkerRegistration): void {
	document.addEventListener('visibilitychange', () => {
		// Without a network there is nothing new.
		if (!document.hidden) registration.update().catch(() => undefined);
	});
}
