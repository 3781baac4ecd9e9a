/** What a tensor of an adapter's file is to its module. Source: docs/spec/adapters.md 1.2 */
export type KeyRole =
	| 'A'
	| 'B'
	| 'alpha'
	| 'magnitude'
	| 'difference'
	| 'bias difference'
	| HadamardRole
	| KroneckerRole
	/** The core of a Tucker decomposition, which convolutions have: without it the rest means something else. */
	| 'tucker'
	| 'not applied';

export type HadamardRole = 'hada_w1_a' | 'hada_w1_b' | 'hada_w2_a' | 'hada_w2_b';
export type KroneckerRole = `lokr_w${1 | 2}${'' | '_a' | '_b'}`;

export type AdapterKey =
	| {
			readonly kind: 'module';
			readonly role: KeyRole;
			/** The key without its role: `transformer.layers.0.attention.to_q`. */
			readonly stem: string;
			/** The stem as models name the tensor, without what trainers put before it: `layers.0.attention.to_q`. */
			readonly path: string;
	  }
	| { readonly kind: 'text encoder' }
	| { readonly kind: 'unknown' };

const TEXT_ENCODER = /^(text_encoders?\.|text_encoder_\d\.|lora_te\d*_|te\d*\.|clip_[lg]\.)/;

const ROLES: readonly (readonly [suffix: string, role: KeyRole])[] = (
	[
		...twoHalves('A', 'down'),
		...twoHalves('B', 'up'),
		['.alpha', 'alpha'],
		...as('magnitude', ['.dora_scale', '.magnitude', '.lora_magnitude_vector']),
		...as('magnitude', ['.lora_magnitude_vector.weight', '.lora_magnitude_vector.default']),
		...as('magnitude', ['.lora_magnitude_vector.default.weight']),
		...(['hada_w1_a', 'hada_w1_b', 'hada_w2_a', 'hada_w2_b'] as const).map(named),
		...(['lokr_w1', 'lokr_w1_a', 'lokr_w1_b'] as const).map(named),
		...(['lokr_w2', 'lokr_w2_a', 'lokr_w2_b'] as const).map(named),
		...as('difference', ['.diff', '.w_norm']),
		...as('bias difference', ['.diff_b', '.b_norm']),
		...as('tucker', ['.lora_mid.weight', '.hada_t1', '.hada_t2', '.lokr_t2']),
		// A bias of B, OFT, IA3, GLoRA and replaced weights.
		...as('not applied', [
			'.lora_B.bias',
			'.oft_blocks',
			'.oft_R.weight',
			'.oft_diag',
			'.on_input',
		]),
		...as('not applied', ['.a1.weight', '.a2.weight', '.b1.weight', '.b2.weight']),
		...as('not applied', ['.set_weight', '.reshape_weight']),
	] satisfies [string, KeyRole][]
).sort(([one], [other]) => other.length - one.length);

const DOTTED_PREFIX =
	/^(?:base_model\.model\.|model\.diffusion_model\.|diffusion_model\.|transformer\.|unet\.)+/;
const FLAT_PREFIX = /^(?:lora_unet__?|lora_transformer_|lycoris_)/;

export function readKey(key: string): AdapterKey {
	if (TEXT_ENCODER.test(key)) return { kind: 'text encoder' };
	const found = ROLES.find(([suffix]) => key.endsWith(suffix));
	if (found === undefined) return { kind: 'unknown' };
	const [suffix, role] = found;
	const stem = key.slice(0, -suffix.length);
	const path = stem.replace(DOTTED_PREFIX, '').replace(FLAT_PREFIX, '');
	return { kind: 'module', role, stem, path };
}

/** Layouts differ in dots and underscores; in no model do two tensors differ by them alone. */
export function flatten(path: string): string {
	return path.replaceAll('.', '_');
}

function twoHalves(letter: 'A' | 'B', half: 'down' | 'up'): [string, KeyRole][] {
	return as(letter, [
		...['.default.weight', '.weight', ''].map((ending) => `.lora_${letter}${ending}`),
		...['.lora_', '.lora.', '_lora.', '.lora_linear_layer.'].map((dots) => `${dots}${half}.weight`),
	]);
}

function named<Role extends KeyRole>(role: Role): [string, KeyRole] {
	return [`.${role}`, role];
}

function as(role: KeyRole, suffixes: readonly string[]): [string, KeyRole][] {
	return suffixes.map((suffix) => [suffix, role]);
}
