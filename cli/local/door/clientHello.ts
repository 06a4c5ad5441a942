/**
 * The server's name in the first record of a TLS connection, so that a connection meets the server of its domain:
 * with a client certificate for HTTP, without for voice. https://www.rfc-editor.org/rfc/rfc8446#section-4.1.2,
 * https://www.rfc-editor.org/rfc/rfc6066#section-3
 *
 * @returns the name in lower case; "" when the hello names none or is none; `undefined` when more bytes are needed
 */
export function serverNameOf(bytes: Buffer): string | undefined {
  if (bytes.length < 5) return undefined;
  const [recordType] = bytes;
  const recordLength = bytes.readUInt16BE(3);
  if (recordType !== HANDSHAKE || recordLength > MAX_RECORD) return "";
  if (bytes.length < 5 + recordLength) return undefined;
  try {
    return readHello(new Cursor(bytes.subarray(5, 5 + recordLength)));
  } catch {
    // Cut short or of another form: no TLS server would understand it.
    return "";
  }
}

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;
const MAX_RECORD = 16_384 + 256;

function readHello(hello: Cursor): string {
  if (hello.uint(1) !== CLIENT_HELLO) return "";
  // Length, version, random.
  hello.skip(3 + 2 + 32);
  hello.skip(hello.uint(1)); // session id
  hello.skip(hello.uint(2)); // cipher suites
  hello.skip(hello.uint(1)); // compression
  const extensions = new Cursor(hello.take(hello.uint(2)));
  while (extensions.left > 0) {
    const type = extensions.uint(2);
    const extension = new Cursor(extensions.take(extensions.uint(2)));
    if (type !== SERVER_NAME) continue;
    const names = new Cursor(extension.take(extension.uint(2)));
    const kind = names.uint(1);
    return kind === HOST_NAME ? names.take(names.uint(2)).toString("latin1").toLowerCase() : "";
  }
  return "";
}

class Cursor {
  private at = 0;
  constructor(private readonly bytes: Buffer) {}

  get left(): number {
    return this.bytes.length - this.at;
  }

  uint(size: number): number {
    const value = this.bytes.readUIntBE(this.at, size);
    this.at += size;
    return value;
  }

  take(size: number): Buffer {
    if (size > this.left) throw new RangeError("cut short");
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }

  skip(size: number): void {
    this.take(size);
  }
}
