import type { ErrorData } from '../../errors/app-error.ts';
import type { ErrorSentences } from '../../errors/error-sentences.ts';
import { downToTenth, type Formats, upToTenth } from '../format.ts';
import { ENGLISH_FIELDS } from './english-terms.ts';

/** What a person does about an error, in the middle of a sentence: presses a button, or types a command. */
export interface Advice {
	readonly generate: string;
	readonly repair: string;
	readonly install: string;
	/** Where the budget is set. */
	readonly budget: string;
}

/** On the page. */
export const ENGLISH_BUTTONS: Advice = {
	generate: 'press Generate',
	repair: 'press Repair',
	install: 'press Install again',
	budget: 'under Memory',
};

const WORKERS: Readonly<Record<ErrorData['worker-crashed']['worker'], string>> = {
	engine: 'The engine',
	install: 'The installer',
	hash: 'The check of files',
	lab: 'The measurement',
};

const ENDS: Readonly<Record<ErrorData['worker-crashed']['end'], string>> = {
	failed: 'it failed',
	killed: 'the browser ended it, perhaps for want of memory',
	closed: 'it was closed',
	silent: 'it no longer answered',
};

const GAPS: Readonly<Record<ErrorData['webgpu-unavailable']['reason'], string>> = {
	'no-webgpu': 'This browser has no WebGPU: use Chrome 134 or later, over https or localhost.',
	'no-adapter':
		'WebGPU found no graphics adapter: turn on graphics acceleration in the browser or update the driver. ' +
		'If it worked here before, restart the browser.',
	refused: 'The graphics adapter refused to open: restart the browser or update the driver.',
	silent:
		'The browser’s GPU process does not answer: restart the browser or update the graphics driver.',
};

const LINKS: Readonly<Record<ErrorData['recipe-link']['problem'], string>> = {
	'no-recipe': 'This link holds no recipe. Ask for it again, or write a prompt yourself.',
	'newer-version':
		'This link was made by a newer Shardlight. Reload the page to get the new version, then open the link again.',
	broken:
		'This link is damaged: part of it was changed or cut off. Copy the whole link again, or ask for it again.',
	'too-long':
		'The prompt is too long for a link. Save the picture instead: its file carries the whole prompt.',
};

export function englishErrors(formats: Formats, advice: Advice): ErrorSentences {
	const { generate, repair, install, budget } = advice;
	const repairIt = `To fetch it again, ${repair}; everything else stays installed.`;
	return {
		'worker-crashed': ({ worker, end, detail }) =>
			`${WORKERS[worker]} stopped unexpectedly (${detail === undefined || detail === '' ? ENDS[end] : detail}). It starts afresh with the next try; what is stored is kept.`,

		'webgpu-unavailable': ({ reason, detail }) =>
			GAPS[reason] + (detail === undefined ? '' : ` (${detail})`),
		'webgpu-paused': () =>
			'The browser has taken WebGPU away from this page, as it does when its GPU process crashes twice. ' +
			`Reload the page with the browser's reload button, or wait two minutes and ${generate}; ` +
			'if that does not help, restart the browser.',
		'gpu-device-lost': ({ reason }) =>
			`The GPU was reset (${reason}). Nothing stored is lost: to start again, ${generate}.`,
		'out-of-gpu-memory': ({ what, bytes }) =>
			`The GPU is out of memory (${what}; ${formats.bytes(bytes)}). Lower the budget ${budget}, ` +
			`close other programs that use the GPU, or choose a smaller picture; then ${generate}.`,
		'gpu-fault': ({ detail }) =>
			`The GPU refused its work (${detail}). To start again, ${generate}; ` +
			'if it comes back, update Chrome and the graphics driver.',
		'scratch-limit': ({ graph, limitBytes, leastBytes }) =>
			`${graph} takes ${formats.bytes(leastBytes)} at least, and ${formats.bytes(limitBytes)} were allowed. ` +
			`Raise the budget ${budget}, or choose a smaller size.`,
		shape: ({ detail }) =>
			`Shardlight has made a mistake in its own data (${detail}). Reload the page and try again.`,

		'engine-busy': () => 'A picture is being drawn already. Wait for it, or cancel it first.',
		'empty-prompt': () =>
			'The prompt is empty. Describe the picture you want, for example "a red circle".',
		'invalid-recipe': ({ field, value, least, most, multiple, nearest }) =>
			`The ${ENGLISH_FIELDS[field]} must be ${multiple === undefined ? 'a whole number' : `a multiple of ${multiple}`} ` +
			`from ${least} to ${most}, not ${value}.${nearest === undefined ? '' : ` The nearest that works is ${nearest}.`}`,
		'unsupported-options': ({ options }) =>
			`This model cannot do what is asked of it: ${formats.list(options.map((option) => ENGLISH_FIELDS[option]))}. Leave these out.`,
		'budget-too-small': ({ width, height, leastBytes, budgetBytes }) =>
			`A picture of ${width} × ${height} pixels takes at least ${formats.bytes(upToTenth(leastBytes))} of GPU memory, ` +
			`and the budget is ${formats.bytes(downToTenth(budgetBytes))}. Raise the budget ${budget}, or choose a smaller size.`,
		'non-finite': ({ block, when }) =>
			`The GPU computed values that are not numbers (${when}, first in ${block}). The picture was stopped. ` +
			`To check the model, ${repair}; or update the graphics driver.`,

		'model-not-installed': ({ modelId }) =>
			`The model “${modelId}” is not installed. Install it first, then ${generate}.`,
		'model-too-new': ({ modelId }) =>
			`The model “${modelId}” was installed by a newer Shardlight. Reload the page to get the newest version; the model stays installed.`,
		'shard-missing': ({ modelId, shard }) =>
			`A part of the model “${modelId}” is missing (${shard}). ${repairIt}`,
		'shard-corrupt': ({ modelId, shard, detail }) =>
			`A part of the model “${modelId}” is damaged (${shard}: ${detail}). ${repairIt}`,
		'storage-full': ({ neededBytes, freeBytes }) =>
			'The disk space that the browser grants this page is used up: ' +
			`${formats.bytes(neededBytes)} are needed${freeBytes === undefined ? '' : ` and ${formats.bytes(freeBytes)} are free`}. ` +
			`Free some space, then ${install}; what is already stored is kept.`,
		'store-busy': ({ object }) =>
			`Another tab of this page works on the same model (${object}). ` +
			'Close the other tab or wait until it is done, then try again.',
		'backend-unavailable': ({ backend }) =>
			`This browser cannot store models in “${backend}”. Choose the other storage, or update the browser.`,

		download: ({ url, reason }) =>
			`Could not fetch ${url} (${reason}). Check the connection, then ${install}: it goes on where it stopped.`,
		integrity: ({ file }) =>
			`${file} arrived damaged: its SHA-256 is not the published one. To fetch it again, ${install}; ` +
			'if it happens twice, the server has another file under this name.',
		checkpoint: ({ detail }) => detail,
		config: ({ detail }) => `The model’s configuration cannot be used. ${detail}`,
		'source-changed': ({ file, detail }) =>
			`${file} has changed since it was begun (${detail}). To go on, ${install}: ` +
			'what came from the old file is fetched anew, the rest is kept.',
		'source-needed': ({ modelId }) =>
			`The install of “${modelId}” came from files that this page can no longer read. ` +
			'Choose the same files again: it goes on where it stopped.',
		'files-missing': ({ missing }) =>
			`These files are missing: ${missing.join('; ')}. ` +
			'Choose the folder that holds all of them, or the files themselves together.',
		'install-busy': ({ where }) =>
			`An install is running in ${where} already. Wait until it is done, or pause it there first.`,

		'history-full': () =>
			'The history has no room for this picture; earlier ones are kept. Save it now, then export ' +
			'and delete pictures in the history, or free some disk space.',
		'history-unavailable': ({ detail }) =>
			`The history cannot be opened (${detail}). Pictures can still be drawn and saved; ` +
			'reload the page, or allow this site to store data, to have the history back.',
		'picture-lost': ({ id }) =>
			`Picture ${id} is no longer in the history. If its recipe is still shown, generate it again.`,

		'recipe-link': ({ problem }) => LINKS[problem],
		'no-recipe': () =>
			'This picture carries no prompt or settings. Many sites remove them: use the original PNG file.',
		png: ({ detail }) =>
			`This file cannot be read as a PNG picture (${detail}). Use the original PNG file.`,
		inflate: ({ detail }) =>
			`The compressed text is unusable (${detail}). Get the link or file again.`,
	};
}
