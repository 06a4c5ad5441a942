import { join, parse, resolve } from "node:path";
import { LEDGER_FILE } from "../../infra/trust/ledger";
import { plural, type Style } from "../style";
import { holds, issue, list, prune, recordedFor, revoke, type CertificatePorts } from "./certificates";
import { FileToBe, isThere, readRequestFile, textAt } from "./files";
import { describeLeaves, describeOthers } from "./listing";
import type { Command } from "./options";

export type Runnable = Exclude<Command, { readonly kind: "help" }>;

/**
 * Does what a command says.
 *
 * @param from the folder that paths on the command line count from
 * @returns what a person is told
 */
export async function perform(
  command: Runnable,
  ports: CertificatePorts,
  from: string,
  style: Style,
): Promise<string> {
  switch (command.kind) {
    case "enroll":
    case "renew":
      return handOut(ports, command, from);
    case "revoke": {
      const { ids, already } = await revoke(ports, command);
      const before = already === 0 ? "" : ` (${already} of them before)`;
      const said = `revoked ${plural(ids.length, "certificate")} of ${command.clientId}${before}: in force within ${ports.settings.revocationSeconds} s`;
      return lines(said, ...ids.map((id) => `  ${id}`));
    }
    case "list":
      return describeLeaves(await list(ports, command.clientId), ports.nowMs(), style);
    case "prune":
      return lines(
        `forgot ${plural((await prune(ports, command.clientId)).length, "certificate")} that expired`,
      );
  }
}

const lines = (...texts: readonly string[]): string => texts.map((text) => `${text}\n`).join("");

async function handOut(
  ports: CertificatePorts,
  command: Extract<Runnable, { readonly kind: "enroll" | "renew" }>,
  from: string,
): Promise<string> {
  const csr = resolve(from, command.csr);
  const beside = join(parse(csr).dir, `${parse(csr).name}.pem`);
  const out = command.out === undefined ? beside : resolve(from, command.out);
  const csrPem = readRequestFile(csr);
  const request = { kind: command.kind, clientId: command.clientId, csrPem };
  const standing = textAt(out);
  if (standing !== undefined && !command.force) {
    const known = await recordedFor(ports, request);
    if (known === undefined || !holds(standing, known)) throw isThere(out);
    return lines(`${out}: certificate ${known.serial} of ${command.clientId} stands there already`);
  }
  const file = FileToBe.open(out, command.force);
  try {
    const { entry, again, others, chainPem } = await issue(ports, request);
    file.write(chainPem);
    return lines(
      `${out}: certificate ${entry.serial} of ${entry.clientId}, good until ${entry.notAfter}`,
      ...(again ? ["it was issued to this request before, and is given again"] : []),
      ...describeOthers(others),
      `commit stacks/${command.options.stack}/${LEDGER_FILE}`,
    );
  } finally {
    file.close();
  }
}
