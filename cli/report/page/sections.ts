import { blocks } from "../../../policies/clauses";
import { isEvidenceClause, type EvidenceClause } from "../../../infra/evidence/record/requirements";
import type { Html } from "../../audit/page/html";
import type { ClauseRow, ExceptionRow } from "../../audit/model";
import { commitsOf, commitsOfNoBlock, mainCommitsOf } from "../commits";
import { BLOCK_NAMES, CLAUSE_NAMES, KIND_NAMES, ROLE_NAMES, SEVERITY_NAMES, TOOL_NAMES } from "../names";
import {
  clauseName,
  commitName,
  dayName,
  digestName,
  findingName,
  idName,
  instantName,
  momentName,
  pathName,
  prose,
  quoted,
  shortly,
  tally,
  term,
  type Part,
} from "../prose";
import type { History } from "../commits";
import { isAccepted, isClosed, type FindingRow } from "../findingRows";
import { fitPiece, lacksOf, resultOf, type Lack, type Report } from "../report";
import { bounded, lackText, listed, referenceOf, sourced, stateMark, table } from "./parts";

/** What the body's pages can hold; the rest stands in the annex. */
const MOST = { findings: 8, commits: 2, subject: 66, title: 70, reason: 90, named: 12 } as const;

export function decisionSection({ proposal, audit, labels, verification, commit }: Report): Html {
  const { decision, unproven, refusals, violated, pending, untold } = proposal;
  const held = verification.clauses.filter(({ verdict }) => verdict === "met");
  const reasons: readonly Html[] = [
    ...(unproven.length === 0
      ? []
      : [prose`<li>Sin evidencia suficiente: ${listed(unproven.map(clauseName))}.</li>`]),
    ...(refusals.length === 0
      ? []
      : [
          prose`<li>Archivos de evidencia que no se aceptan: ${tally(refusals)}; el anexo dice cuáles y por qué.</li>`,
        ]),
    ...(violated.length === 0
      ? []
      : [
          prose`<li>Políticas obligatorias incumplidas: ${tally(violated)} (${listed(bounded(violated, MOST.named).shown.map(({ name }) => pathName(name)))}${violated.length > MOST.named ? " y otras" : undefined}).</li>`,
        ]),
    ...(pending.length === 0
      ? []
      : [
          prose`<li>Otras cláusulas de la orden que no se cumplen o no se pueden afirmar: ${listed(pending.map(({ id }) => clauseName(id)))}.</li>`,
        ]),
    ...(commit !== undefined
      ? []
      : [
          prose`<li>Las políticas se juzgaron en esta copia del repositorio, que no es el código fuente de la evidencia: el informe se repite en una copia que lo sea.</li>`,
        ]),
    // Whoever decides must not read more into the answer than there is.
    ...(untold.length === 0
      ? []
      : [
          prose`<li>Por comprobar antes de firmar: ${tally(untold)} de las ${tally(audit.clauses)} cláusulas de la orden se apoyan en las pruebas automáticas de este mismo código, que este informe no ejecuta, o en una Carta GO: ${listed(untold.map(({ id }) => clauseName(id)))}.</li>`,
        ]),
  ];
  const [faseA] = audit.letters;
  return prose`<section class="decision">
<p><b class="answer">Decisión que la evidencia permite proponer: ${decision}</b></p>
<p>Cláusulas con evidencia firmada que se cumplen: ${tally(held)} de ${tally(verification.clauses)}. Piezas de evidencia aceptadas: ${tally([...labels])}.</p>
${reasons.length === 0 ? undefined : prose`<ul>${reasons}</ul>`}
<p class="quiet">Este informe propone; decide la Carta GO, con las firmas de Lead Security, CODE y el CEO. ${
    faseA?.valid === true
      ? "La Carta GO de la Fase A es válida."
      : "No hay una Carta GO de la Fase A válida: los plazos de la orden no tienen aún una hora de inicio."
  }</p>
</section>
`;
}

export function fixesSection({ history, findings }: Report): Html {
  const { commits, missing } = history;
  if (missing === "no repository")
    return prose`<section><h2>Correcciones por bloque</h2><p><span class="open">Sin datos</span>: aquí no hay un repositorio git que se pueda leer, así que no se sabe qué commits se hicieron.</p></section>
`;
  if (missing === "shallow" && commits.length === 0)
    return prose`<section><h2>Correcciones por bloque</h2><p><span class="open">Historial incompleto</span>: esta copia del repositorio no trae los commits antiguos, así que no se sabe cuántos se hicieron.</p></section>
`;
  return prose`<section>
<h2>Correcciones por bloque</h2>
${
  missing === "shallow"
    ? prose`<p><span class="open">Historial incompleto</span>: esta copia del repositorio no trae los commits antiguos; los que faltan no se cuentan.</p>`
    : undefined
}${table(
    prose`Commits sin fusiones: ${tally(commits)}; de ningún bloque (herramientas, textos, pruebas comunes), ${tally(commitsOfNoBlock(history))}. Uno que toca archivos de varios bloques cuenta en cada uno. Se nombran los más recientes que cambian sobre todo ese bloque, y los que corrigen un hallazgo`,
    ["Bloque", "Commits", "Cuáles"],
    blocks.map(({ id }) => {
      const own = commitsOf(history, id);
      const fixing = own.filter((commit) =>
        findings.some(({ finding: { status } }) => status.state === "fixed" && status.commit === commit.id),
      );
      return [
        prose`${clauseName(id)} ${BLOCK_NAMES[id]}`,
        tally(own),
        own.length === 0
          ? missing === "shallow"
            ? "ninguno en esta copia"
            : "ninguno"
          : [
              ...[...new Set([...mainCommitsOf(history, id), ...own])]
                .slice(0, MOST.commits)
                .map(
                  (commit, index) =>
                    prose`${index === 0 ? undefined : prose`<br>`}${commitName(commit.id)} ${quoted(shortly(commit.subject, MOST.subject))}`,
                ),
              ...(fixing.length === 0
                ? []
                : [
                    prose`<br>Corrigen hallazgos: ${listed(fixing.slice(0, MOST.named).map((commit) => commitName(commit.id)))}${fixing.length > MOST.named ? prose` y otros, ${tally(fixing)} en total` : undefined}`,
                  ]),
            ],
      ];
    }),
  )}</section>
`;
}

/** The commit that mended something, and what it says of itself. */
function mendedBy({ commits }: History, id: string): Part {
  const commit = commits.find((one) => one.id === id);
  return commit === undefined
    ? commitName(id)
    : prose`${commitName(id)} ${quoted(shortly(commit.subject, MOST.subject))}`;
}

function closureText(history: History, row: FindingRow): Part {
  const { status } = row.finding;
  switch (row.closure) {
    case "open":
      return prose`<span class="bad">Abierto</span>`;
    case "fixed":
      return status.state === "fixed"
        ? prose`<span class="good">Corregido</span> por ${mendedBy(history, status.commit)} el ${dayName(status.at.slice(0, 10))}`
        : undefined;
    case "fixed elsewhere":
      return status.state === "fixed"
        ? prose`<span class="bad">Abierto</span>: lo corrige ${commitName(status.commit)}, que no está en el historial de este código`
        : undefined;
    case "seen again":
      return status.state === "fixed"
        ? prose`<span class="bad">Abierto</span>: se vio de nuevo después de corregirlo ${commitName(status.commit)}`
        : undefined;
    case "accepted":
    case "accepted no more":
      return status.state === "accepted"
        ? prose`${row.closure === "accepted" ? prose`<span class="open">Aceptado</span> hasta el` : prose`<span class="bad">Abierto</span>: la aceptación terminó el`} ${dayName(status.until)} por ${ROLE_NAMES[status.by]}: ${quoted(shortly(status.reason, MOST.reason), "")}`
        : undefined;
  }
}

function findingCells(report: Report, row: FindingRow): readonly Part[] {
  const { id, severity, title, place, tool, classes, firstSeen } = row.finding;
  const { owaspTop10, owaspApiTop10, cwe, advisories } = classes;
  const all = [...advisories, ...owaspApiTop10, ...owaspTop10, ...cwe];
  return [
    prose`${SEVERITY_NAMES[severity]} ${findingName(id)}`,
    prose`${quoted(shortly(title, MOST.title))} en ${quoted(shortly(place, MOST.title), "")}`,
    all.length === 0 ? "sin clase" : listed(all.slice(0, 4).map(idName)),
    prose`${TOOL_NAMES[tool]}, desde el ${dayName(firstSeen.slice(0, 10))}`,
    prose`${closureText(report.history, row)} [${row.piece === undefined ? "sin evidencia firmada" : referenceOf(report, row.piece)}]`,
  ];
}

const FINDING_COLUMNS = ["Gravedad", "Qué y dónde", "Clases", "Herramienta", "Cierre"];

/** Of one clause's evidence: which runs were read, and how many findings they left open. */
function scansText(report: Report, clause: "B8.5" | "B6.3", what: string): Html {
  const { believed } = report;
  const { piece, lack } = fitPiece(believed, clause, "findings");
  if (piece === undefined)
    return prose`<p>${clauseName(clause)} ${what}: <span class="open">sin demostrar</span>, ${lackText("findings", lack)}. No se puede afirmar que no haya hallazgos.</p>`;
  if (piece.statement.kind !== "findings") return prose``;
  const count = (severity: string): Part => {
    const figure = believed.at(piece, ["open", severity]);
    return figure === undefined ? "sin contar" : sourced(report, figure);
  };
  const { runs } = piece.statement.predicate;
  return prose`<p>${clauseName(clause)} ${what}: abiertos según la evidencia: críticos ${count("critical")}, altos ${count("high")}, medios ${count("medium")}, bajos ${count("low")}. ${
    runs.length === 0
      ? "No consta ninguna ejecución."
      : prose`Ejecuciones: ${listed(runs.map(({ scan, endedAt }) => prose`${quoted(scan, "")} (${instantName(endedAt)})`))}.`
  }</p>`;
}

export function findingsSection(report: Report): Html {
  const { findings, ledger, unread } = report;
  const { shown, left } = bounded(findings, MOST.findings);
  return prose`<section>
<h2>Hallazgos de DAST, fuzzing y dependencias, y su cierre</h2>
${scansText(report, "B8.5", "DAST y fuzzing")}
${scansText(report, "B6.3", "dependencias")}
${
  findings.length === 0
    ? prose`<p>No consta ningún hallazgo${unread.length > 0 || ledger.runs.length === 0 ? ", y ninguna ejecución completa está en la lista del repositorio: esto no significa que no los haya" : undefined}.</p>`
    : table(
        "Primero lo que sigue abierto, después lo más grave",
        FINDING_COLUMNS,
        shown.map((row) => findingCells(report, row)),
      )
}${findings.length === 0 ? undefined : prose`<p>Corregidos: ${tally(findings.filter(isClosed))} de ${tally(findings)}; aceptados con fecha de fin: ${tally(findings.filter(isAccepted))}; abiertos: ${tally(findings.filter((row) => !isClosed(row) && !isAccepted(row)))}.${left.length === 0 ? undefined : prose` Los ${tally(left)} restantes están en el anexo.`}</p>`}</section>
`;
}

export function clausesSection(report: Report): Html {
  const { audit } = report;
  const met = audit.clauses.filter(({ state }) => state === "met");
  return prose`<section>
<h2>Cláusulas de la orden de trabajo</h2>
${table(
  "Vale lo peor de todo en lo que se apoya cada una. Lo que no se puede afirmar no está cumplido",
  ["Cláusula", "Estado", "En qué se apoya"],
  audit.clauses.map((row) => [
    prose`${clauseName(row.id)} ${CLAUSE_NAMES[row.id as keyof typeof CLAUSE_NAMES]}`,
    stateMark(row.state),
    basisText(report, row),
  ]),
)}<p>Cumplidas: ${tally(met)} de ${tally(audit.clauses)}.</p></section>
`;
}

function basisText(report: Report, row: ClauseRow): Part {
  const { policies, shownBy, id, proofs } = row;
  const passed = policies.filter(({ verdict }) => verdict === "passed");
  const [violated, telling] = (["violated", "advisory"] as const).map((wanted) =>
    policies.filter(({ verdict }) => verdict === wanted),
  );
  const named = (what: string, which: readonly { readonly name: string }[] | undefined): Part =>
    which === undefined || which.length === 0
      ? undefined
      : prose`; ${what} ${listed(which.map(({ name }) => pathName(name)))}`;
  const byPolicies =
    policies.length === 0
      ? []
      : [
          prose`pasan ${tally(passed)} de ${tally(policies)} políticas${named("se incumple", violated)}${named("avisa", telling)}`,
        ];
  return [
    ...(isEvidenceClause(id) ? [evidenceText(report, id)] : []),
    ...(shownBy === "letter" ? ["la demuestra una Carta GO"] : []),
    ...(shownBy === "tests" ? [prose`pruebas automáticas (${tally(proofs)}), que aquí no se ejecutan`] : []),
    ...byPolicies,
  ].flatMap((part, index): readonly Part[] => (index === 0 ? [part] : ["; ", part]));
}

/** Why a clause is as it is, from the evidence itself; the verifier's own sentence where the report has no other for it. */
function evidenceText(report: Report, clause: EvidenceClause): Part {
  const lacks = lacksOf(report.believed, clause);
  const result = resultOf(report.believed, clause);
  const refused = report.verification.refusals.filter((refusal) => refusal.clause === clause);
  const pieces = (result?.pieces ?? [])
    .filter(({ sha256 }) => report.labels.has(sha256))
    .map((piece) => referenceOf(report, piece));
  return [
    ...(pieces.length === 0 ? [] : [prose`evidencia ${listed(pieces)}`]),
    ...lacks.map(({ kind, lack }) => lackText(kind, lack)),
    ...(refused.length === 0 ? [] : [prose`archivos no aceptados: ${tally(refused)}`]),
    ...(result === undefined || result.verdict === "met" || lacks.length > 0 || refused.length > 0
      ? []
      : [prose`el verificador dice ${quoted(shortly(result.because, MOST.reason))}`]),
  ].flatMap((part, index): readonly Part[] => (index === 0 ? [part] : ["; ", part]));
}

const EXCEPTION_COLUMNS = ["Excepción", "Qué levanta", "Recurso", "Hasta", "Motivo"];

const exceptionCells = ({ id, lifts, resource, expires, reason, state }: ExceptionRow): readonly Part[] => [
  prose`${idName(id)}${state === "void" ? prose` <span class="bad">sin efecto</span>` : undefined}`,
  listed(lifts.map((one) => quoted(one, ""))),
  pathName(resource.replace(/^aws:/, "")),
  dayName(expires),
  quoted(reason),
];

const inBody = ({ of, state }: ExceptionRow): boolean => of === "policy" || state === "void";

export function exceptionsSection({ audit: { exceptions } }: Report): Html {
  const own = exceptions.filter(inBody);
  const others = exceptions.filter((one) => !inBody(one));
  return prose`<section>
<h2>Excepciones con fecha de fin</h2>
${
  own.length === 0
    ? prose`<p>Ninguna a una política del proyecto.</p>`
    : table("A políticas del proyecto", EXCEPTION_COLUMNS, own.map(exceptionCells))
}<p>A controles publicados por terceros: ${tally(others)}${others.length === 0 ? undefined : ", en el anexo"}.</p></section>
`;
}

const USES: Readonly<Record<Lack, string>> = {
  none: "cuenta",
  refused: "no se acepta",
  source: "de otro código fuente",
  age: "no vigente",
};

export function annex(report: Report): Html {
  const { verification, believed, findings, audit, labels } = report;
  const counting = new Set(verification.clauses.flatMap(({ pieces }) => pieces.map(({ sha256 }) => sha256)));
  const others = audit.exceptions.filter((one) => !inBody(one));
  const { left } = bounded(findings, MOST.findings);
  return prose`<section class="annex" id="anexo">
<h2>Anexo: evidencias por su huella digital</h2>
<p>Cada pieza aceptada está firmada por un recolector de ${pathName("collectors.json")}, habla de este entorno y coincide byte a byte con la huella de su nombre. Si se publicó en ${quoted("#api-sec-audit", "")} no se puede comprobar sin conexión.</p>
${
  believed.pieces.length === 0
    ? prose`<p><span class="open">No hay ninguna evidencia aceptada.</span></p>`
    : table(
        "Piezas aceptadas; «cuenta» es la más reciente de su cláusula y tipo",
        ["Pieza", "Cláusula", "Recogida y firma", "Huella", "Uso"],
        believed.pieces.map((piece) => [
          prose`<span id="${labels.get(piece.sha256) ?? ""}">${referenceOf(report, piece)}</span>`,
          prose`${clauseName(piece.clause)}, ${KIND_NAMES[piece.statement.kind]}`,
          prose`${instantName(new Date(piece.collectedAtMs).toISOString())}, ${listed(piece.signedBy.map(pathName))}`,
          digestName(piece.sha256),
          counting.has(piece.sha256) ? USES[believed.unfit(piece) ?? "none"] : "anterior",
        ]),
      )
}${
    verification.refusals.length === 0
      ? undefined
      : table(
          "Archivos que no se aceptan, con las palabras del verificador; ninguna cifra sale de ellos",
          ["Archivo", "Por qué"],
          verification.refusals.map(({ what, why }) => [quoted(what, ""), quoted(why)]),
        )
  }${
    left.length === 0
      ? undefined
      : prose`<h3>Hallazgos que no caben en el cuerpo</h3>${table(
          "En el mismo orden",
          FINDING_COLUMNS,
          left.map((row) => findingCells(report, row)),
        )}`
  }${
    others.length === 0
      ? undefined
      : prose`<h3>Excepciones a controles publicados</h3>${table("Por su fecha de fin", EXCEPTION_COLUMNS, others.map(exceptionCells))}`
  }</section>
`;
}

export function header({ audit, commit, sample }: Report): Html {
  return prose`<header>
${
  sample
    ? prose`<p class="sample">MUESTRA. La evidencia de este documento es inventada y está firmada con claves de un solo uso: solo enseña cómo es un informe. No demuestra nada y ningún control la acepta.</p>`
    : undefined
}<h1>Informe B: endurecimiento de la API en ${pathName(audit.stack)}</h1>
<p class="quiet">Fase B. Situación al ${momentName(audit.at)}. Código fuente, ${term("SHA-256")} ${digestName(audit.evidence.source)}${
    commit === undefined
      ? prose`, que <b>no es el de esta copia del repositorio</b>: políticas y commits son de esta copia, y no de lo desplegado`
      : commit.commit === undefined
        ? commit.changed.length > 0
          ? prose`, con archivos sin confirmar en git (${tally(commit.changed)})`
          : ", sin un commit de git que lo identifique"
        : prose`, commit ${commitName(commit.commit)}`
  }. Lo que va entre «comillas» son palabras de otros, en su idioma.</p>
</header>
`;
}
