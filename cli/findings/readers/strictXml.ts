import { XMLParser, XMLValidator } from "fast-xml-parser";
import { ReportError } from "./reportError";
import { refuseSize } from "./strictJson";

/** An element with its attributes, its elements in order, and the text that stands directly in it. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly elements: readonly XmlElement[];
  readonly text: string;
}

const MAX_DEPTH = 8;
const ATTRIBUTES = ":@";
const TEXT = "#text";

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // Neither a document's own entities nor the predefined ones: those are decoded below, once, and there are no others.
  processEntities: false,
  ignoreDeclaration: true,
  maxNestedTags: MAX_DEPTH,
});

/**
 * XML as JUnit's writers make it: elements, attributes and text. What could do more, a document type with its entities above all, is
 * refused before it is parsed, and so are comments and CDATA, which none of them writes: `<!` stands nowhere else.
 *
 * @throws ReportError
 */
export function parseXml(text: string, file: string): XmlElement {
  refuseSize(text, file);
  const refuse = (place: string, got: string, allowed: string): never => {
    throw new ReportError({ file, place, got, allowed, fix: "let the tool write the report again" });
  };
  const xml = (text.startsWith("\ufeff") ? text.slice(1) : text).replace(/^<\?xml [^<>?]{1,200}\?>/, "");
  const marked = xml.search(/<[!?]/);
  if (marked >= 0)
    refuse(
      `line ${xml.slice(0, marked).split("\n").length}`,
      xml.startsWith("<!DOCTYPE", marked) ? "a document type" : "markup that is neither element nor text",
      "elements, attributes and text",
    );
  // eslint-disable-next-line no-control-regex
  const control = xml.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
  if (control >= 0)
    refuse(
      `line ${xml.slice(0, control).split("\n").length}`,
      "a control character",
      "characters of XML 1.0",
    );
  refuseDepth(xml, refuse);
  const valid = XMLValidator.validate(xml);
  if (valid !== true)
    refuse(`line ${valid.err.line}`, "what is no well-formed XML, or is cut off", "one XML document");
  let nodes: unknown;
  try {
    nodes = parser.parse(xml);
  } catch {
    return refuse("the whole file", "what is no well-formed XML", "one XML document");
  }
  const decode = (value: string): string =>
    value.replace(
      /&([^;&\s]{0,12};?)/g,
      (whole, name: string) =>
        decoded(name) ??
        refuse(
          "the whole file",
          `the entity ${JSON.stringify(whole)}`,
          "the five predefined ones, and characters by number",
        ),
    );
  const [root, ...others] = elementsOf(nodes, decode, () =>
    refuse("the whole file", "an element of no form that is known", "elements, attributes and text"),
  );
  if (root === undefined || others.length > 0)
    return refuse("the whole file", `${others.length + (root ? 1 : 0)} elements`, "one root element");
  return root;
}

/** Before the parser, whose own check comes after the validator has read the whole of it. */
function refuseDepth(xml: string, refuse: (place: string, got: string, allowed: string) => never): void {
  let depth = 0;
  for (const tag of xml.matchAll(/<(\/?)[^<>]*?(\/?)>/g)) {
    depth += tag[1] ? -1 : tag[2] ? 0 : 1;
    if (depth > MAX_DEPTH)
      refuse(
        `line ${xml.slice(0, tag.index).split("\n").length}`,
        `more than ${MAX_DEPTH} levels`,
        `at most ${MAX_DEPTH} levels`,
      );
  }
}

const PREDEFINED: ReadonlyMap<string, string> = new Map([
  ["lt;", "<"],
  ["gt;", ">"],
  ["amp;", "&"],
  ["quot;", '"'],
  ["apos;", "'"],
]);

function decoded(name: string): string | undefined {
  const number = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}));$/.exec(name);
  if (!number) return PREDEFINED.get(name);
  const point = number[1] === undefined ? Number(number[2]) : Number.parseInt(number[1], 16);
  return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : undefined;
}

function elementsOf(nodes: unknown, decode: (value: string) => string, unknown: () => never): XmlElement[] {
  if (!Array.isArray(nodes)) return unknown();
  return (nodes as readonly Record<string, unknown>[]).flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ATTRIBUTES);
    if (name === undefined || name === TEXT) return [];
    const children = node[name];
    if (!Array.isArray(children)) return unknown();
    const attributes = Object.entries((node[ATTRIBUTES] ?? {}) as Record<string, unknown>);
    return [
      {
        name,
        attributes: new Map(attributes.map(([key, value]) => [key, decode(String(value))])),
        elements: elementsOf(children, decode, unknown),
        text: (children as readonly Record<string, unknown>[])
          .map((child) => (typeof child[TEXT] === "string" ? decode(child[TEXT]) : ""))
          .join(""),
      },
    ];
  });
}
