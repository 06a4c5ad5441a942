import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DECISIONS, LETTER_TYPE, PHASES, type Decision, type Letter, type Phase } from "./letter.schema";
import { renderLetter } from "./renderLetter";

type Unrendered = Omit<Letter, "text">;

const GOLDEN = join(__dirname, "testdata/letters");
const slug = (decision: Decision): string => decision.toLowerCase().replace(" ", "-");
const fileOf = (phase: Phase, decision: Decision): string => `${phase}-${slug(decision)}.md`;
const kinds = PHASES.flatMap((phase) => DECISIONS.map((decision) => [phase, decision] as const));

/** Fixed: no key, no clock, nothing of this checkout. */
function fixedLetter(phase: Phase, decision: Decision): Unrendered {
  return {
    type: LETTER_TYPE,
    phase,
    number: 2,
    previous: "0".repeat(64),
    stack: phase === "fase-a" ? "staging" : "production",
    sourceDigest: "5".repeat(64),
    commit: "c".repeat(40),
    decision,
    conditions:
      decision === "GO condicional"
        ? [
            {
              id: "C1",
              text: "Los 13 certificados están instalados.",
              clause: "B8.4",
              evidence: "a".repeat(64),
            },
            {
              id: "C2",
              text: "El p95 de /chat se mantiene en 700 ms o menos.",
              clause: "B8.1",
              evidence: "b".repeat(64),
            },
          ]
        : [],
    unprotect:
      decision === "NO-GO" ? [] : ["aws:dynamodb/table:Table::data-locks", "aws:s3/bucket:Bucket::trust"],
    informe: { name: phase === "fase-a" ? "Informe A" : "Informe B", sha256: "f".repeat(64) },
    issuedAt: "2026-11-26T12:00:00.000Z",
    startsAt: "2026-11-26T12:30:00.250Z",
    expiresAt: "2026-12-01T09:05:00.000Z",
    roles: "d".repeat(64),
    collectors: "7".repeat(64),
  };
}
const conditional = fixedLetter("fase-b", "GO condicional");

describe("the letter's text (B0.2)", () => {
  it.each(kinds)(
    "of %s with %s stays as it is to the letter: another wording ends the letters in force, which name its digest, so change it only when none is",
    (phase, decision) => {
      const golden = readFileSync(join(GOLDEN, fileOf(phase, decision)), "utf8");
      expect(renderLetter(fixedLetter(phase, decision))).toBe(golden);
    },
  );

  it("has a golden file for each decision of each phase, and none of another", () => {
    expect(readdirSync(GOLDEN).sort()).toEqual(
      kinds.map(([phase, decision]) => fileOf(phase, decision)).sort(),
    );
  });

  it.each(kinds)(
    "of %s with %s says what is authorised, or that it is not, and never both",
    (phase, decision) => {
      const text = renderLetter(fixedLetter(phase, decision));
      const allowed =
        phase === "fase-a" ? "el inicio de la Fase B" : "el despliegue en producción (`production`)";
      expect(text).toContain(`# Carta GO ${phase === "fase-a" ? "Fase A" : "Fase B"} n.º 2\n`);
      expect(text).toContain(`**Decisión: ${decision}**\n`);
      const yes = text.includes(`Se autoriza ${allowed}`);
      const no = text.includes(`**No** se autoriza ${allowed}`);
      expect([yes, no]).toEqual(decision === "NO-GO" ? [false, true] : [true, false]);
      expect(text.includes("solo mientras se cumplan todas las condiciones")).toBe(
        decision === "GO condicional",
      );
      expect(text.includes("Queda sin efecto toda carta anterior")).toBe(decision === "NO-GO");
    },
  );

  it("sets T+0 in Fase A alone, at the instant from which the letter holds", () => {
    expect(renderLetter(fixedLetter("fase-a", "GO"))).toContain(
      "El inicio es el 26 de noviembre de 2026, 12:30:00.250 UTC (26 de noviembre de 2026, 13:30:00.250 CET, hora de Madrid). Ese instante es T+0:",
    );
    for (const [phase, decision] of kinds)
      expect(renderLetter(fixedLetter(phase, decision)).includes("T+0")).toBe(
        phase === "fase-a" && decision !== "NO-GO",
      );
  });

  it("says that another source ends a release, and the work's start not", () => {
    for (const [phase, decision] of kinds)
      expect(renderLetter(fixedLetter(phase, decision)).includes("si cambia el código fuente")).toBe(
        phase === "fase-b" && decision !== "NO-GO",
      );
  });

  it("shows each condition with its clause and its evidence, and each resource that loses its protection", () => {
    const text = renderLetter(conditional);
    for (const { id, text: words, clause, evidence } of conditional.conditions)
      expect(text).toContain(
        `- **${id}.** ${words}\n  - Cláusula: ${clause}\n  - Evidencia, SHA-256 \`${evidence}\``,
      );
    for (const name of conditional.unprotect) expect(text).toContain(`\n- \`${name}\`\n`);
  });

  it("shows whatever is signed: a change of any one thing of the letter changes its text", () => {
    const [condition] = conditional.conditions;
    if (!condition) throw new Error("a conditional letter without a condition");
    const { previous: _, ...first } = conditional;
    const others: Readonly<Record<Exclude<keyof Unrendered, "type">, Unrendered>> = {
      phase: { ...conditional, phase: "fase-a" },
      number: { ...conditional, number: 3 },
      previous: first,
      stack: { ...conditional, stack: "production-2" },
      sourceDigest: { ...conditional, sourceDigest: `6${"5".repeat(63)}` },
      commit: { ...conditional, commit: `d${"c".repeat(39)}` },
      decision: { ...conditional, decision: "GO" },
      conditions: { ...conditional, conditions: [condition] },
      unprotect: { ...conditional, unprotect: conditional.unprotect.slice(1) },
      informe: { ...conditional, informe: { ...conditional.informe, sha256: `0${"f".repeat(63)}` } },
      issuedAt: { ...conditional, issuedAt: "2026-11-26T12:00:00.001Z" },
      startsAt: { ...conditional, startsAt: "2026-11-26T12:30:00.251Z" },
      expiresAt: { ...conditional, expiresAt: "2027-12-01T09:05:00.000Z" },
      roles: { ...conditional, roles: `e${"d".repeat(63)}` },
      collectors: { ...conditional, collectors: `8${"7".repeat(63)}` },
    };
    const ofCondition = (changes: Partial<typeof condition>): Unrendered => ({
      ...conditional,
      conditions: [{ ...condition, ...changes }, ...conditional.conditions.slice(1)],
    });
    const all = [
      conditional,
      ...Object.values(others),
      ofCondition({ id: "C3" }),
      ofCondition({ text: "Los 12 certificados están instalados." }),
      ofCondition({ clause: "B8.3" }),
      ofCondition({ evidence: "9".repeat(64) }),
      { ...conditional, informe: { ...conditional.informe, name: "Informe A" as const } },
      { ...conditional, previous: "1".repeat(64) },
    ];
    expect(new Set(all.map(renderLetter)).size).toBe(all.length);
  });

  it("with NO-GO has no end, no conditions and takes no protection away", () => {
    for (const phase of PHASES) {
      const text = renderLetter(fixedLetter(phase, "NO-GO"));
      expect(text).not.toMatch(/Hasta|Condiciones|sin protección|carece de validez\. También/);
      expect(text).toContain("Esta prohibición no caduca");
    }
  });

  it("that releases says that every clause of B8 must be met on the day", () => {
    for (const [phase, decision] of kinds)
      expect(
        renderLetter(fixedLetter(phase, decision)).includes(
          "El día del despliegue deben cumplirse todas las cláusulas B8",
        ),
      ).toBe(phase === "fase-b" && decision !== "NO-GO");
  });

  it("has no line for a signature by hand", () => {
    for (const [phase, decision] of kinds) {
      const text = renderLetter(fixedLetter(phase, decision));
      expect(text).not.toMatch(/__/);
      expect(text).toContain("firma electrónica (Ed25519); la firma manuscrita no surte efecto");
    }
  });

  it.each([
    ["2026-03-29T00:59:59.999Z", "29 de marzo de 2026, 01:59:59.999 CET"],
    ["2026-03-29T01:00:00.000Z", "29 de marzo de 2026, 03:00:00 CEST"],
    ["2026-10-25T00:59:59.000Z", "25 de octubre de 2026, 02:59:59 CEST"],
    ["2026-10-25T01:00:00.000Z", "25 de octubre de 2026, 02:00:00 CET"],
    ["2026-12-31T23:00:00.000Z", "1 de enero de 2027, 00:00:00 CET"],
  ])("says %s in Madrid's time as well", (startsAt, local) => {
    expect(renderLetter({ ...conditional, startsAt })).toContain(` UTC (${local}, hora de Madrid)\n`);
  });

  it("lets no condition hide, turn round or imitate a part of the letter", () => {
    const [condition] = conditional.conditions;
    if (!condition) throw new Error("a conditional letter without a condition");
    const said = (text: string): string =>
      renderLetter({ ...conditional, conditions: [{ ...condition, text }] })
        .split("\n")
        .find((line) => line.startsWith("- **C1.**")) ?? "";
    expect(said("<!-- **nada** de [esto](x) ~~vale~~ `hoy` -->")).toBe(
      "- **C1.** \\<\\!-- \\*\\*nada\\*\\* de \\[esto\\](x) \\~\\~vale\\~\\~ \\`hoy\\` --\\>",
    );
    expect(said("GO \u202eesto no\u200b")).toBe("- **C1.** GO (U+202E)esto no(U+200B)");
    expect(said("una línea\n# Carta GO\u2028otra")).toBe(
      "- **C1.** una línea(U+000A)\\# Carta GO(U+2028)otra",
    );
  });

  it("names every month, in UTC and without the zone of whoever reads it", () => {
    const before = process.env["TZ"];
    try {
      process.env["TZ"] = "Pacific/Kiritimati";
      const starts = Array.from({ length: 12 }, (_, at) => {
        const startsAt = `2026-${String(at + 1).padStart(2, "0")}-01T23:59:59.000Z`;
        return /^- Desde: (.* UTC) /m.exec(renderLetter({ ...conditional, startsAt }))?.[1];
      });
      expect(starts).toEqual(
        [
          "enero",
          "febrero",
          "marzo",
          "abril",
          "mayo",
          "junio",
          "julio",
          "agosto",
          "septiembre",
          "octubre",
          "noviembre",
          "diciembre",
        ].map((month) => `1 de ${month} de 2026, 23:59:59 UTC`),
      );
    } finally {
      if (before === undefined) delete process.env["TZ"];
      else process.env["TZ"] = before;
    }
  });
});
