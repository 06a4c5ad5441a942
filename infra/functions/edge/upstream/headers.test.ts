import { describe, expect, it } from "vitest";
import { answerHeaders, requestHeaders } from "./headers";

const correlationId = "6f1c1b1e-1c1b-4a1e-9b1e-6f1c1b1e1c1b";

describe("the headers sent upstream", () => {
  it("carry correlation id, key and fencing number (B1.6, B3.1, B3.2)", () => {
    expect(requestHeaders({}, { correlationId, idempotencyKey: '"k-1"', fencingNumber: 7 }, 12)).toEqual({
      "x-correlation-id": correlationId,
      "idempotency-key": '"k-1"',
      "x-fencing-number": "7",
      "accept-encoding": "identity",
      "content-length": "12",
    });
  });

  it("take none of these from the caller, in any spelling, not even where we have none", () => {
    const headers = requestHeaders(
      {
        "X-Correlation-ID": "mine",
        "IDEMPOTENCY-KEY": '"mine"',
        "X-Fencing-Number": "999",
        "Content-Length": "3",
      },
      { correlationId },
      0,
    );
    expect(headers).toEqual({
      "x-correlation-id": correlationId,
      "accept-encoding": "identity",
      "content-length": "0",
    });
  });

  it("leave out what belongs to the caller's own connection, also what Connection names", () => {
    const headers = requestHeaders(
      {
        Connection: "close, X-Private",
        "X-Private": "1",
        "Keep-Alive": "timeout=5",
        "Transfer-Encoding": "chunked",
        TE: "trailers",
        Trailer: "x",
        Upgrade: "websocket",
        "Proxy-Authorization": "Basic eDp5",
        Host: "elsewhere.example.com",
        Expect: "100-continue",
        "Content-Type": "application/json",
      },
      { correlationId },
      0,
    );
    expect(Object.keys(headers).sort()).toEqual([
      "accept-encoding",
      "content-length",
      "content-type",
      "x-correlation-id",
    ]);
  });
});

describe("the headers of an answer", () => {
  it("lose those of the connection, lengths and cookies; repeated ones are joined", () => {
    const raw =
      "Content-Type|application/json|Content-Length|2|Connection|keep-alive, x-hop|X-Hop|1|Set-Cookie|a=b|X-A|1|x-a|2|Transfer-Encoding|chunked";
    expect(answerHeaders(raw.split("|"))).toEqual({ "content-type": "application/json", "x-a": "1, 2" });
  });
});
