import type { AttributeValue, GraphNode, OnnxGraph } from '../../../src/onnx/onnx-graph.ts';

/**
 * A graph as text that tells what is computed and nothing else: nodes stand in the order in which the
 * outputs need them, and values between are numbered in that order, whatever the builder called them.
 */
export function printOnnxGraph(graph: OnnxGraph): string {
	const producers = new Map<string, GraphNode>(
		graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node])),
	);
	const names = new Map<string, string>();
	for (const { name, dimensions } of graph.inputs) names.set(name, name + shapeText(dimensions));
	for (const { name, tensor, elementOffset, shape } of graph.weights) {
		names.set(name, `"${tensor}"@${elementOffset}${shapeText(shape)}`);
	}
	for (const { name, type, shape, values } of graph.constants) {
		const isUniform = values.length > 4 && values.every((value) => value === values[0]);
		const text = isUniform ? `all ${values[0]}` : values.join(', ');
		names.set(name, `${type}${shapeText(shape)}{${text}}`);
	}
	const outputs = new Map<string, string>(
		graph.outputs.map(({ name, dimensions }) => [name, name + shapeText(dimensions)]),
	);
	const printed = new Set<GraphNode>();
	const lines: string[] = [];
	let unnamed = 0;
	const print = (value: string): string => {
		const node = producers.get(value);
		if (node === undefined || printed.has(node)) return names.get(value) ?? value;
		printed.add(node);
		const inputs = node.inputs.map(print);
		for (const output of node.outputs) {
			names.set(output, outputs.get(output) ?? `%${unnamed++}`);
		}
		const attributes = Object.entries(node.attributes).sort(([a], [b]) => a.localeCompare(b));
		const settings = attributes.map(([name, each]) => ` ${name}=${attributeText(each)}`).join('');
		const made = node.outputs.map((output) => names.get(output)).join(', ');
		lines.push(`${made} = ${node.operator}(${inputs.join(', ')})${settings}`);
		return names.get(value) ?? value;
	};
	for (const { name } of graph.outputs) print(name);
	if (printed.size !== graph.nodes.length) throw new Error('a node that no output needs');
	return `${graph.name}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function shapeText(shape: readonly (number | string)[]): string {
	return `[${shape.join(', ')}]`;
}

function attributeText(attribute: AttributeValue): string {
	if (typeof attribute !== 'object') return String(attribute);
	return 'float' in attribute ? String(attribute.float) : shapeText(attribute);
}
