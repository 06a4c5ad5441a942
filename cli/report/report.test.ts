import { describe, expect, it } from "vitest";
import {
  complete,
  fileOf,
  HOUR_MS,
  inputOf,
  named,
  NOW_MS,
  testKey,
} from "../../infra/evidence/record/testSupport";
import type { EvidenceFile } from "../../infra/evidence/record/verify";
import { blocks, clauses } from "../../policies/clauses";
import { EMPTY } from "../findings/ledger";
import type { Commit, History } from "./commits";
import { pageOf } from "./page/page";
import { findingOf, JUDGED, reportWith, sectionOf, textOf } from "./testSupport";

const key = testKey();
const METRICS = "Métricas: antes y después";
const FINDINGS = "Hallazgos de DAST, fuzzing y dependencias, y su cierre";
const CLAUSES = "Cláusulas de la orden de trabajo";
const FIXES = "Correcciones por bloque";
const ANNEX = "Anexo: evidencias por su huella digital";

const pageWith = (files: readonly EvidenceFile[], ...rest: readonly unknown[]): string =>
  pageOf(reportWith(inputOf(files, [key], ...(rest as [])), {}));
const decisionOf = (html: string): string =>
  /Decisión que la evidencia permite proponer: ([^<]+)/.exec(html)?.[1] ?? "";
const without = (clause: string): readonly EvidenceFile[] =>
  complete(key).filter(({ path }) => !path.startsWith(`${clause}/`));

/** What the page says of a clause in its table. */
const clauseRow = (html: string, id: string): string =>
  textOf(
    new RegExp(`<th scope="row"><b>${id.replace(".", "\\.")}</b>[^]*?</tr>`).exec(
      html.split(`<h2>${CLAUSES}</h2>`)[1] ?? "",
    )?.[0] ?? "",
  );

describe("Informe B with all its evidence (B7.1)", () => {
  const html = pageWith(complete(key));

  it("shows each figure beside what was before, what was ordered, and the piece in which it stands", () => {
    const text = sectionOf(html, METRICS);
    expect(text).toMatch(
      /B8\.1 p95 de POST \/chat 800 ms \(orden\); sin medida propia de antes 650 ms \[ E3 \] en 5000 \[ E3 \] peticiones/,
    );
    expect(text).toMatch(
      /B8\.2 5xx sobre todas las peticiones 1 % \(orden\); sin medida propia de antes 0,5 % \[ E4 \]/,
    );
    expect(text).toMatch(
      /Certificados instalados y en vigor faltaban 13 de 18 \(orden\) 18 \[ E6 \] instalados/,
    );
    expect(text).toMatch(/Configuraciones completas faltaban 5 de 18 \(orden\) 18 \[ E7 \] completas/);
    expect(text).toMatch(
      /Idempotencia 4000 \[ E\d+ \] peticiones con 200 \[ E\d+ \] claves: 200 \[ E\d+ \] efectos/,
    );
    expect(text).not.toContain("Sin cifra");
  });

  it("draws before and after beside the limit, each as long as it is", () => {
    const [first = ""] = html.match(/<svg[^]*?<\/svg>/) ?? [];
    const bars = [...first.matchAll(/<rect class="(\w+)"[^>]* width="([\d.]+)"/g)].map(([, look, width]) => [
      look,
      Number(width),
    ]);
    expect(bars.map(([look]) => look)).toEqual(["before", "after"]);
    expect(Number(bars[1]?.[1]) / Number(bars[0]?.[1])).toBeCloseTo(650 / 800, 2);
    const [, line] = /class="limit" x1="([\d.]+)"/.exec(first) ?? [];
    const [, start] = /<rect class="before" x="([\d.]+)"/.exec(first) ?? [];
    expect((Number(line) - Number(start)) / Number(bars[0]?.[1])).toBeCloseTo(700 / 800, 2);
  });

  it("names every piece by its digest in the annex, and by no other (B0.4)", () => {
    const text = sectionOf(html, ANNEX);
    const files = complete(key);
    for (const { path } of files) expect(html).toContain(/-([0-9a-f]{64})\.json$/.exec(path)?.[1]);
    expect(text.match(/[0-9a-f]{64}/g)).toHaveLength(files.length);
    const references = [...html.matchAll(/href="#(E\d+)"/g)].map(([, label]) => label);
    for (const label of references) expect(html).toContain(`<span id="${label}">`);
  });

  it("has every clause and block, and no clause that rests on something else as met", () => {
    expect(clauses.filter(({ id }) => clauseRow(html, id) === "")).toEqual([]);
    for (const { id } of blocks) expect(sectionOf(html, FIXES)).toContain(id);
    expect(clauseRow(html, "B8.1")).toContain("✓ cumplida evidencia E3");
    expect(clauseRow(html, "B4.1")).toContain("? sin demostrar");
    expect(clauseRow(html, "B0.1")).toContain("? sin demostrar pruebas automáticas");
  });

  it("shows what was measured before the work and after it, each as it is, beside each other", () => {
    const hoursAgo = (hours: number): string => new Date(NOW_MS - hours * HOUR_MS).toISOString();
    const baseline = { value: 804.5, samples: 5_000, window: { from: hoursAgo(73), to: hoursAgo(49) } };
    const first = fileOf(
      {
        clause: "B8.1",
        kind: "metrics",
        predicate: { ...baseline, baseline, collectedAt: hoursAgo(48) },
      },
      key,
    );
    const second = fileOf(
      { clause: "B8.1", kind: "metrics", predicate: { value: 612, baseline, previous: first.sha256 } },
      key,
    );
    const html = pageWith([first, second]);
    expect(sectionOf(html, METRICS)).toMatch(
      /800 ms \(orden\); 804,5 ms \[ E2 \] \(medido\) 612 ms \[ E2 \] en 5000/,
    );
    const [chart = ""] = html.match(/<svg[^]*?<\/svg>/) ?? [];
    expect([...chart.matchAll(/<text[^>]*>([^<]*)/g)].map(([, text]) => text?.replace(/\s/g, " "))).toEqual([
      ...["Antes (orden)", "800 ms", "Antes (medido)", "804,5 ms", "Después (medido)", "612 ms"],
      "objetivo ≤ 700 ms",
    ]);
  });

  it("is the same to the byte for the same evidence and time, and is one file that may ask nobody", () => {
    const files = complete(key);
    expect(pageWith(files)).toBe(pageWith(files));
    expect(html).toContain(`content="default-src 'none'; style-src 'sha256-`);
    expect(html).not.toMatch(/<(script|img|link|iframe)|\b(src|style)=|url\(|@import/);
    expect(html).not.toContain("MUESTRA");
  });
});

describe("what is missing is said in its place", () => {
  it("without any evidence: no measured figure, NO-GO, and why in each place", () => {
    const html = pageWith([]);
    expect(decisionOf(html)).toBe("NO-GO");
    const text = sectionOf(html, METRICS);
    expect(text.match(/Sin cifra : falta evidencia de [\p{L} ()]+: no se recogió/gu)).toHaveLength(9);
    // The work order's own figures and the names of clauses are all the digits that are left.
    expect(
      text.replace(/B\d\.\d|p95|5xx|\b(800 ms|700 ms|1 %|0,7 %|13 de 18|5 de 18|18 de 18)/g, ""),
    ).not.toMatch(/\d/);
    expect(sectionOf(html, FINDINGS)).toContain("No se puede afirmar que no haya hallazgos.");
    expect(sectionOf(html, ANNEX)).toContain("No hay ninguna evidencia aceptada.");
    for (const id of ["B6.2", "B6.3", "B8.1", "B8.8"])
      expect(clauseRow(html, id)).toContain("? sin demostrar");
  });

  it("with half of it: the half that is there is shown, the other named", () => {
    const html = pageWith(without("B8.1"));
    expect(decisionOf(html)).toBe("NO-GO");
    const text = sectionOf(html, METRICS);
    expect(text).toContain("sin cifra: falta evidencia");
    expect(text).toContain("Sin cifra : falta evidencia de métricas: no se recogió");
    expect(text).not.toContain("650");
    expect(text).toContain("0,5 %");
    expect(textOf(html)).toContain("Sin evidencia suficiente: B8.1 .");
  });

  it("with one kind of two: B8.4 is not shown by certificates alone", () => {
    const html = pageWith(complete(key).filter(({ path }) => !path.includes("/configurations/")));
    expect(clauseRow(html, "B8.4")).toContain("falta evidencia de configuraciones: no se recogió");
    expect(sectionOf(html, METRICS)).toContain("18 [ E6 ] instalados");
  });

  it("of another source: no figure of it is printed, though it is believed", () => {
    const html = pageWith([
      ...without("B8.1"),
      fileOf({ clause: "B8.1", kind: "metrics", sourceDigest: "6".repeat(64) }, key),
    ]);
    const text = sectionOf(html, METRICS);
    expect(text).toContain("falta evidencia de métricas: la más reciente es de otro código fuente");
    expect(text).not.toContain("650");
    expect(sectionOf(html, ANNEX)).toContain("de otro código fuente");
  });

  it("of the day before yesterday: no figure of it is printed", () => {
    const files = complete(key);
    const html = pageOf(reportWith(inputOf(files, [key], { nowMs: NOW_MS + 25 * HOUR_MS })));
    expect(sectionOf(html, METRICS)).not.toContain("650");
    expect(sectionOf(html, METRICS)).toContain("la más reciente ya no está vigente");
  });

  it("of another stack: it is refused by name, and gives no figure", () => {
    const html = pageWith([
      ...without("B8.1"),
      fileOf({ clause: "B8.1", kind: "metrics", stack: "production" }, key),
    ]);
    expect(decisionOf(html)).toBe("NO-GO");
    expect(sectionOf(html, METRICS)).not.toContain("650");
    expect(sectionOf(html, ANNEX)).toContain("it is about the stack production, not about staging");
    expect(clauseRow(html, "B8.1")).toContain("archivos no aceptados: 1");
  });

  it("of a key that is nobody's, as a sample's is: nothing of it is believed", () => {
    const html = pageOf(reportWith(inputOf(complete(testKey()), [key])));
    expect(decisionOf(html)).toBe("NO-GO");
    expect(sectionOf(html, METRICS)).not.toContain("650");
    expect(sectionOf(html, ANNEX)).toContain("which is no collector's");
  });

  it("with one byte changed: it is refused, NO-GO whatever else holds", () => {
    const files = complete(key).map((file): EvidenceFile => {
      if (!file.path.startsWith("B8.2/")) return file;
      const bytes = Buffer.from(file.bytes);
      bytes[40] = (bytes[40] ?? 0) ^ 1;
      return { ...file, bytes };
    });
    const html = pageWith(files);
    expect(decisionOf(html)).toBe("NO-GO");
    expect(sectionOf(html, METRICS)).not.toContain("0,5");
    expect(sectionOf(html, ANNEX)).toMatch(/its bytes have the digest [0-9a-f]{64}, not the one in its name/);
    expect(textOf(html)).toContain("Archivos de evidencia que no se aceptan: 1;");
  });

  it("with a file that is no evidence at all: it is told, as text", () => {
    const html = pageWith([
      ...complete(key),
      { path: `<img src=x>.json`, bytes: Buffer.from("{}") },
      named({ clause: "B8.1", kind: "metrics" }, new Date(NOW_MS).toISOString(), Buffer.from("{}")),
    ]);
    expect(html).not.toContain("<img");
    expect(sectionOf(html, ANNEX)).toContain("<img src=x>.json");
    expect(decisionOf(html)).toBe("NO-GO");
  });

  it("of the source: where this checkout is another, no commit of it is named as what was deployed", () => {
    const head = (commit: Parameters<typeof reportWith>[1] & object): string =>
      textOf(pageOf(reportWith(inputOf([], [key]), commit)).split("</header>")[0] ?? "");
    expect(head({ commit: { commit: "d".repeat(40), changed: [] } })).toMatch(/5{64} , commit d{10} \./);
    expect(textOf(pageOf(reportWith(inputOf([], [key]), { commit: undefined })))).toContain(
      "Las políticas se juzgaron en esta copia del repositorio, que no es el código fuente de la evidencia",
    );
    const other = head({ commit: undefined });
    expect(other).toContain("no es el de esta copia del repositorio");
    expect(other).not.toContain("commit d");
  });

  it("of the repository: without git, and with the newest of it alone", () => {
    const say = (missing: "no repository" | "shallow"): string =>
      sectionOf(pageOf(reportWith(inputOf([], [key]), { history: { commits: [], missing } })), FIXES);
    expect(say("no repository")).toContain("no hay un repositorio git");
    expect(say("shallow")).toContain("Historial incompleto");
    // Of what is not there nothing is counted, and so not as none.
    expect(say("shallow")).not.toMatch(/\d|ninguno/);
  });
});

describe("what is proposed", () => {
  it("is GO only where all is met that an audit can know; other open clauses make it conditional", () => {
    const html = pageWith(complete(key));
    expect(decisionOf(html)).toBe("GO condicional");
    // The pack said nothing of these, and no test shows them.
    const [, open = ""] =
      /Otras cláusulas de la orden que no se cumplen o no se pueden afirmar: ([^.]*(?:\.\d[^.]*)*) \./.exec(
        textOf(html),
      ) ?? [];
    expect(open.split(" , ")).toEqual(["B1.1", "B1.2", "B1.3", "B1.4", "B4.1", "B5.1", "B5.4"]);
  });

  it("tells which clauses it has not seen, beside the answer: what tests or a letter show", () => {
    const [, count = "", named = ""] =
      /Por comprobar antes de firmar: (\d+) de las 42 cláusulas .*? Carta GO: ([^]*?) \. Este informe propone/.exec(
        textOf(pageWith(complete(key))),
      ) ?? [];
    const ids = named.split(" , ");
    expect(ids).toHaveLength(Number(count));
    expect(ids).toEqual(expect.arrayContaining(["B0.1", "B0.2", "B3.1", "B5.3", "B7.4"]));
    expect(ids.filter((id) => id.startsWith("B8.") || id === "B4.1")).toEqual([]);
  });

  it("is NO-GO where a mandatory policy is violated, though all evidence is there", () => {
    const policy = {
      name: "secrets-bind-rotation",
      displayName: "",
      description: "",
      enforcementLevel: "mandatory" as const,
      severity: "high" as const,
      clauses: ["B6.1"],
      remediationSteps: "",
      url: "https://example.com",
      tags: [],
    };
    const report = reportWith(inputOf(complete(key), [key]), {
      audit: {
        judged: {
          ...JUDGED,
          pack: {
            ...JUDGED.pack,
            policies: [policy],
            violations: [
              {
                pack: "fase-b",
                policy: policy.name,
                enforcementLevel: "mandatory",
                severity: "high",
                message: "no",
              },
            ],
          },
        },
      },
    });
    expect(report.proposal.decision).toBe("NO-GO");
    const html = pageOf(report);
    expect(textOf(html)).toContain("Políticas obligatorias incumplidas: 1 ( secrets-bind-rotation )");
    expect(clauseRow(html, "B6.1")).toContain("se incumple secrets-bind-rotation");
  });
});

describe("findings and their closure (B2.3)", () => {
  const fixed = { state: "fixed", commit: "c".repeat(40), at: "2026-11-25T12:00:00.000Z" } as const;
  const accepted = (until: string) =>
    ({
      state: "accepted",
      until,
      by: "qa-sec",
      reason: "until the next version of the gateway",
      severity: "medium",
      at: "2026-11-25T12:00:00.000Z",
    }) as const;
  const findings = [
    findingOf("a", { status: fixed, lastSeen: "2026-11-25T09:00:00.000Z", severity: "high" }),
    findingOf("b", { status: fixed, lastSeen: "2026-11-26T09:00:00.000Z" }),
    findingOf("c", { status: accepted("2026-11-30") }),
    findingOf("d", { status: accepted("2026-11-25") }),
    findingOf("e", { severity: "low" }),
  ];
  const ahead = findingOf("7", { status: { ...fixed, at: "2026-11-26T11:30:00.000Z" } });
  const evidence = [
    ...without("B8.5"),
    fileOf({ clause: "B8.5", kind: "findings", predicate: { findings } }, key),
  ];
  const report = (ledger = EMPTY) => reportWith(inputOf(evidence, [key]), { ledger });

  it("tells of each what became of it, what is open first", () => {
    const text = sectionOf(pageOf(report()), FINDINGS);
    const order = ["finding b", "finding e", "finding d", "finding c", "finding a"].map((title) =>
      text.indexOf(title),
    );
    expect(order).toEqual([...order].sort((x, y) => x - y));
    expect(order[0]).toBeGreaterThan(0);
    expect(text).toMatch(
      /a{16} finding a en POST \/chat A03:2021 , CWE-89 ZAP, desde el 24\/11\/2026 Corregido por c{10} el 25\/11\/2026 \[ E\d+ \]/,
    );
    expect(text).toMatch(/finding b .*?Abierto : se vio de nuevo después de corregirlo c{10}/);
    expect(text).toMatch(/finding c .*?Aceptado hasta el 30\/11\/2026 por QA Sec: until the next version/);
    expect(text).toMatch(/finding d .*?Abierto : la aceptación terminó el 25\/11\/2026/);
    expect(text).toMatch(/finding e .*?Abierto \[ E\d+ \]/);
    expect(text).toContain("Corregidos: 1 de 5; aceptados con fecha de fin: 1; abiertos: 3.");
  });

  it("does not count what was mended in another history than this source's, and says so", () => {
    const commits = (id: string): readonly Commit[] => [{ id, subject: "the mending", files: [] }];
    const say = (history: History): string =>
      sectionOf(pageOf(reportWith(inputOf(evidence, [key]), { history })), FINDINGS);
    const elsewhere = say({ commits: commits("d".repeat(40)) });
    expect(elsewhere).toMatch(
      /finding a .*?Abierto : lo corrige c{10} , que no está en el historial de este código \[ E\d+ \]/,
    );
    expect(elsewhere).toContain("Corregidos: 0 de 5; aceptados con fecha de fin: 1; abiertos: 4.");
    expect(say({ commits: commits("c".repeat(40)) })).toMatch(
      /finding a .*?Corregido por c{10} the mending el 25\/11\/2026/,
    );
    // Of what is not here nothing can be said.
    for (const missing of ["shallow", "no repository"] as const)
      expect(say({ commits: [], missing })).toContain("Corregidos: 1 de 5;");
  });

  it("believes no closure that is dated after its evidence was collected", () => {
    const predicate = { findings: [ahead] };
    const html = pageOf(
      reportWith(
        inputOf([...without("B8.5"), fileOf({ clause: "B8.5", kind: "findings", predicate }, key)], [key]),
      ),
    );
    expect(sectionOf(html, FINDINGS)).toMatch(/finding 7 .*?Abierto \[ E\d+ \]/);
  });

  it("marks what only the committed list names, and takes evidence's word where both do", () => {
    const ledger = {
      ...EMPTY,
      findings: [
        {
          ...findingOf("e", { severity: "low", status: { ...fixed, at: "2026-11-26T10:00:00.000Z" } }),
          scans: ["fuzz"],
        },
        { ...findingOf("f"), scans: ["fuzz"] },
      ],
    };
    const text = sectionOf(pageOf(report(ledger)), FINDINGS);
    expect(text).toMatch(
      /finding f .*?Abierto \[ sin evidencia firmada \]|finding f .*?Abierto \[sin evidencia firmada\]/,
    );
    expect(text).toMatch(/finding e .*?Abierto \[ E\d+ \]/);
  });

  it("shows eight of many, the rest in the annex, none left out", () => {
    const many = Array.from({ length: 40 }, (_, at) =>
      findingOf(at.toString(16).padStart(16, "0"), {
        title: `many ${String.fromCharCode(97 + (at % 26))}${at}`,
      }),
    );
    const html = pageOf(
      reportWith(
        inputOf(
          [
            ...without("B8.5"),
            fileOf({ clause: "B8.5", kind: "findings", predicate: { findings: many } }, key),
          ],
          [key],
        ),
      ),
    );
    expect(sectionOf(html, FINDINGS).match(/many /g)).toHaveLength(8);
    expect(sectionOf(html, FINDINGS)).toContain("Los 32 restantes están en el anexo.");
    expect(html.match(/many /g)).toHaveLength(40);
  });

  it("names in a block the commits that mended a finding", () => {
    const commits: readonly Commit[] = [
      { id: "d".repeat(40), subject: "newer", files: ["infra/firewall/firewall.ts"] },
      { id: "e".repeat(40), subject: "new", files: ["infra/firewall/firewall.ts", "infra/edge/edge.ts"] },
      { id: "c".repeat(40), subject: "the mending", files: ["infra/firewall/firewall.ts"] },
      { id: "f".repeat(40), subject: "elsewhere", files: ["README.md"] },
    ];
    const text = sectionOf(pageOf(reportWith(inputOf(evidence, [key]), { history: { commits } })), FIXES);
    expect(text).toMatch(/B4 Límites y cuotas 3 d{10} newer c{10} the mending Corrigen hallazgos: c{10}/);
    expect(text).toMatch(/B3 Idempotencia y concurrencia 1 e{10} new/);
    expect(text).toMatch(/B1 Observabilidad 0 ninguno/);
    expect(text).toContain(
      "Commits sin fusiones: 4; de ningún bloque (herramientas, textos, pruebas comunes), 1.",
    );
  });

  it("shows what somebody wrote into a finding as text", () => {
    const title = `<script>alert(1)</script>" onload="x`;
    const html = pageOf(
      reportWith(inputOf(evidence, [key]), {
        ledger: { ...EMPTY, findings: [{ ...findingOf("9", { title, place: title }), scans: ["fuzz"] }] },
      }),
    );
    expect(html).not.toContain("<script");
    expect(html).toContain("&lt;script&gt;alert(1)");
  });
});

describe("a sample", () => {
  it("says so at its head, in its title and over every sheet", () => {
    const html = pageOf(reportWith(inputOf(complete(key), [key]), { sample: true }));
    expect(html).toMatch(/<title>MUESTRA: /);
    expect(html).toContain(`<div class="watermark" aria-hidden="true">MUESTRA</div>`);
    expect(html).toMatch(/\.watermark \{ position: fixed;/);
    // One kind of sheet, so that none is without the mark in its margin; and nothing that is laid over the other.
    expect(html).toMatch(/@page \{ @top-center \{ content: "MUESTRA";/);
    expect(html).not.toMatch(/[{;]\s*page:|@page\s+[^{\s]|@top-center \{ content: none/);
    expect(html.match(/z-index: \d+/g)).toEqual(["z-index: 1"]);
    expect(textOf(html)).toContain("No demuestra nada y ningún control la acepta.");
  });
});
