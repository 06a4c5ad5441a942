import { afterEach, describe, expect, it } from "vitest";
import { dashboardIds } from "../../infra/observability/dashboards/dashboardIds";
import { DOUBLES_TOKEN, startGrafanaDouble, type GrafanaDouble, type Interference } from "./grafanaDouble";
import { lost } from "./importCheck";
import { everything, testGrafana } from "./run";

let double: GrafanaDouble | undefined;
afterEach(async () => {
  await double?.close();
  double = undefined;
});

async function run(
  interfere?: Interference,
  auth = DOUBLES_TOKEN,
): Promise<{ readonly status: number; readonly text: string; readonly double: GrafanaDouble }> {
  double = await startGrafanaDouble(interfere);
  let text = "";
  const status = await testGrafana(
    { GRAFANA_URL: double.url, GRAFANA_AUTH: auth },
    (part) => (text += part),
    everything,
  );
  return { status, text, double };
}

describe("npm run test:grafana, against a test double of Grafana", () => {
  it("is skipped and says why where no Grafana is named", async () => {
    let text = "";
    expect(await testGrafana({ GRAFANA_URL: "http://127.0.0.1:1" }, (part) => (text += part))).toBe(0);
    expect(text).toMatch(/^skipped: .*no GRAFANA_AUTH/);
  });

  it("imports everything, reads it back and leaves nothing behind (B7.2)", async () => {
    const { status, text, double: grafana } = await run();
    expect([status, text]).toEqual([
      0,
      expect.stringMatching(`${dashboardIds.length} dashboards, 2 data sources and \\d+ groups`),
    ]);
    expect(grafana.held.size).toBe(0);
    expect(grafana.asked.filter((line) => line.startsWith("POST /api/dashboards/db"))).toHaveLength(
      dashboardIds.length,
    );
    expect(grafana.asked.filter((line) => line.startsWith("GET "))).toHaveLength(
      dashboardIds.length + 2 + everything().ruleGroups.length,
    );
  });

  it("touches nothing that is there: every uid is the run's own", async () => {
    const bodies: string[] = [];
    await run((_method, _path, body) => {
      if (body !== undefined) bodies.push(JSON.stringify(body));
      return undefined;
    });
    expect(bodies.length).toBeGreaterThan(15);
    expect(bodies.join("\n")).not.toMatch(/"(datasourceUid|uid)":"fase-b-staging-/);
    expect(bodies.join("\n")).toMatch(/"datasourceUid":"check-[0-9a-f]{8}-cloudwatch"/);
    const uids = [...bodies.join("\n").matchAll(/"uid":"(check-[^"]*)"/g)].map(([, uid = ""]) => uid);
    expect(uids.filter((uid) => uid.length > 40)).toEqual([]);
  });

  it("says what Grafana does not take, goes on, and cleans up", async () => {
    const {
      status,
      text,
      double: grafana,
    } = await run((method, path, body) =>
      method === "POST" && path === "/api/dashboards/db" && JSON.stringify(body).includes("· Latency")
        ? { status: 412, text: '{"message":"a panel is wrong"}' }
        : undefined,
    );
    expect(status).toBe(1);
    expect(text).toMatch(/✗ POST \/api\/dashboards\/db: got 412 .*a panel is wrong.*; allowed: 2xx; fix: /);
    expect(text.trim().split("\n")).toHaveLength(1);
    expect(grafana.held.size).toBe(0);
  });

  it("says what Grafana has lost", async () => {
    const { status, text } = await run((method, path) =>
      method === "GET" && path.endsWith("-voice")
        ? { status: 200, text: '{"dashboard":{"title":"another"}}' }
        : undefined,
    );
    expect(status).toBe(1);
    expect(text).toMatch(
      /dashboard fase-b-staging-voice\.title: got "another"; allowed: "fase-b-staging · Voice", as sent/,
    );
  });

  it("says what it could not remove", async () => {
    const { status, text } = await run((method, path) =>
      method === "DELETE" && path.startsWith("/api/folders/") ? { status: 500, text: "{}" } : undefined,
    );
    expect(status).toBe(1);
    expect(text).toMatch(/DELETE \/api\/folders\/check-.*left behind: folder check-/);
  });

  it("stops where it gets no folder of its own", async () => {
    const { status, double: grafana } = await run((_method, path) =>
      path === "/api/folders" ? { status: 403, text: '{"message":"denied"}' } : undefined,
    );
    expect([status, grafana.asked]).toEqual([1, ["POST /api/folders"]]);
  });

  it("shows no token, whatever Grafana says of it", async () => {
    const secret = "another-token-that-nobody-may-see";
    const { status, text } = await run(undefined, secret);
    expect([status, text]).toEqual([
      1,
      expect.stringMatching(/401 .*no such token: Bearer ….*service account/),
    ]);
    expect(text).not.toContain(secret);
    const basic = await run(undefined, `admin:${secret}`);
    expect(basic.text).toMatch(/Basic …/);
    expect(basic.text).not.toContain(Buffer.from(`admin:${secret}`).toString("base64"));
  });

  it("says that nobody answers, or that the address is none", async () => {
    let text = "";
    const write = (part: string) => (text += part);
    expect(
      await testGrafana({ GRAFANA_URL: "http://127.0.0.1:1", GRAFANA_AUTH: "t" }, write, everything),
    ).toBe(1);
    expect(text).toMatch(/POST \/api\/folders: got \w+; allowed: an answer/);
    text = "";
    expect(await testGrafana({ GRAFANA_URL: "grafana", GRAFANA_AUTH: "t" }, write, everything)).toBe(2);
    expect(text).toMatch(/^error: GRAFANA_URL: got "grafana"/);
  });
});

describe("what is lost", () => {
  it.each([
    ["nothing where Grafana adds", { a: 1 }, { a: 1, b: 2 }, 0],
    ["a value that changed", { a: [{ b: 1 }] }, { a: [{ b: 2 }] }, 1],
    ["a key that is gone", { a: { b: 1, c: 2 } }, { a: { c: 2 } }, 1],
    ["an element that is gone", { a: [1, 2] }, { a: [1] }, 1],
    ["everything where nothing came", { a: 1 }, undefined, 1],
    ["a null that became something", { a: null }, { a: 0 }, 1],
  ])("is %s", (_what, sent, read, count) => {
    expect(lost(sent, read, "it")).toHaveLength(count);
  });
});
