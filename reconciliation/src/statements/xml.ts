import { XMLParser } from 'fast-xml-parser'
import { BadStatement } from './statement.ts'

/** An element: its children by name, its attributes by name with an @, without namespace prefixes. */
export type XmlNode = Readonly<Record<string, unknown>>

export const XML_OPTIONS = { ignoreAttributes: false, attributeNamePrefix: '@' }
const TEXT = '#text'
const LITERAL = '#cdata'

/** @throws BadStatement when it is not well-formed. */
export function parseXml(text: string): XmlNode {
  const parser = new XMLParser({
    ...XML_OPTIONS,
    removeNSPrefix: true,
    parseTagValue: false,
    parseAttributeValue: false,
    cdataPropName: LITERAL,
    // A statement needs no entities of its own; a file that brings some is an attack. The five of XML are decoded here.
    processEntities: false,
  })
  try {
    return nodeOf(parser.parse(text, true))
  } catch (error) {
    throw new BadStatement(`it is not well-formed XML: ${(error as Error).message}`)
  }
}

/** The elements of a name below a node, which has none, one or several. */
export function children(node: XmlNode, name: string): XmlNode[] {
  const found = node[name]
  if (found === undefined) return []
  return (Array.isArray(found) ? found : [found]).map(nodeOf)
}

/** The element at the end of a path, the first of several; without one an empty element. */
export function descendant(node: XmlNode, ...path: readonly string[]): XmlNode {
  return path.reduce((at, name) => children(at, name)[0] ?? {}, node)
}

/** The text at the end of a path; empty where there is none. */
export const leaf = (node: XmlNode, ...path: readonly string[]): string => textOf(descendant(node, ...path))

/** An element's own text. */
export function textOf(node: XmlNode): string {
  const parts = [decodeEntities(stringOf(node[TEXT])), stringOf(node[LITERAL])]
  return parts.join('').trim()
}

export const attribute = (node: XmlNode, name: string): string => stringOf(node[`@${name}`])

/** The first element called `name`, up to `depth` levels down; undefined where there is none. */
export function descendantNamed(node: XmlNode, name: string, depth: number): XmlNode | undefined {
  const [found] = children(node, name)
  if (found !== undefined || depth === 0) return found
  const below = Object.keys(node).filter((key) => !key.startsWith('@') && !key.startsWith('?'))
  return below
    .flatMap((key) => children(node, key))
    .map((child) => descendantNamed(child, name, depth - 1))
    .find((candidate) => candidate !== undefined)
}

function nodeOf(value: unknown): XmlNode {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : { [TEXT]: value }
}

const stringOf = (value: unknown): string =>
  typeof value === 'string' ? value : Array.isArray(value) ? value.map(stringOf).join('') : ''

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const ENTITY = /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-f]{1,6}));/gi
const CODE_POINT_MAX = 0x10_ffff

/** Once and from left to right, so that `&amp;lt;` is the text `&lt;`. */
function decodeEntities(text: string): string {
  return text.replace(ENTITY, (whole, name?: string, decimal?: string, hex?: string) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole
    const code = decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal)
    return code <= CODE_POINT_MAX ? String.fromCodePoint(code) : whole
  })
}
