import type { PredicateKind } from "../../../infra/evidence/record/predicates";
import type { EvidenceClause } from "../../../infra/evidence/record/requirements";
import type { Html } from "../../audit/page/html";
import type { State } from "../../audit/model";
import type { Figure } from "../believed";
import { ordered, type Ordered } from "../ordered";
import { clauseName, instantName, prose, term, type Part } from "../prose";
import { fitPiece, resultOf, type Report } from "../report";
import { barChart } from "./charts";
import { lackText, sourced, stateMark, table } from "./parts";

/** Metrics before and after: what the work order says of before, what evidence measured then and now. */

const stateOf = (report: Report, clause: EvidenceClause): State =>
  resultOf(report.believed, clause)?.verdict ?? "unknown";

/** A figure with its source; where there is none, why. */
function shown(
  report: Report,
  clause: EvidenceClause,
  kind: PredicateKind,
  figures: (piece: NonNullable<ReturnType<typeof fitPiece>["piece"]>) => readonly (Figure | undefined)[],
  say: (figures: readonly Part[]) => Part,
): Part {
  const { piece, lack } = fitPiece(report.believed, clause, kind);
  if (piece === undefined) return prose`<span class="open">Sin cifra</span>: ${lackText(kind, lack)}`;
  const found = figures(piece);
  // One that is missing is no zero.
  if (found.some((one) => one === undefined))
    return prose`<span class="open">Sin cifra</span>: la evidencia no la trae`;
  return say(found.flatMap((one) => (one === undefined ? [] : [sourced(report, one)])));
}

interface Metric {
  readonly clause: "B8.1" | "B8.2";
  readonly name: Html;
  readonly unit: "ms" | "%";
  readonly before: Ordered;
  readonly limit: Ordered;
  readonly limitLabel: string;
}

const METRICS: readonly Metric[] = [
  {
    clause: "B8.1",
    name: prose`${term("p95")} de POST /chat`,
    unit: "ms",
    before: ordered.p95Before,
    limit: ordered.p95Most,
    limitLabel: "objetivo ≤",
  },
  {
    clause: "B8.2",
    name: prose`${term("5xx")} sobre todas las peticiones`,
    unit: "%",
    before: ordered.errorsBefore,
    limit: ordered.errorsBelow,
    limitLabel: "objetivo <",
  },
];

function baselineOf(report: Report, { clause, unit }: Metric): Figure | undefined {
  // Of whatever source: it was measured before the work, and each piece hands it on.
  const piece = resultOf(report.believed, clause)?.pieces[0];
  return piece === undefined ? undefined : report.believed.at(piece, ["baseline", "value"], unit);
}

function afterOf(report: Report, { clause, unit }: Metric): Figure | undefined {
  const { piece } = fitPiece(report.believed, clause, "metrics");
  return piece === undefined ? undefined : report.believed.at(piece, ["value"], unit);
}

function chartOf(report: Report, metric: Metric): Html {
  const measured = baselineOf(report, metric);
  return barChart(
    metric.name,
    [
      { label: "Antes (orden)", amount: metric.before, look: "before" },
      ...(measured === undefined
        ? []
        : [{ label: "Antes (medido)", amount: measured, look: "before" as const }]),
      {
        label: "Después (medido)",
        amount: afterOf(report, metric),
        look: "after",
        missing: "sin cifra: falta evidencia",
      },
    ],
    { label: metric.limitLabel, amount: metric.limit },
  );
}

function metricRow(report: Report, metric: Metric): readonly Part[] {
  const { clause, before, limit, limitLabel } = metric;
  const measured = baselineOf(report, metric);
  const { piece } = fitPiece(report.believed, clause, "metrics");
  const window =
    piece?.statement.kind === "metrics"
      ? prose`, del ${instantName(piece.statement.predicate.window.from)} al ${instantName(piece.statement.predicate.window.to)}`
      : undefined;
  return [
    prose`${clauseName(clause)} ${metric.name}`,
    prose`${before} (orden)${measured === undefined ? "; sin medida propia de antes" : prose`; ${sourced(report, measured)} (medido)`}`,
    shown(
      report,
      clause,
      "metrics",
      (one) => [report.believed.at(one, ["value"], metric.unit), report.believed.at(one, ["samples"])],
      ([value, samples]) => prose`${value} en ${samples} peticiones${window}`,
    ),
    prose`<span class="tight">${limitLabel.replace("objetivo ", "")} ${limit}</span>`,
    stateMark(stateOf(report, clause)),
  ];
}

function coverageRows(report: Report): readonly (readonly Part[])[] {
  const { believed } = report;
  return [
    [
      prose`${clauseName("B8.4")} Certificados instalados y en vigor`,
      prose`faltaban ${ordered.certificatesMissing} de ${ordered.agents} (orden)`,
      shown(
        report,
        "B8.4",
        "certificates",
        (piece) => [
          believed.count<{ installed: boolean; status: string; notAfter?: string }>(
            piece,
            ["installed"],
            ({ installed, status, notAfter }) =>
              installed && status === "ISSUED" && notAfter !== undefined && notAfter > report.audit.at,
          ),
        ],
        (installed) => prose`${installed} instalados`,
      ),
      prose`${ordered.agents} de ${ordered.agents}`,
      stateMark(stateOf(report, "B8.4")),
    ],
    [
      prose`${clauseName("B8.4")} Configuraciones completas`,
      prose`faltaban ${ordered.configurationsMissing} de ${ordered.agents} (orden)`,
      shown(
        report,
        "B8.4",
        "configurations",
        (piece) => [
          believed.count<{ closed: boolean; missing: readonly string[] }>(
            piece,
            ["agents"],
            ({ closed, missing }) => closed && missing.length === 0,
          ),
        ],
        (closed) => prose`${closed} completas`,
      ),
      prose`${ordered.agents} de ${ordered.agents}`,
      stateMark(stateOf(report, "B8.4")),
    ],
  ];
}

/** What was tried and counted, where the work order names no figure of before. */
function proofRows(report: Report): readonly (readonly Part[])[] {
  const { believed } = report;
  const run = (
    clause: "B8.6" | "B8.7" | "B8.8",
    what: string,
    paths: readonly (readonly string[])[],
    say: (figures: readonly Part[]) => Part,
  ): readonly Part[] => [
    prose`${clauseName(clause)} ${what}`,
    shown(report, clause, "proofRun", (piece) => paths.map((path) => believed.at(piece, path)), say),
    stateMark(stateOf(report, clause)),
  ];
  return [
    [
      prose`${clauseName("B8.3")} Datos personales en los registros`,
      shown(
        report,
        "B8.3",
        "logScan",
        (piece) => [
          believed.sum(piece, ["groups"], "lines"),
          believed.count(piece, ["groups"]),
          believed.at(piece, ["protectionFindings"]),
        ],
        ([lines, groups, masked]) =>
          prose`${lines} líneas leídas de ${groups} registros; el enmascarado señaló ${masked}`,
      ),
      stateMark(stateOf(report, "B8.3")),
    ],
    run(
      "B8.6",
      "Idempotencia",
      [
        ["figures", "requests"],
        ["figures", "keys"],
        ["figures", "effects"],
      ],
      ([requests, keys, effects]) => prose`${requests} peticiones con ${keys} claves: ${effects} efectos`,
    ),
    run(
      "B8.7",
      "Cortacircuitos bajo carga",
      [
        ["figures", "cutOff"],
        ["figures", "rounds"],
        ["figures", "letBackIn"],
      ],
      ([cutOff, rounds, letBackIn]) =>
        prose`${cutOff} llamadas cortadas en ${rounds} rondas; readmitido ${letBackIn} veces`,
    ),
    run(
      "B8.8",
      "Límites graduales",
      [
        ["figures", "passed"],
        ["figures", "slowedDown"],
        ["figures", "blocked"],
      ],
      ([passed, slowed, blocked]) =>
        prose`pasaron ${passed}, se frenaron ${slowed}, se bloquearon ${blocked}`,
    ),
    [
      prose`${clauseName("B6.2")} Listas de componentes`,
      shown(
        report,
        "B6.2",
        "sbom",
        (piece) => [believed.count(piece, ["of"])],
        (bills) => prose`${bills} listas`,
      ),
      stateMark(stateOf(report, "B6.2")),
    ],
  ];
}

export const metricsSection = (report: Report): Html => prose`<section>
<h2>Métricas: antes y después</h2>
<div class="charts">${METRICS.map((metric) => chartOf(report, metric))}</div>
${table(
  "«Orden» es la cifra de la orden de trabajo; entre corchetes, la evidencia firmada en que consta cada cifra medida",
  ["Métrica", "Antes", "Después", "Objetivo", "Estado"],
  [...METRICS.map((metric) => metricRow(report, metric)), ...coverageRows(report)],
)}${table(
  "Comprobaciones sin cifra de partida en la orden",
  ["Comprobación", "Qué se contó", "Estado"],
  proofRows(report),
)}</section>
`;
