/** A registry's double on this machine: answers the bulk advisories of npm audit with two made ones, or with 405 as one that has no audit does. */
import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";

const mode = process.argv[3];
const advisories = {
  "fase-b-made-left": [
    {
      id: 9900001,
      url: "https://github.com/advisories/GHSA-2222-3333-4444",
      title: "Made up: prototype pollution in fase-b-made-left",
      severity: "critical",
      vulnerable_versions: "<1.2.3",
      cwe: ["CWE-1321"],
      cvss: { score: 9.8, vectorString: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" },
    },
  ],
  "fase-b-made-right": [
    {
      id: 9900002,
      url: "https://github.com/advisories/GHSA-5555-6666-7777",
      title: "Made up: regular expression takes quadratic time",
      severity: "moderate",
      vulnerable_versions: ">=0.0.0",
      cwe: ["CWE-400", "CWE-1333"],
      cvss: { score: 5.3, vectorString: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L" },
    },
  ],
};

createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const send = (status, body) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (mode === "405") return send(405, { error: "Method Not Allowed" });
    if (request.method === "POST" && request.url.endsWith("/advisories/bulk")) {
      const body = Buffer.concat(parts);
      const asked = JSON.parse(request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body);
      return send(200, Object.fromEntries(Object.entries(mode === "clean" ? {} : advisories).filter(([name]) => name in asked)));
    }
    if (request.method === "GET") {
      const name = decodeURIComponent(request.url.slice(1));
      const version = (v, dependencies = {}) => ({ name, version: v, dependencies, dist: { tarball: `https://registry.example.com/${name}.tgz` } });
      const versions = name === "fase-b-made-above" ? { "1.0.0": version("1.0.0", { "fase-b-made-left": "1.2.2" }) } : { "1.2.2": version("1.2.2"), "1.2.3": version("1.2.3"), "3.0.1": version("3.0.1") };
      return send(200, { name, "dist-tags": { latest: Object.keys(versions).at(-1) }, versions });
    }
    send(404, {});
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
