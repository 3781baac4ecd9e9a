import { expect, it } from 'vitest';
import { lowerGraph } from '../../../src/onnx/lower-graph.ts';
import { tinyGraphKinds } from '../../fixtures/tiny-graph-kinds.ts';
import { printOnnxGraph } from './print-onnx-graph.ts';

/** The second makes the larger linear layers of the tiny networks read their weights in pieces. */
const BINDINGS = [2 ** 27, 2 ** 20];

it.each(tinyGraphKinds())(
	'$component.id keeps the ONNX graphs that are on record',
	async ({ component, kinds }) => {
		const texts = BINDINGS.flatMap((maxBindingBytes) =>
			[false, true].flatMap((taps) =>
				kinds.map((kind) =>
					printOnnxGraph(lowerGraph(component.graph(kind, { taps }), { maxBindingBytes })),
				),
			),
		);
		const text = [...new Set(texts)].join('\n');
		await expect(text).toMatchFileSnapshot(`lowered/${component.id}.txt`);
	},
);
