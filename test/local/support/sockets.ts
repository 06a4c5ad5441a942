import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { descendants, processes } from "../../../bench/processTree";

/** Linux alone tells who listens where without another program. https://docs.kernel.org/networking/proc_net_tcp.html */
export const tellsSockets = existsSync("/proc/net/tcp");

const LISTENING = "0A";
/** In the host's byte order, as the kernel writes them. */
const LOOPBACK = ["0100007F", "00000000000000000000000001000000"];

/**
 * Addresses, in the kernel's hexadecimal, at which a process or one of its descendants listens.
 *
 * @returns all, and those of them that are not loopback's
 */
export function listeningOf(pid: number): {
  readonly all: readonly string[];
  readonly open: readonly string[];
} {
  const own = new Set(descendants(pid, processes()).flatMap(socketsOf));
  const all = ["/proc/net/tcp", "/proc/net/tcp6"]
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, "utf8").trim().split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, address = "", , state, , , , , , inode = ""]) =>
      state === LISTENING && own.has(inode) ? [address] : [],
    );
  return { all, open: all.filter((address) => !LOOPBACK.includes(address.split(":")[0] ?? "")) };
}

function socketsOf({ pid }: { readonly pid: number }): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap((name) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${name}`)) ?? [];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    // It has ended meanwhile, or one of its files was closed.
    return [];
  }
}
