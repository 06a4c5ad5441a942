/** What a policy pack is asked about a stack, as a file; pure. */

/** In the environment: where the recorder writes. */
export const RECORDING = "FASE_B_BENCH_RECORDING";

const METHODS = ["ConfigureStack", "Analyze", "AnalyzeStack"] as const;

export interface Call {
  readonly method: (typeof METHODS)[number];
  /** The message, encoded. */
  readonly request: Buffer;
}

/** A byte for the method and four for the length, before each message. */
const HEAD_BYTES = 5;

export function encodeCalls(calls: readonly Call[]): Buffer {
  const parts = calls.flatMap(({ method, request }) => {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt8(METHODS.indexOf(method), 0);
    head.writeUInt32BE(request.length, 1);
    return [head, request];
  });
  return Buffer.concat(parts);
}

/** @throws RangeError when it was cut short or is no such file */
export function decodeCalls(file: Buffer): readonly Call[] {
  const calls: Call[] = [];
  for (let offset = 0; offset < file.length;) {
    const method = METHODS[file.readUInt8(offset)];
    const start = offset + HEAD_BYTES;
    const end = start + file.readUInt32BE(offset + 1);
    if (method === undefined || end > file.length)
      throw new RangeError(
        `a recording: got no whole call at byte ${offset}; allowed: calls one after the other`,
      );
    calls.push({ method, request: file.subarray(start, end) });
    offset = end;
  }
  return calls;
}
