/** A value that flows between nodes: `MODEL`, `LATENT`. */
export interface Output {
	readonly node: WorkflowNode;
	readonly slot: number;
	readonly type: string;
}

/** A node as ComfyUI's page draws it. */
export interface WorkflowNode {
	readonly id: number;
	/** Its class: `KSampler`. */
	readonly type: string;
	readonly inputs: readonly (readonly [name: string, from: Output])[];
	/** In the order of the node's fields. */
	readonly widgets: readonly (readonly [name: string, value: string | number])[];
	readonly outputs: readonly (readonly [name: string, type: string])[];
	/** Fields of the page alone, which the server does not know: by the name of the field that they follow. */
	readonly pageWidgets?: Readonly<Record<string, string>>;
}

/** The schema of ComfyUI's files since 2023. */
const VERSION = 0.4;
const COLUMN_PIXELS = 380;
const ROW_PIXELS = 240;
const SIZE = [320, 180];

/** Nodes and what flows between them, written in both of ComfyUI's forms. */
export class WorkflowGraph {
	readonly #nodes: WorkflowNode[] = [];

	/** @returns its outputs */
	add(node: Omit<WorkflowNode, 'id'>): readonly Output[] {
		const added = { ...node, id: this.#nodes.length + 1 };
		this.#nodes.push(added);
		return added.outputs.map(([, type], slot) => ({ node: added, slot, type }));
	}

	/** What the page opens: nodes with places, links by number. */
	toWorkflow(): object {
		const links: (readonly [number, number, number, number, number, string])[] = [];
		for (const node of this.#nodes) {
			for (const [slot, [, from]] of node.inputs.entries()) {
				links.push([links.length + 1, from.node.id, from.slot, node.id, slot, from.type]);
			}
		}
		const columns = this.#columns();
		const rows = new Map<number, number>();
		const nodes = this.#nodes.map((node, order) => {
			const column = columns.get(node) ?? 0;
			const row = rows.get(column) ?? 0;
			rows.set(column, row + 1);
			return {
				...{ id: node.id, type: node.type, order, mode: 0, flags: {}, size: SIZE },
				pos: [column * COLUMN_PIXELS, row * ROW_PIXELS],
				inputs: node.inputs.map(([name, from], slot) => ({
					...{ name, type: from.type },
					link: links.find((link) => link[3] === node.id && link[4] === slot)?.[0] ?? null,
				})),
				outputs: node.outputs.map(([name, type], slot) => ({
					...{ name, type, slot_index: slot },
					links: links.filter((link) => link[1] === node.id && link[2] === slot).map(([id]) => id),
				})),
				properties: { 'Node name for S&R': node.type },
				widgets_values: node.widgets.flatMap(([name, value]) => {
					const following = node.pageWidgets?.[name];
					return following === undefined ? [value] : [value, following];
				}),
			};
		});
		return {
			...{ last_node_id: nodes.length, last_link_id: links.length, nodes, links },
			...{ groups: [], config: {}, extra: {}, version: VERSION },
		};
	}

	/** What the server runs, and puts into its pictures. */
	toPrompt(): object {
		return Object.fromEntries(
			this.#nodes.map(({ id, type, inputs, widgets }) => [
				String(id),
				{
					class_type: type,
					inputs: {
						...Object.fromEntries(widgets),
						...Object.fromEntries(
							inputs.map(([name, { node, slot }]) => [name, [String(node.id), slot]]),
						),
					},
				},
			]),
		);
	}

	/** A node stands to the right of all that it takes from. */
	#columns(): ReadonlyMap<WorkflowNode, number> {
		const columns = new Map<WorkflowNode, number>();
		for (const node of this.#nodes) {
			const before = node.inputs.map(([, from]) => columns.get(from.node) ?? 0);
			columns.set(node, before.length === 0 ? 0 : 1 + Math.max(...before));
		}
		return columns;
	}
}
