import type { ComputedNode, Tensor } from '../../graph/graph.ts';
import type { GraphBuilder } from '../../graph/graph-builder.ts';

/** w2(SiLU(w1 x) · (w3 x)), no biases. x: [tokens, features]. */
export function swiGlu(
	g: GraphBuilder,
	x: Tensor,
	names: { readonly gate: string; readonly up: string; readonly down: string },
	features: number,
	hidden: number,
): ComputedNode {
	const gate = g.silu(g.linear(x, names.gate, hidden));
	const up = g.linear(x, names.up, hidden);
	return g.linear(g.multiply(gate, up), names.down, features);
}
