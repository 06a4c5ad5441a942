import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { correlationQuery, logsLink, requestLogGroups, toJsUrl, type JsUrlValue } from "./logsLink";

/** A reader of the notation, written apart from its writer. https://github.com/Sage/jsurl */
function fromJsUrl(text: string): JsUrlValue {
  let at = 0;
  const eat = (expected: string): void => {
    if (!text.startsWith(expected, at))
      throw new Error(`at ${at}: ${text.slice(at, at + 9)}, not ${expected}`);
    at += expected.length;
  };
  const word = (): string => {
    let read = "";
    for (; at < text.length && !"~)".includes(text.charAt(at)); at++) {
      const character = text.charAt(at);
      if (character === "*") {
        const wide = text.charAt(at + 1) === "*";
        const digits = text.slice(at + (wide ? 2 : 1), at + (wide ? 6 : 3));
        read += String.fromCharCode(parseInt(digits, 16));
        at += wide ? 5 : 2;
      } else read += character === "!" ? "$" : character;
    }
    return read;
  };
  const value = (): JsUrlValue => {
    eat("~");
    if (text.charAt(at) === "'") {
      at++;
      return word();
    }
    if (text.charAt(at) !== "(") {
      const read = word();
      return read === "true" ? true : read === "false" ? false : Number(read);
    }
    at++;
    if (text.charAt(at) === "~") {
      const list: JsUrlValue[] = [];
      if (text.charAt(at + 1) === ")") at++;
      while (text.charAt(at) === "~") list.push(value());
      eat(")");
      return list;
    }
    const object: Record<string, JsUrlValue> = {};
    while (text.charAt(at) !== ")") {
      const key = word();
      object[key] = value();
      if (text.charAt(at) === "~") at++;
    }
    eat(")");
    return object;
  };
  const read = value();
  if (at !== text.length) throw new Error(`something after ${at}`);
  return read;
}

describe("the notation of the console's links", () => {
  it("reads back as what it was", () => {
    const text = fc.string({ unit: "binary", maxLength: 12 });
    const plain = fc.oneof(text, fc.boolean(), fc.integer());
    const value = fc.oneof(
      plain,
      fc.array(text, { maxLength: 4 }),
      fc.dictionary(fc.stringMatching(/^[a-z]\w{0,7}$/), fc.oneof(plain, fc.array(text, { maxLength: 3 })), {
        maxKeys: 5,
        noNullPrototype: true,
      }),
    );
    fc.assert(
      fc.property(value, (given) => {
        expect(fromJsUrl(toJsUrl(given))).toEqual(given);
      }),
    );
  });
});

describe("the link to a request's log", () => {
  const ID = "0190f3c2-7b1e-7cc3-9f1a-3a5b6c7d8e9f";
  /** As Grafana does: what it knows it puts in, what looks like a variable and is none it leaves. */
  const clicked = (): string =>
    logsLink({ namePrefix: "fase-b-staging", account: { region: "eu-west-1" } as never }).replace(
      /\$(\w+)|\$\{(\w+)(?::\w+)?\}/g,
      (whole: string, bare?: string, braced?: string) => ((bare ?? braced) === "correlation_id" ? ID : whole),
    );

  it("opens Logs Insights of the region with the id's query over the gateway's and the functions' logs", () => {
    const [page, hash = ""] = clicked().split("#");
    expect(page).toBe("https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1");
    const [route, detail = ""] = hash.split("$3FqueryDetail$3D");
    expect(route).toBe("logsV2:logs-insights");
    expect(fromJsUrl(detail)).toEqual({
      end: 0,
      start: -86_400,
      timeType: "RELATIVE",
      unit: "seconds",
      editorString: correlationQuery(ID),
      isLiveTail: false,
      source: [
        "/aws/apigateway/fase-b-staging-access",
        "/aws/apigateway/fase-b-staging-voice-access",
        "/aws/lambda/fase-b-staging-edge",
        "/aws/lambda/fase-b-staging-authorizer",
        "/aws/lambda/fase-b-staging-voice",
        "/aws/lambda/fase-b-staging-voice-authorizer",
      ],
    });
    expect(requestLogGroups("x").length).toBeLessThanOrEqual(50);
  });

  it("is a URL that a browser keeps as it is", () => {
    expect(new URL(clicked()).href).toBe(clicked());
  });
});
