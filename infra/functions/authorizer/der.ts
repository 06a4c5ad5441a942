/** A text of bytes that is not DER, or not the structure that was asked for. */
export class DerError extends Error {
  override readonly name = "DerError";
}

/** One element: tag, content and the whole with its header. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  readonly whole: Buffer;
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const;

/** Certificates are small: two bytes of length reach 65,535. */
const MAX_LENGTH_BYTES = 2;

/**
 * The elements that fill a text of bytes, one level deep. Strict (X.690, section 10): one-byte tags, definite lengths in
 * their shortest form, nothing left over.
 *
 * @throws DerError
 */
export function derElements(bytes: Buffer): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    const element = elementAt(bytes, at);
    elements.push(element);
    at += element.whole.length;
  }
  return elements;
}

/**
 * The one element that fills a text of bytes and has that tag.
 *
 * @throws DerError
 */
export function derElement(bytes: Buffer, tag: number): DerElement {
  const [element, ...others] = derElements(bytes);
  if (element === undefined || others.length > 0)
    throw new DerError(`got ${others.length + 1} elements, not one`);
  return expectTag(element, tag);
}

/** @throws DerError when the element is missing or has another tag */
export function expectTag(element: DerElement | undefined, tag: number): DerElement {
  if (element?.tag !== tag) throw new DerError(`got tag ${element?.tag ?? "none"}, not ${tag}`);
  return element;
}

/** Elements in order, each taken when it has the tag that is asked for. */
export class DerSequence {
  private next = 0;

  private constructor(private readonly elements: readonly DerElement[]) {}

  /** @throws DerError when the bytes are no SEQUENCE */
  static of(element: DerElement | undefined): DerSequence {
    return new DerSequence(derElements(expectTag(element, tags.sequence).content));
  }

  /** @throws DerError */
  take(tag: number): DerElement {
    const element = expectTag(this.elements[this.next], tag);
    this.next += 1;
    return element;
  }

  takeOptional(tag: number): DerElement | undefined {
    return this.elements[this.next]?.tag === tag ? this.take(tag) : undefined;
  }

  takeAny(): DerElement {
    const element = this.elements[this.next];
    if (element === undefined) throw new DerError("an element is missing");
    this.next += 1;
    return element;
  }

  /** Takes all that are left. */
  rest(): readonly DerElement[] {
    const left = this.elements.slice(this.next);
    this.next = this.elements.length;
    return left;
  }

  /** @throws DerError when elements are left */
  end(): void {
    if (this.next !== this.elements.length) throw new DerError("elements are left over");
  }
}

function elementAt(bytes: Buffer, at: number): DerElement {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw new DerError("cut off in a header");
  if ((tag & 0x1f) === 0x1f) throw new DerError("a tag of several bytes");
  let length = first;
  let start = at + 2;
  if (first >= 0x80) {
    const lengthBytes = first & 0x7f;
    if (lengthBytes === 0 || lengthBytes > MAX_LENGTH_BYTES)
      throw new DerError("a length that is not definite");
    start += lengthBytes;
    if (start > bytes.length) throw new DerError("cut off in a length");
    length = bytes.readUIntBE(at + 2, lengthBytes);
    if (length < 0x80 || (lengthBytes === 2 && length < 0x100))
      throw new DerError("a length in a longer form");
  }
  const end = start + length;
  if (end > bytes.length) throw new DerError("cut off in a content");
  return { tag, content: bytes.subarray(start, end), whole: bytes.subarray(at, end) };
}
