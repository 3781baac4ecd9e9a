import { expect, it } from 'vitest';
import { verifyCase } from '../../../lab/verify/verify.ts';

const FOLDER = new URL('/test/fixtures/golden/', location.href);
const NAME = 'dit-tiny';

interface Goldens {
	readonly cases: Readonly<
		Record<
			string,
			{
				readonly rows: string;
				readonly adapters: readonly { readonly adapter: string; readonly strength: number }[];
			}
		>
	>;
}

const fileUrl = (file: string): string => new URL(`${NAME}.${file}`, FOLDER).href;

/** All cases are what `npm run verify` goes through. */
it.each([
	['fused', 'peft-diffusers@0.8+kohya@-0.5'],
	['fused', 'comfy-fused@0.8+lokr@-0.5'],
	['fused', 'diff@0.8+dora@-0.5'],
	['ort', 'dora@0.8+loha@-0.5'],
] as const)(
	'a network on %s with %s equals the official code with changed weights, block by block',
	async (engine, name) => {
		const config: unknown = await (await fetch(fileUrl('config.json'))).json();
		const goldens = (await (await fetch(fileUrl('lora.golden.json'))).json()) as Goldens;
		const { rows, adapters } = goldens.cases[name];
		const tensors = await verifyCase({
			name: NAME,
			...{ kind: 'z-image', layout: 'diffusers', config, engine },
			weightsUrl: fileUrl('diffusers.safetensors'),
			goldenUrl: fileUrl('lora.golden.safetensors'),
			adapters: {
				inputsUrl: fileUrl('golden.safetensors'),
				cases: [
					{
						name,
						rowStride: rows === 'all' ? 1 : 8,
						adapters: adapters.map(({ adapter, strength }) => ({
							url: fileUrl(`lora-${adapter}.safetensors`),
							strength,
						})),
					},
				],
			},
		});
		const own = tensors.filter(({ tensor }) => tensor.startsWith(`${name}/`));
		expect(own.length).toBeGreaterThan(6);
		expect(own.filter(({ status }) => status !== 'ok')).toEqual([]);
	},
);
