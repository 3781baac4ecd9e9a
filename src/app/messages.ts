import type { AdapterInfo, PictureSize, Stage } from '../engine/engine.ts';
import { Formats } from './format.ts';

const formats = new Formats('en');

const STAGES: Readonly<Record<Stage, string>> = {
	tokenise: 'Reading the prompt',
	encode: 'Understanding the prompt',
	sample: 'Drawing',
	decode: 'Developing the picture',
};

const VENDORS: Readonly<Record<string, string | undefined>> = {
	amd: 'AMD',
	apple: 'Apple',
	arm: 'Arm',
	intel: 'Intel',
	nvidia: 'NVIDIA',
	qualcomm: 'Qualcomm',
};

/** Every text the page shows, except what the engine's errors say. */
export const messages = {
	appName: 'Shardlight',
	tagline: 'Pictures from words, drawn on your own GPU.',

	start: {
		starting: 'Looking for the GPU…',
		failedTitle: 'Shardlight could not start',
		tryAgain: 'Try again',
		noModels: 'This copy of Shardlight offers no model. The address of its models may be wrong.',
	},

	unavailable: {
		title: 'Shardlight needs WebGPU',
		intro:
			'Pictures are drawn on this computer, through its graphics card. This browser gives no way to it:',
		adviceTitle: 'What usually helps',
		advice: [
			{
				title: 'Use a recent Chrome or Edge',
				text: 'Version 134 or newer. The version is at the top of the page below.',
				address: 'chrome://settings/help',
			},
			{
				title: 'Turn graphics acceleration on',
				text: 'Switch on “Use graphics acceleration when available”, then restart the browser.',
				address: 'chrome://settings/system',
			},
			{
				title: 'Update the graphics driver',
				text: 'From NVIDIA, AMD or Intel. The next page says why the browser turned a driver down.',
				address: 'chrome://gpu',
			},
			{
				title: 'On Linux, allow WebGPU',
				text: 'Enable this flag, and Vulkan beside it, then restart the browser.',
				address: 'chrome://flags/#enable-unsafe-webgpu',
			},
		],
		insecure:
			'This page was opened over plain HTTP. WebGPU is only given to pages opened through https:// or localhost.',
		copyAddress: (address: string) => `Copy ${address}`,
		copied: 'Copied',
		tryAgain: 'Check again',
	},

	gpu: {
		name: ({ vendor, architecture, description }: AdapterInfo) =>
			description || [VENDORS[vendor] ?? vendor, architecture].filter(Boolean).join(' '),
		label: 'GPU',
		software: 'No graphics card was found, so the processor does its work: pictures will be slow.',
	},

	install: {
		title: (model: string) => `Getting ${model} ready`,
		repairTitle: (model: string) => `Repairing ${model}`,
		failedTitle: (model: string) => `${model} is not complete yet`,
		cancelledTitle: (model: string) => `${model} is needed to draw`,
		cancelledText: (bytes: number) =>
			`It takes ${formats.bytes(bytes)} on disk. What has been fetched already is kept.`,
		progressLabel: 'Installation progress',
		progress: (done: number, total: number) => `${formats.bytes(done)} of ${formats.bytes(total)}`,
		speed: (bytesPerSecond: number) => `${formats.bytes(bytesPerSecond)}/s`,
		preparing: 'Preparing…',
		cancel: 'Cancel installation',
		install: 'Install',
		installAgain: 'Install again',
		done: (model: string) => `${model} is ready.`,
		dismiss: 'Dismiss installation',
	},

	composer: {
		title: 'Compose',
		promptLabel: 'Prompt',
		promptPlaceholder: 'Describe the picture you want…',
		promptEmpty: 'Describe the picture first.',
		examplesLabel: 'Try',
		seedLabel: 'Seed',
		seedProblem: (max: number) => `A whole number from 0 to ${formats.integer(max)}.`,
		seedRandom: 'Random seed',
		seedLock: 'Lock seed',
		seedLocked: 'The seed stays as it is',
		seedUnlocked: 'Every picture gets a new seed',
		stepsLabel: 'Steps',
		stepsProblem: (min: number, max: number) => `${min} to ${max}.`,
		sizeLabel: 'Size',
		generate: 'Generate',
		cancel: 'Cancel',
		cancelling: 'Stopping…',
		keyEnter: 'Enter',
		keyEscape: 'Esc',
		keyControl: 'Ctrl',
		keyCommand: '⌘',
	},

	progress: {
		label: 'Picture progress',
		starting: 'Starting',
		stage: (stage: Stage) => STAGES[stage],
		step: (current: number, total: number) => `step ${current} of ${total}`,
		block: (current: number, total: number) => `block ${current} of ${total}`,
		timeLeft: (milliseconds: number) => `about ${formats.roughDuration(milliseconds)} left`,
		percent: (fraction: number) => formats.percent(fraction),
		done: 'The picture is ready.',
		cancelled: 'Cancelled.',
	},

	picture: {
		region: 'Picture',
		emptyTitle: 'Nothing drawn yet',
		emptyText: 'Describe a picture and press Generate.',
		emptyBusy: 'Your picture is on its way',
		detailsLabel: 'How this picture was made',
		seed: 'Seed',
		reuseSeed: (seed: number) => `Use seed ${seed} again`,
		size: 'Size',
		sizeValue: ({ width, height }: PictureSize) => `${width} × ${height}`,
		steps: 'Steps',
		time: 'Time',
		timeValue: (milliseconds: number) => formats.duration(milliseconds),
		peakMemory: 'Peak GPU memory',
		bytes: (value: number) => formats.bytes(value),
		save: 'Save PNG',
		saveFailed: (reason: string) => `The picture could not be saved: ${reason}`,
		fileName: (seed: number) => `shardlight-${seed}.png`,
	},

	notice: {
		region: 'Notices',
		dismiss: 'Dismiss',
		promptCut: (tokens: number, limit: number) =>
			`The prompt has ${formats.integer(tokens)} tokens; the model reads ${formats.integer(limit)}, the rest was cut.`,
		repair: 'Repair',
		install: 'Install',
	},

	title: {
		idle: 'Shardlight',
		drawing: (fraction: number) => `${formats.percent(fraction)} · Shardlight`,
		installing: (fraction: number) => `Installing ${formats.percent(fraction)} · Shardlight`,
	},
} as const;
