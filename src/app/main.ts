import { mount } from 'svelte';
import { createEngineClient } from '../engine/engine-client.ts';
import App from './App.svelte';
import './tokens.css';
import './base.css';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element with the id "app".');

const engine = createEngineClient();
mount(App, { target, props: { engine } });
