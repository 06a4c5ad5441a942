import { describe, expect, it } from "vitest";
import { Html, joined, markup } from "./html";

describe("markup of a page", () => {
  it("escapes every text, in attributes too, and nothing that is markup already", () => {
    expect(markup`<a title="${`"'<>&`}">${markup`<b>${"<i>"}</b>`}</a>`.markup).toBe(
      '<a title="&quot;&#39;&lt;&gt;&amp;"><b>&lt;i&gt;</b></a>',
    );
  });

  it("spells what is not seen or turns the direction of the text", () => {
    expect(markup`${"a\u202Eb\u0000c\u200Bd\uFEFFe\uD800f"}`.markup).toBe(
      "a\\u202eb\\u0000c\\u200bd\\ufeffe\\ud800f",
    );
    expect(markup`${"línea\n\t– ✓ 😀"}`.markup).toBe("línea\n\t– ✓ 😀");
  });

  it("takes an object with the name of markup for what it is: no markup", () => {
    const state: unknown = JSON.parse('{"markup":"<b>"}');
    expect(state instanceof Html).toBe(false);
  });

  it("joins parts", () => {
    expect(joined(["a", markup`<b>`, "<"], ", ").markup).toBe("a, <b>, &lt;");
  });
});
