import { describe, expect, it } from "vitest";
import { blocks, clauses, milestones } from "../../policies/clauses";
import { blockRowsOf, clauseRowsOf, milestoneRowsOf } from "../audit/board";
import type { ExceptionRow, KickOff, LetterRow, State } from "../audit/model";
import type { Facts } from "./facts";
import { instructionsMessage } from "./instructions";
import { kickOffMessage } from "./kickOff";
import { BLOCKS, counted, inSpanish, MILESTONES, OWNERS } from "./spanish";
import { statusMessage } from "./status";

const START = "2026-11-26T08:00:00.000Z";
const SET: KickOff = { set: true, at: START, letter: "stacks/staging/letters/fase-a-001.dsse.json" };
const UNSET: KickOff = { set: false, because: "there is no valid Carta GO Fase A" };
const REFUSED: LetterRow = {
  phase: "fase-a",
  title: "Carta GO Fase A",
  valid: false,
  says: "letters of fase-a: got none; allowed: one with its three signatures; fix: draft one",
};
const LETTER: NonNullable<Facts["letter"]> = {
  number: 1,
  decision: "GO",
  conditions: [],
  informe: { name: "Informe A", sha256: "f".repeat(64) },
  startsAt: START,
  expiresAt: "2026-11-29T08:00:00.000Z",
};
const CONDITIONAL: NonNullable<Facts["letter"]> = {
  ...LETTER,
  decision: "GO condicional",
  conditions: [
    {
      id: "C1",
      clause: "B8.4",
      text: "Los trece certificados antes de abrir a clientes.",
      evidence: "e".repeat(64),
    },
  ],
};

interface World {
  readonly at?: string;
  readonly kickOff?: KickOff;
  readonly letter?: Facts["letter"];
  readonly evidence?: readonly (readonly [string, State])[];
  readonly exceptions?: readonly Pick<ExceptionRow, "id" | "expires" | "state">[];
  readonly violations?: number;
}

/** Facts of an audit whose board is the real one. */
function factsOf({
  at = "2026-11-26T11:50:00.000Z",
  kickOff = SET,
  letter = kickOff.set ? LETTER : undefined,
  evidence = [
    ["B8.1", "met"],
    ["B8.2", "unknown"],
  ],
  exceptions = [],
  violations = 0,
}: World = {}): Facts {
  const letters = [{ ...REFUSED, valid: letter !== undefined }];
  const evidenceRows = evidence.map(([clause, state]) => ({ clause, state, because: [""], pieces: [] }));
  const input = { policies: [], evidence: evidenceRows, letters, kickOff, atMs: Date.parse(at) };
  const rows = clauseRowsOf(input);
  const count = (state: State): number => rows.filter((row) => row.state === state).length;
  return {
    channel: "#api-sec-audit",
    ...(letter === undefined ? {} : { letter }),
    audit: {
      stack: "staging",
      at,
      kickOff,
      letters,
      clauses: rows,
      blocks: blockRowsOf(rows, input),
      milestones: milestoneRowsOf(kickOff, Date.parse(at)),
      exceptions: exceptions as readonly ExceptionRow[],
      evidence: { stack: "staging", source: "5".repeat(64), clauses: evidenceRows, refusals: [] },
      summary: {
        passes: violations === 0,
        clauses: { met: count("met"), "not-met": count("not-met"), unknown: count("unknown") },
        policies: { passed: 0, violated: 0, advisory: 0, "not-applicable": 0, disabled: 0 },
        mandatoryViolations: violations,
      },
    },
  };
}

/** The words of the order in each message: what it says and to whom. */
const ORDERED = {
  "api-sec-01": [
    /Informe A con sus evidencias/,
    /GO o GO condicional, empezad la Fase B de inmediato, según la orden de trabajo/,
    /Tableros y alertas en 2 h/,
    /DAST y fuzzing, con sus correcciones, en 24 h/,
    /Idempotencia y cuotas cerradas en 36–48 h/,
    /En producción no se cambia nada sin la firma del CEO\./,
  ],
  code: [
    /Recoged la carta firmada/,
    /Con GO, convocad el arranque y nombrad un responsable por bloque/,
    /Estado a las 13:00 y a las 18:00, hora de Madrid/,
    /En producción no se cambia nada sin la firma del CEO\./,
  ],
} as const;

describe("the instructions (B7.6)", () => {
  it.each(["api-sec-01", "code"] as const)(
    "to %s say all that was ordered, before there is a letter",
    (to) => {
      const text = instructionsMessage(factsOf({ kickOff: UNSET }), to);
      for (const words of ORDERED[to]) expect(text).toMatch(words);
      expect(text).toMatch(/T\+0: sin fijar/);
      expect(text).toMatch(
        /no hay ninguna válida; `npm run letter -- verify` dice «letters of fase-a: got none»/,
      );
      expect(text).toMatch(
        /Evidencias: 1 de 2 cláusulas demostradas; cada una se anuncia en `#api-sec-audit`/,
      );
    },
  );

  it("name hours of Madrid once T+0 is known, and hours after it until then", () => {
    expect(instructionsMessage(factsOf(), "api-sec-01")).toMatch(
      /Tableros y alertas en 2 h: jueves 26 de noviembre de 2026, 11:00 CET \(T\+2h\)[^]*entre el viernes 27 de noviembre de 2026, 21:00 CET \(T\+36h\) y el sábado 28 de noviembre de 2026, 09:00 CET \(T\+48h\)/,
    );
    expect(instructionsMessage(factsOf({ kickOff: UNSET }), "api-sec-01")).toMatch(
      /Tableros y alertas en 2 h\.\n.* en 24 h\.\n.* en 36–48 h\.\n/,
    );
  });

  it("say the letter's decision, end, report and conditions", () => {
    const text = instructionsMessage(factsOf({ letter: CONDITIONAL }), "api-sec-01");
    expect(text).toMatch(/La carta dice GO condicional: la Fase B está en marcha/);
    expect(text).toMatch(
      /n\.º 1: GO condicional, .* hasta el domingo 29 de noviembre de 2026, 09:00 CET; decide sobre Informe A \(SHA-256 `f{64}`\); 1 condición\./,
    );
    expect(text).toMatch(/Condición C1 \(B8\.4\): Los trece certificados/);
  });

  it("to CODE name who owns each block", () => {
    const text = instructionsMessage(factsOf(), "code");
    const owned = clauses.flatMap(({ owner, block }) => (owner === null ? [] : [{ owner, block }]));
    for (const { owner, block } of owned)
      expect(text).toMatch(new RegExp(`- ${block} .*: .*${inSpanish(OWNERS, owner)}`));
  });
});

describe("the kick-off (B7.6)", () => {
  it("says T+0, owners, milestones and the first status, to both or to one", () => {
    const text = kickOffMessage(factsOf(), ["api-sec-01", "code"]);
    expect(text).toMatch(/^ARRANQUE DE LA FASE B EN STAGING\n\nPara: API-SEC-01 y CODE\n/);
    expect(text).toMatch(/T\+0: jueves 26 de noviembre de 2026, 09:00 CET\./);
    expect(text).toMatch(/- B1 Observabilidad: ingeniería de observabilidad — plazo: .*11:00 CET \(T\+2h\)/);
    expect(text).toMatch(/- T\+48h \(sábado 28 de noviembre de 2026, 09:00 CET\): Informe B/);
    expect(text).toMatch(/Primer estado: jueves 26 de noviembre de 2026, 13:00 CET\./);
    const one = kickOffMessage(factsOf(), ["code"]);
    expect(one).toMatch(/Para: CODE\n/);
    expect(one).not.toMatch(/API-SEC-01, ahora/);
  });

  it("is a draft that says so, without a single hour, where no letter sets T+0", () => {
    const text = kickOffMessage(factsOf({ kickOff: UNSET }), ["code"]);
    expect(text).toMatch(/^BORRADOR, NO SE ENVÍA: sin una Carta GO Fase A válida no hay arranque\./);
    const [said = ""] = text.split("Datos del");
    expect(said).not.toMatch(/\d\d:\d\d CES?T/);
    expect(kickOffMessage(factsOf(), ["code"])).not.toMatch(/BORRADOR/);
  });

  it("has the conditions that a letter sets", () => {
    expect(kickOffMessage(factsOf({ letter: CONDITIONAL }), ["code"])).toMatch(
      /Condiciones de la carta, todas:\n- C1 \(B8\.4\): Los trece/,
    );
  });
});

describe("the status (B7.7)", () => {
  it("has every block with owner, deadline and state, and names each clause that is open", () => {
    const facts = factsOf();
    const text = statusMessage(facts);
    expect(text).toMatch(/^ESTADO DE LA FASE B EN STAGING, 13:00 CET, jueves 26 de noviembre de 2026\n/);
    for (const { id } of blocks) expect(text).toMatch(new RegExp(`^- ${id} ${BLOCKS[id]} \\(`, "m"));
    for (const { id, state } of facts.audit.clauses)
      expect([id, new RegExp(`[ :]${id.replace(".", "\\.")}[,;\\n]`).test(text)]).toEqual([
        id,
        state !== "met",
      ]);
    expect(text).toMatch(/Han pasado 3 h 50 min\./);
    expect(text).toMatch(/T\+24h \(viernes 27 de noviembre de 2026, 09:00 CET, en 20 h 10 min\)/);
    expect(text).toMatch(/Próximo estado: jueves 26 de noviembre de 2026, 18:00 CET\./);
  });

  it("puts first what is late", () => {
    const text = statusMessage(factsOf({ at: "2026-11-27T16:55:00.000Z" }));
    expect(text).toMatch(/18:00 CET, viernes 27/);
    expect(text).toMatch(/Fuera de plazo: B1, B2\./);
    expect(text).toMatch(/Bloques:\n- B1 .*FUERA DE PLAZO.*\n- B2 .*FUERA DE PLAZO.*\n- B0 /);
    expect(statusMessage(factsOf({ kickOff: UNSET }))).toMatch(/Ningún bloque fuera de plazo\./);
  });

  it("says violations and the exception that ends first", () => {
    const exceptions = [
      { id: "EX-002", expires: "2026-12-01", state: "in-force" },
      { id: "EX-001", expires: "2026-11-30", state: "in-force" },
      { id: "EX-000", expires: "2026-11-01", state: "void" },
    ] as const;
    const text = statusMessage(factsOf({ exceptions, violations: 2 }));
    expect(text).toMatch(/2 incumplimientos de políticas obligatorias/);
    expect(text).toMatch(
      /2 excepciones en vigor; la primera en terminar, EX-001, el 30 de noviembre de 2026\./,
    );
    expect(statusMessage(factsOf())).toMatch(/Ninguna excepción en vigor\./);
  });

  it("is of Madrid's hours on both days of a change", () => {
    expect(statusMessage(factsOf({ at: "2026-03-29T10:50:00.000Z" }))).toMatch(
      /13:00 CEST, domingo 29 de marzo/,
    );
    expect(statusMessage(factsOf({ at: "2026-10-25T11:50:00.000Z" }))).toMatch(
      /13:00 CET, domingo 25 de octubre/,
    );
  });
});

describe("the words", () => {
  it("are there for each block, owner and milestone of the order, and for no other", () => {
    expect(Object.keys(BLOCKS)).toEqual(blocks.map(({ id }) => id));
    expect(Object.keys(MILESTONES)).toEqual(milestones.map(({ id }) => id));
    expect(new Set(Object.keys(OWNERS))).toEqual(
      new Set(clauses.flatMap(({ owner }) => (owner === null ? [] : [owner]))),
    );
    expect(() => inSpanish(BLOCKS, "constructor")).toThrow(/got no Spanish word/);
    expect([counted(1, "cláusula"), counted(0, "cláusula")]).toEqual(["1 cláusula", "0 cláusulas"]);
  });

  it("carry nothing by which a terminal or a chat could be led: a reason is shown as text", () => {
    const facts = factsOf({ kickOff: UNSET });
    const says = "letters: got \u001b[31mred\u0007; allowed: one";
    const text = statusMessage({ ...facts, audit: { ...facts.audit, letters: [{ ...REFUSED, says }] } });
    expect(text).toContain(String.raw`«letters: got red\x07»`);
  });
});
