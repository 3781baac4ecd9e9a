import type { PictureText } from './picture-text.ts';

const ENTITIES: Readonly<Record<string, string>> = {
	...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" },
};

/** The properties that programs keep recipes in. */
const PROPERTIES = [
	{ key: 'UserComment', name: 'exif:UserComment' },
	{ key: 'parameters', name: 'parameters' },
	{ key: 'ImageDescription', name: 'dc:description' },
];

/**
 * The texts of an XMP packet, as far as recipes are kept there (Draw Things does). Not a parser of XML: a
 * property is found by its usual prefix, as an element or an attribute.
 */
export function xmpTexts(xml: string): readonly PictureText[] {
	return PROPERTIES.flatMap(({ key, name }) => {
		const text = elementOf(xml, name) ?? attributeOf(xml, name);
		return text === undefined ? [] : [{ key, text: unescapeXml(text) }];
	});
}

function elementOf(xml: string, name: string): string | undefined {
	const open = xml.indexOf(`<${name}`);
	if (open < 0) return undefined;
	const start = xml.indexOf('>', open) + 1;
	const end = xml.indexOf(`</${name}>`, start);
	if (start === 0 || end < 0) return undefined;
	const inner = xml.slice(start, end);
	const [, item] = /<rdf:li\b[^>]*>([^<]*)<\/rdf:li>/.exec(inner) ?? [];
	return item ?? (inner.includes('<') ? undefined : inner);
}

function attributeOf(xml: string, name: string): string | undefined {
	const mark = ` ${name}="`;
	const open = xml.indexOf(mark);
	const end = open < 0 ? -1 : xml.indexOf('"', open + mark.length);
	return end < 0 ? undefined : xml.slice(open + mark.length, end);
}

function unescapeXml(text: string): string {
	return text.replaceAll(/&(#x?[\da-f]{1,6}|\w{2,4});/gi, (whole, entity: string) => {
		if (!entity.startsWith('#')) return ENTITIES[entity] ?? whole;
		const code = /^#x/i.test(entity) ? parseInt(entity.slice(2), 16) : Number(entity.slice(1));
		return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
	});
}
