import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { control, type Controlled } from "./controls";
import { LocalError, messageOf } from "./errors";

/** Where a running one can be told what to do; in its folder, readable by its owner only. */
interface SessionFile {
  readonly url: string;
  readonly token: string;
}

export const RUN_FOLDER = /^run-(\d+)$/;
const FILE = "session.json";

/** Listens on loopback for what other processes of the same person say to the one that runs. */
export class Session {
  private constructor(private readonly server: Server) {}

  static async open(folder: string, controlled: Controlled): Promise<Session> {
    const token = randomBytes(32).toString("base64url");
    const server = createServer((request, response) => {
      answer(request, response, token, controlled).catch(() => response.destroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const file: SessionFile = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, token };
    writeFileSync(join(folder, FILE), JSON.stringify(file), { mode: 0o600 });
    return new Session(server);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  controlled: Controlled,
): Promise<void> {
  const given = Buffer.from(request.headers.authorization ?? "");
  const expected = Buffer.from(`Bearer ${token}`);
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    return void response.writeHead(403).end();
  if (request.method === "GET") {
    const agents = controlled.agents.map(({ id, url, behaviour, counted }) => ({
      id,
      url,
      behaviour,
      counted,
    }));
    return void response.end(JSON.stringify({ agents, instances: controlled.instances.all }));
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  try {
    const words = JSON.parse(Buffer.concat(chunks).toString("utf8")) as readonly string[];
    response.end(control(words, controlled));
  } catch (error) {
    response.writeHead(400).end(messageOf(error));
  }
}

/**
 * Says something to the one that runs.
 *
 * @param port needed only where several run
 * @throws LocalError when none runs, or when it does not understand
 */
export async function tell(
  localDir: string,
  port: number | undefined,
  words: readonly string[],
): Promise<string> {
  const { url, token } = find(localDir, port);
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(words) }).catch(() => {
    throw none("one that does not answer");
  });
  const text = await response.text();
  if (response.ok) return text;
  const [what = "", rest = ""] = text.split(/: got (.*)/s);
  const [got = "", allowed = "", fix = ""] = rest.split(/; allowed: |; fix: /);
  throw new LocalError({ what, got, allowed, fix });
}

function find(localDir: string, port: number | undefined): SessionFile {
  const folders = existsSync(localDir) ? readdirSync(localDir).filter((name) => RUN_FOLDER.test(name)) : [];
  const wanted = port === undefined ? folders : folders.filter((name) => name === `run-${port}`);
  const open = wanted.filter((name) => existsSync(join(localDir, name, FILE)));
  const [only, ...more] = open;
  if (only === undefined) throw none("none");
  if (more.length > 0)
    throw new LocalError({
      what: "npm run local",
      got: `${open.length} that run`,
      allowed: "one, or a port that tells which",
      fix: `write npm run local -- --port <${open.map((name) => RUN_FOLDER.exec(name)?.[1]).join("|")}> …`,
    });
  return JSON.parse(readFileSync(join(localDir, only, FILE), "utf8")) as SessionFile;
}

const none = (got: string): LocalError =>
  new LocalError({
    what: "a running npm run local",
    got,
    allowed: "one",
    fix: "start it in another terminal: npm run local",
  });
