import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import boundaries from 'eslint-plugin-boundaries';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

/** Which rooms of the house a room may import from. A room that is missing on the right is closed to it. */
const ARROWS = {
	app: ['engine', 'machine', 'history', 'share', 'recipe', 'hosting', 'errors'],
	workers: ['engine', 'install', 'bridge', 'hosting'],
	lab: [
		'adapters',
		'engine',
		'pipeline',
		'install',
		'bridge',
		'families',
		'streaming',
		'gpu',
		'onnx',
		'store',
	],
	engine: [
		'adapters',
		'pipeline',
		'install',
		'bridge',
		'families',
		'machine',
		'recipe',
		'streaming',
		'gpu',
		'store',
		'errors',
	],
	pipeline: [
		'adapters',
		'families',
		'recipe',
		'streaming',
		'gpu',
		'store',
		'graph',
		'numbers',
		'errors',
	],
	machine: ['gpu', 'store'],
	install: ['adapters', 'families', 'store', 'bridge', 'numbers', 'errors'],
	adapters: ['families', 'numbers', 'errors'],
	families: ['recipe', 'graph', 'numbers', 'errors'],
	streaming: ['adapters', 'gpu', 'store'],
	history: ['share', 'recipe', 'errors'],
	share: ['recipe', 'errors'],
	recipe: [],
	gpu: ['adapters', 'graph', 'onnx', 'numbers', 'errors'],
	onnx: ['graph'],
	graph: [],
	bridge: ['errors'],
	store: ['errors'],
	errors: [],
	numbers: [],
	hosting: [],
};

/** Which folders of a room may import from which of its others. What stands in none of them is open to all. */
const FOLDER_ARROWS = {
	install: {
		manager: ['adapters', 'sources', 'convert', 'checkpoint', 'hash'],
		adapters: ['sources', 'checkpoint', 'hash'],
		sources: ['checkpoint', 'hash'],
		convert: ['checkpoint', 'hash'],
		checkpoint: [],
		hash: [],
	},
	app: {
		adapters: ['models', 'studio', 'ui', 'i18n'],
		models: ['studio', 'ui', 'i18n'],
		machine: ['studio', 'ui', 'i18n'],
		ui: ['studio', 'i18n'],
		i18n: ['page', 'studio'],
	},
};
/** Folders whose own imports within the room are free. */
const FREE_FOLDERS = {
	app: ['compose', 'history', 'page', 'picture', 'queue', 'recipe', 'studio'],
};

const OUTSIDE_SRC = ['workers', 'lab'];

function foldersOf(room) {
	return [...Object.keys(FOLDER_ARROWS[room] ?? {}), ...(FREE_FOLDERS[room] ?? [])];
}

/** A room's own files, and its folders. */
function typesOf(room) {
	return [room, ...foldersOf(room).map((folder) => `${room}/${folder}`)];
}

// The first that a file lies in counts.
const elements = Object.keys(ARROWS)
	.flatMap((room) => typesOf(room).reverse())
	.map((type) => ({ type, pattern: OUTSIDE_SRC.includes(type) ? type : `src/${type}` }));

const policies = Object.entries(ARROWS).flatMap(([room, targets]) => {
	const outside = targets.flatMap(typesOf);
	const allow = (type, inside) => ({
		from: { element: { type } },
		allow: { to: { element: { types: { anyOf: [room, type, ...inside, ...outside] } } } },
	});
	const folders = foldersOf(room).map((folder) => {
		const inside = FOLDER_ARROWS[room][folder]?.map((other) => `${room}/${other}`);
		return allow(`${room}/${folder}`, inside ?? typesOf(room));
	});
	return [allow(room, room in FREE_FOLDERS ? typesOf(room) : []), ...folders];
});

// Pure code runs in Node and in a worker alike, so it must not reach for what only a page has.
const PAGE_GLOBALS = Object.keys(globals.browser).filter(
	(name) =>
		/^GPU/.test(name) ||
		/^IDB/.test(name) ||
		['window', 'document', 'navigator', 'indexedDB', 'caches', 'localStorage'].includes(name) ||
		['sessionStorage', 'location', 'history', 'OffscreenCanvas', 'Worker'].includes(name),
);

const typeScriptParser = {
	projectService: true,
	// The same for every file: a different list would make TypeScript build its program twice.
	extraFileExtensions: ['.svelte'],
	tsconfigRootDir: import.meta.dirname,
};

export default ts.config(
	{ ignores: ['dist/', 'node_modules/', 'test-results/', 'public/', 'tools/**/*.py'] },
	{ linterOptions: { reportUnusedDisableDirectives: 'error' } },
	js.configs.recommended,
	...ts.configs.recommendedTypeChecked,
	...svelte.configs.recommended,
	{
		languageOptions: {
			globals: { ...globals.browser, ...globals.node },
			parserOptions: typeScriptParser,
		},
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { ...typeScriptParser, parser: ts.parser } },
	},
	{
		files: ['**/*.ts', '**/*.svelte'],
		rules: {
			curly: ['error', 'multi-line'],
			eqeqeq: 'error',
			'no-undef': 'off', // TypeScript finds these itself, and knows types too
			'@typescript-eslint/consistent-type-exports': 'error',
			'@typescript-eslint/consistent-type-imports': 'error',
			'@typescript-eslint/explicit-module-boundary-types': 'error',
			'@typescript-eslint/no-explicit-any': 'error',
			'@typescript-eslint/no-floating-promises': 'error',
			'@typescript-eslint/no-import-type-side-effects': 'error',
			'@typescript-eslint/no-misused-promises': 'error',
			'@typescript-eslint/no-non-null-assertion': 'error',
			'@typescript-eslint/prefer-nullish-coalescing': 'error',
			'@typescript-eslint/prefer-readonly': 'error',
			'@typescript-eslint/switch-exhaustiveness-check': [
				'error',
				{ considerDefaultExhaustiveForUnions: true },
			],
			'@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
			// As TypeScript does: an underscore says that the name is there for its place.
			'@typescript-eslint/no-unused-vars': [
				'error',
				{ argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
			],
			// A method kept async for its interface's sake is fine.
			'@typescript-eslint/require-await': 'off',
		},
	},
	{
		files: ['**/*.ts'],
		ignores: ['*.config.ts'],
		rules: {
			'no-restricted-syntax': [
				'error',
				{ selector: 'ExportDefaultDeclaration', message: 'Use a named export.' },
			],
		},
	},
	{ files: ['src/**', 'workers/**', 'lab/**'], rules: { 'no-console': 'error' } },
	{
		files: ['src/**/*.{ts,svelte}', 'workers/**/*.ts', 'lab/**/*.ts'],
		plugins: { boundaries },
		settings: { 'boundaries/elements': elements },
		rules: {
			'boundaries/dependencies': ['error', { default: 'disallow', policies }],
			// A new room needs its place above first.
			'boundaries/no-unknown-dependencies': 'error',
			'boundaries/no-unknown-files': 'error',
		},
	},
	{
		files: [
			'src/{adapters,errors,families,graph,hosting,numbers,onnx,recipe,share}/**/*.ts',
			'src/streaming/*plan*.ts',
		],
		rules: { 'no-restricted-globals': ['error', ...PAGE_GLOBALS] },
	},
	{ files: ['**/*.js', '**/*.mjs'], ...ts.configs.disableTypeChecked },
	prettier,
	...svelte.configs.prettier,
);
