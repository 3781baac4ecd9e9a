import { mount } from 'svelte';
import { createEngineClient } from '../engine/engine-client.ts';
import App from './App.svelte';
import { language } from './i18n/language.svelte.ts';
import { browserStorage } from './state/key-value-storage.ts';
import './tokens.css';
import './base.css';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element with the id "app".');

language.start(browserStorage, navigator.languages);
const engine = createEngineClient();
mount(App, { target, props: { engine } });
