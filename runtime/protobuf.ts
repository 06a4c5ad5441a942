/**
 * The little of the protobuf wire format that the engine's protocol uses.
 *
 * The SDK's generated classes would do, but every property of every resource would pass through them five times;
 * here the bytes of a resource's properties are mostly handed on as they came.
 *
 * https://protobuf.dev/programming-guides/encoding/
 */

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Reads one message: `while (reader.next()) switch (reader.field) …`, each field read or skipped exactly once. */
export class Reader {
  /** Number of the field that `next` found. */
  field = 0;
  private wireType = 0;
  private position: number;

  constructor(
    private readonly buffer: Buffer,
    start = 0,
    private readonly end = buffer.length,
  ) {
    this.position = start;
  }

  next(): boolean {
    if (this.position >= this.end) return false;
    const tag = this.varint();
    this.field = tag >>> 3;
    this.wireType = tag & 7;
    return true;
  }

  /** Up to 2^53; negative numbers (ten bytes on the wire) do not occur in these messages. */
  varint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.buffer.readUInt8(this.position++);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
  }

  bool(): boolean {
    return this.varint() !== 0;
  }

  double(): number {
    const value = this.buffer.readDoubleLE(this.position);
    this.position += 8;
    return value;
  }

  string(): string {
    const length = this.varint();
    const start = this.position;
    this.position += length;
    return this.buffer.toString("utf8", start, this.position);
  }

  /** The bytes of a nested message, not copied. */
  bytes(): Buffer {
    const length = this.varint();
    const start = this.position;
    this.position += length;
    return this.buffer.subarray(start, this.position);
  }

  /** A reader of a nested message. */
  message(): Reader {
    const length = this.varint();
    const start = this.position;
    this.position += length;
    return new Reader(this.buffer, start, this.position);
  }

  skip(): void {
    switch (this.wireType) {
      case VARINT:
        this.varint();
        return;
      case FIXED64:
        this.position += 8;
        return;
      case LENGTH_DELIMITED: {
        const length = this.varint(); // which itself moves the position
        this.position += length;
        return;
      }
      case FIXED32:
        this.position += 4;
        return;
      default:
        throw new Error(`unexpected wire type ${this.wireType} in a message of the engine's protocol`);
    }
  }
}

const varintSize = (value: number): number => {
  let size = 1;
  while (value >= 128) {
    value = Math.floor(value / 128);
    size++;
  }
  return size;
};

/** Writes one message; defaults ("", false, 0) are left out, as proto3 has it. */
export class Writer {
  private buffer = Buffer.allocUnsafe(512);
  private length = 0;

  finish(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  private reserve(size: number): void {
    if (this.length + size <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + size));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }

  private rawVarint(value: number): void {
    this.reserve(10);
    while (value >= 128) {
      this.buffer[this.length++] = (value % 128) | 0x80;
      value = Math.floor(value / 128);
    }
    this.buffer[this.length++] = value;
  }

  private tag(field: number, wireType: number): void {
    this.rawVarint(field * 8 + wireType);
  }

  /** Written even when empty: an element of a list, a key or a chosen alternative. */
  text(field: number, value: string): this {
    this.tag(field, LENGTH_DELIMITED);
    const size = Buffer.byteLength(value);
    this.rawVarint(size);
    this.reserve(size);
    this.length += this.buffer.write(value, this.length, "utf8");
    return this;
  }

  string(field: number, value: string | undefined): this {
    return value ? this.text(field, value) : this;
  }

  strings(field: number, values: readonly string[]): this {
    for (const value of values) this.text(field, value);
    return this;
  }

  varint(field: number, value: number): this {
    this.tag(field, VARINT);
    this.rawVarint(value);
    return this;
  }

  bool(field: number, value: boolean | undefined): this {
    return value ? this.varint(field, 1) : this;
  }

  double(field: number, value: number): this {
    this.tag(field, FIXED64);
    this.reserve(8);
    this.length = this.buffer.writeDoubleLE(value, this.length);
    return this;
  }

  bytes(field: number, value: Buffer): this {
    this.tag(field, LENGTH_DELIMITED);
    this.rawVarint(value.length);
    return this.raw(value);
  }

  /** Fields that are already encoded. */
  raw(value: Buffer): this {
    this.reserve(value.length);
    value.copy(this.buffer, this.length);
    this.length += value.length;
    return this;
  }

  message(field: number, write: (writer: Writer) => void): this {
    this.tag(field, LENGTH_DELIMITED);
    const start = this.length;
    write(this);
    // The length stands before the content and is known after it: the content is moved to make room.
    const size = this.length - start;
    const prefix = varintSize(size);
    this.reserve(prefix);
    this.buffer.copyWithin(start + prefix, start, this.length);
    this.length = start;
    this.rawVarint(size);
    this.length = start + prefix + size;
    return this;
  }

  map<T>(
    field: number,
    entries: Iterable<readonly [string, T]>,
    write: (writer: Writer, value: T) => void,
  ): this {
    for (const [key, value] of entries) {
      this.message(field, (entry) => {
        entry.string(1, key);
        write(entry, value);
      });
    }
    return this;
  }
}
