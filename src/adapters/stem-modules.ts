import type {
	AdapterModule,
	FactoredMatrix,
	Magnitude,
	MatrixProduct,
	WeightChange,
} from './adapter.ts';
import { factorOf, type HeaderTensor } from './adapter-header.ts';
import type { ScaleOf } from './adapter-scale.ts';
import type { AdapterStem } from './adapter-stems.ts';
import type { Factor } from './factor.ts';
import type { KeyRole, KroneckerRole } from './key-role.ts';
import type { TargetEntry } from './target-table.ts';

/** A module, and the keys that made it. */
export interface KeyedModule {
	readonly module: AdapterModule;
	readonly keys: readonly string[];
}

/** What a stem comes to: `incomplete` if it lacks a part, `wrong size` if its shapes do not fit the tensor. */
export type StemModules = readonly KeyedModule[] | 'incomplete' | 'wrong size';

/** A tensor is not as large as the model's: the stem is told as such, and left out. */
class WrongSize extends Error {}

type Extents = readonly [rows: number | undefined, columns: number | undefined];

/**
 * What a stem changes of the tensor that its name stands for: mostly one module, sometimes a bias beside.
 *
 * @throws AdapterError for types that no adapter is stored in
 * Source: docs/spec/adapters.md 1.2, steps 5, 7 and 8
 */
export function stemModules(stem: AdapterStem, entry: TargetEntry, scaleOf: ScaleOf): StemModules {
	if (stem.roles.has('tucker')) return 'incomplete';
	try {
		const reader = new StemReader(stem, entry, scaleOf);
		const modules = [
			reader.lowRank(),
			reader.hadamard(),
			reader.kronecker(),
			reader.difference(),
			reader.bias(),
		].filter((found) => found !== undefined);
		return modules.length === 0 ? 'incomplete' : modules;
	} catch (error) {
		if (error instanceof WrongSize) return 'wrong size';
		throw error;
	}
}

class StemReader {
	readonly #stem: AdapterStem;
	readonly #entry: TargetEntry;
	readonly #scaleOf: ScaleOf;

	constructor(stem: AdapterStem, entry: TargetEntry, scaleOf: ScaleOf) {
		this.#stem = stem;
		this.#entry = entry;
		this.#scaleOf = scaleOf;
	}

	lowRank(): KeyedModule | undefined {
		if (!this.#has('A', 'B')) return undefined;
		const { rows, columns } = this.#entry;
		const { left: b, right: a } = this.#product('B', 'A', rows, columns);
		const scale = this.#scaleOf(this.#stem, a.shape[0]);
		return this.#factored({ kind: 'low-rank', scale, a, b }, ['A', 'B']);
	}

	hadamard(): KeyedModule | undefined {
		const roles = ['hada_w1_a', 'hada_w1_b', 'hada_w2_a', 'hada_w2_b'] as const;
		if (!this.#has(...roles)) return undefined;
		const { rows, columns } = this.#entry;
		const first = this.#product('hada_w1_a', 'hada_w1_b', rows, columns);
		const second = this.#product('hada_w2_a', 'hada_w2_b', rows, columns);
		const scale = this.#scaleOf(this.#stem, first.right.shape[0]);
		return this.#factored({ kind: 'hadamard', scale, first, second }, roles);
	}

	kronecker(): KeyedModule | undefined {
		const w1 = this.#factoredMatrix('lokr_w1');
		const w2 = this.#factoredMatrix('lokr_w2');
		if (w1 === undefined || w2 === undefined) return undefined;
		const { rows, columns } = this.#entry;
		const [outer, inner] = [extentsOf(w1), extentsOf(w2)];
		if (outer[0] * inner[0] !== rows || outer[1] * inner[1] !== columns) throw new WrongSize();
		// The alpha of two whole matrices is 9999999999, which says that there is none.
		const ranked = [w2, w1].find((matrix) => matrix.kind === 'product');
		const scale = ranked === undefined ? 1 : this.#scaleOf(this.#stem, ranked.right.shape[0]);
		return this.#factored({ kind: 'kronecker', scale, w1, w2 }, [
			...rolesOf('lokr_w1', w1),
			...rolesOf('lokr_w2', w2),
		]);
	}

	difference(): KeyedModule | undefined {
		const tensor = this.#stem.roles.get('difference');
		if (tensor === undefined) return undefined;
		const { rows, columns, targets } = this.#entry;
		const isVector = columns === 1;
		const values = isVector ? vector(tensor, rows) : matrix(tensor, [rows, columns]);
		const change = { kind: 'difference', values } as const;
		const module = { name: this.#stem.name, rows, columns, change, targets };
		return { module, keys: [tensor.name] };
	}

	bias(): KeyedModule | undefined {
		const tensor = this.#stem.roles.get('bias difference');
		const { bias } = this.#entry;
		if (tensor === undefined || bias === undefined) return undefined;
		const change = { kind: 'difference', values: vector(tensor, bias.rows) } as const;
		const size = { rows: bias.rows, columns: 1 };
		const module = { name: this.#stem.name, ...size, change, targets: [bias] };
		return { module, keys: [tensor.name] };
	}

	#factored(change: WeightChange, roles: readonly KeyRole[]): KeyedModule {
		const { rows, columns, targets } = this.#entry;
		const magnitude = this.#magnitude();
		const module = { name: this.#stem.name, rows, columns, change, targets };
		return {
			module: magnitude === undefined ? module : { ...module, magnitude },
			keys: [...roles, 'alpha' as const, 'magnitude' as const].flatMap((role) => {
				const tensor = this.#stem.roles.get(role);
				return tensor === undefined ? [] : [tensor.name];
			}),
		};
	}

	/** Which axis it runs along is told by its extents, never by its length: matrices may be square. */
	#magnitude(): Magnitude | undefined {
		const tensor = this.#stem.roles.get('magnitude');
		if (tensor === undefined) return undefined;
		const { rows, columns } = this.#entry;
		const [first, second] = tensor.shape;
		const isInput = first === 1 && second !== undefined && second !== 1;
		const values = vector(tensor, isInput ? columns : rows);
		return { per: isInput ? 'input' : 'output', values };
	}

	#factoredMatrix(role: 'lokr_w1' | 'lokr_w2'): FactoredMatrix | undefined {
		const whole = this.#stem.roles.get(role);
		if (whole !== undefined)
			return { kind: 'whole', matrix: matrix(whole, [undefined, undefined]) };
		if (!this.#has(`${role}_a`, `${role}_b`)) return undefined;
		return { kind: 'product', ...this.#product(`${role}_a`, `${role}_b`, undefined, undefined) };
	}

	#product(
		leftRole: KeyRole,
		rightRole: KeyRole,
		rows: number | undefined,
		columns: number | undefined,
	): MatrixProduct {
		const right = matrix(this.#tensor(rightRole), [undefined, columns]);
		return { left: matrix(this.#tensor(leftRole), [rows, right.shape[0]]), right };
	}

	#has(...roles: readonly KeyRole[]): boolean {
		return roles.every((role) => this.#stem.roles.has(role));
	}

	#tensor(role: KeyRole): HeaderTensor {
		const tensor = this.#stem.roles.get(role);
		if (tensor === undefined) throw new RangeError(`${this.#stem.name} has no ${role}`);
		return tensor;
	}
}

/** Linear layers that were trained as convolutions have extents of 1 at the end. @throws WrongSize */
function matrix(tensor: HeaderTensor, expected: Extents): Factor {
	const [rows, columns, ...more] = tensor.shape;
	const isMatrix = rows >= 1 && columns >= 1 && more.every((extent) => extent === 1);
	if (!isMatrix) throw new WrongSize();
	const [wantedRows = rows, wantedColumns = columns] = expected;
	if (rows !== wantedRows || columns !== wantedColumns) throw new WrongSize();
	return factorOf(tensor, [rows, columns]);
}

/** @throws WrongSize */
function vector(tensor: HeaderTensor, length: number): Factor {
	const long = tensor.shape.filter((extent) => extent !== 1);
	if (long.length > 1 || (long[0] ?? 1) !== length) throw new WrongSize();
	return factorOf(tensor, [length]);
}

function extentsOf(matrix: FactoredMatrix): readonly [rows: number, columns: number] {
	if (matrix.kind === 'whole') return [matrix.matrix.shape[0], matrix.matrix.shape[1]];
	return [matrix.left.shape[0], matrix.right.shape[1]];
}

function rolesOf(role: 'lokr_w1' | 'lokr_w2', { kind }: FactoredMatrix): readonly KroneckerRole[] {
	return kind === 'whole' ? [role] : [`${role}_a`, `${role}_b`];
}
