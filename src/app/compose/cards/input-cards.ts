import AdaptersCard from './AdaptersCard.svelte';
import GuidanceCard from './GuidanceCard.svelte';
import type { InputCard } from './input-card.ts';
import NegativeCard from './NegativeCard.svelte';
import SamplingCard from './SamplingCard.svelte';

/** What can be added to a prompt, in the order of the page. A new capability is its component and a line here. */
export const INPUT_CARDS: readonly InputCard[] = [
	{
		id: 'negative',
		options: ['negativePrompt'],
		start: () => ({ negativePrompt: '' }),
		component: NegativeCard,
	},
	{
		id: 'guidance',
		options: ['guidanceScale'],
		start: ({ guidanceScale }) => ({ guidanceScale: guidanceScale?.default ?? 1 }),
		component: GuidanceCard,
	},
	{
		id: 'sampling',
		options: ['sampler', 'schedule', 'shift'],
		start: ({ samplers: [sampler], schedules: [schedule] }) => ({ sampler, schedule }),
		component: SamplingCard,
	},
	{
		id: 'adapters',
		options: ['adapters'],
		start: () => ({ adapters: [] }),
		component: AdaptersCard,
	},
];
