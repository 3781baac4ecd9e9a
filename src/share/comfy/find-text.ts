import { type Graph, isLink, type Link, type Node } from './graph.ts';

/** Where nodes keep text, in the order in which they are asked for it: what was drawn before what it was made from. */
const TEXT_INPUTS = [
	...['populated_text', 'text', 'prompt', 'user_prompt', 't5xxl', 'llama', 'text_g', 'clip_g'],
	...['clip_l', 'text_l', 'value', 'string', 'text_0', 'wildcard_text', 'positive', 'any'],
];
/** Nodes that choose one of their inputs, and by which. */
const SWITCHES = ['boolean', 'switch', 'select', 'condition'];
const SEPARATORS = ['delimiter', 'separator', 'sep', 'linebreak_addition'];
/** One of several texts: `string_a`, `text2`, `prompt_1`, `conditioning_to`. */
const PART = /^(string|text|prompt|str|s)_?([a-z]|\d{1,2})$/i;

/** What was found on the way to a text. */
export interface FoundText {
	readonly text: string | undefined;
	/** The nodes between the link and the text, the text's own included. */
	readonly path: readonly Node[];
}

/** The prompt that a conditioning was made of. */
export function findText(
	graph: Graph,
	link: unknown,
	polarity: 'positive' | 'negative',
): FoundText {
	const path: Node[] = [];
	const text = new TextSearch(graph, polarity, path).at(link);
	return { text, path };
}

class TextSearch {
	readonly #graph: Graph;
	readonly #polarity: 'positive' | 'negative';
	readonly #path: Node[];
	readonly #seen = new Set<string>();

	constructor(graph: Graph, polarity: 'positive' | 'negative', path: Node[]) {
		this.#graph = graph;
		this.#polarity = polarity;
		this.#path = path;
	}

	at(link: unknown): string | undefined {
		if (typeof link === 'string') return link;
		const node = this.#graph.follow(link);
		if (node === undefined || !isLink(link)) return undefined;
		const key = `${node.id}:${link[1]}`;
		if (this.#seen.has(key)) return undefined;
		this.#seen.add(key);
		this.#path.push(node);
		return (
			this.#ofPair(node, link) ??
			this.#ofJoined(node) ??
			this.#ofSwitch(node) ??
			this.#ofOwnText(node) ??
			this.#beyond(node)
		);
	}

	/** A node that both conditionings pass gives them out in their order. */
	#ofPair({ inputs }: Node, [, output]: Link): string | undefined {
		const { positive, negative } = inputs;
		if (positive === undefined || negative === undefined) return undefined;
		// Loaders with texts of their own give the model out first.
		if (!isLink(positive) || !isLink(negative)) return this.at(inputs[this.#polarity]);
		return this.at(output === 1 ? negative : positive);
	}

	#ofJoined({ inputs }: Node): string | undefined {
		const parts = Object.keys(inputs).filter((name) => PART.test(name));
		if (parts.length < 2) return undefined;
		parts.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
		const texts = parts.map((name) => this.at(inputs[name])).filter((text) => text !== undefined);
		if (texts.length === 0) return undefined;
		const [given] = SEPARATORS.map((name) => inputs[name]).filter((one) => typeof one === 'string');
		const separator = (given ?? '').replaceAll('\\n', '\n');
		return texts.filter((text) => text !== '').join(separator);
	}

	#ofSwitch({ inputs }: Node): string | undefined {
		const [given] = SWITCHES.map((name) => inputs[name]).filter((one) => one !== undefined);
		const chosen = this.#graph.resolve(given);
		if (typeof chosen !== 'boolean') return undefined;
		return this.at(inputs[chosen ? 'on_true' : 'on_false']);
	}

	#ofOwnText({ inputs }: Node): string | undefined {
		const own = TEXT_INPUTS.map((name) => inputs[name]);
		const written = own.find((value) => typeof value === 'string');
		for (const value of own) {
			if (value === written && written !== undefined) return written;
			if (!isLink(value)) continue;
			const text = this.at(value);
			if (text !== undefined) return text;
		}
		return undefined;
	}

	/** Through a node that has no text: nearest first, and never by the wrong one of two conditionings. */
	#beyond({ inputs }: Node): string | undefined {
		const avoided = this.#polarity === 'positive' ? 'negative' : 'positive';
		for (const [name, input] of Object.entries(inputs)) {
			if (name === avoided || !isLink(input) || NOT_TEXT.test(name)) continue;
			const text = this.at(input);
			if (text !== undefined) return text;
		}
		return undefined;
	}
}

/** Inputs that lead to a network or a picture. */
const NOT_TEXT =
	/^(clip|model|vae|image|pixels|latent|samples|mask|control_net|controlnet|clip_vision)/i;
