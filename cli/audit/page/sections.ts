import { titleOf, pictureOf } from "../architecture/picture";
import { shownByText } from "../../../policies/proofs";
import { plural } from "../../style";
import type { Audit, EvidencePiece } from "../model";
import { instantText, kickOffText } from "../words";
import { joined, markup, type Html } from "./html";
import { bounded, due, sentence, stateBadge, table, validBadge, verdictBadge } from "./parts";
import { policyAnchor } from "./policies";

/** The page's sections in their order, but for the policies. */

const MOST_NAMES = 12;
const MOST_REFUSALS = 200;

export function summarySection({ summary, subject, pack, kickOff, at }: Audit): Html {
  const { clauses, policies, passes, mandatoryViolations } = summary;
  return markup`<section aria-labelledby="summary">
    <h2 id="summary">Summary</h2>
    <ul class="cards">
      <li>
        <b>${validBadge(passes, passes ? "passes" : "does not pass")}</b>
        ${plural(mandatoryViolations, "mandatory violation")}
      </li>
      <li>
        <b>${clauses.met} of ${clauses.met + clauses["not-met"] + clauses.unknown}</b> clauses met;
        ${clauses["not-met"]} not met, ${clauses.unknown} unknown, which is not met
      </li>
      <li>
        <b>${policies.passed} of ${pack.policies}</b> policies passed; ${policies.violated} violated,
        ${policies.advisory} advisory, ${policies["not-applicable"]} without anything to judge,
        ${policies.disabled} disabled
      </li>
      <li>
        <b>${subject.resources}</b> ${subject.resources === 1 ? "resource" : "resources"},
        ${subject.from === "preview" ? "as the program would register them" : "as the exported state has them"}
      </li>
    </ul>
    <p>${kickOffText(kickOff)}. Everything is as of ${instantText(at)}.</p>
    ${subjectNotes(subject)}
  </section>`;
}

function subjectNotes({
  sha256,
  hiddenSecrets,
  beingDeleted,
  pendingOperations,
}: Audit["subject"]): Html | undefined {
  if (sha256 === undefined) return undefined;
  const notes = [
    markup`The state file has the SHA-256 <span class="digest">${sha256}</span>.`,
    ...(hiddenSecrets > 0
      ? [
          markup`${plural(hiddenSecrets, "secret value")} could not be read: to a policy that needs one it is unknown, and it says so; <code>pulumi stack export --show-secrets</code> writes them.`,
        ]
      : []),
    ...(beingDeleted > 0 ? [markup`${plural(beingDeleted, "resource")} being deleted were not judged.`] : []),
    ...(pendingOperations > 0
      ? [
          markup`${plural(pendingOperations, "operation")} had been broken off: what is there may differ from
          what was judged.`,
        ]
      : []),
  ];
  return markup`<ul>
    ${notes.map((note) => markup`<li>${note}</li>`)}
  </ul>`;
}

export function boardSection({ blocks, milestones, kickOff }: Audit): Html {
  return markup`<section aria-labelledby="board">
    <h2 id="board">Board</h2>
    ${table(
      "Each block with its owner, deadline and state (B7.7)",
      [
        { title: "Block" },
        { title: "State" },
        { title: "Clauses met" },
        { title: "Owner" },
        { title: "Due" },
        { title: "Milestones" },
      ],
      blocks.map((block) => ({
        head: markup`${block.id} ${block.title}`,
        cells: [
          stateBadge(block.state),
          `${block.met} of ${block.met + block.notMet + block.unknown}; ${block.notMet} not met, ${block.unknown} unknown`,
          block.owners.length === 0 ? "none named" : block.owners.join(", "),
          due(block.dueHours, block.dueAt, block.overdue),
          block.milestones.length === 0 ? "–" : block.milestones.join(", "),
        ],
      })),
    )}
    ${table(
      kickOff.set ? "Milestones" : "Milestones, whose instants follow T+0",
      [{ title: "Milestone" }, { title: "Stands by then", wide: true }, { title: "At" }],
      milestones.map(({ id, text, at, passed }) => ({
        head: id,
        cells: [text, at === undefined ? "T+0 is not set" : `${instantText(at)}${passed ? ", passed" : ""}`],
      })),
    )}
  </section>`;
}

export function clausesSection({ clauses }: Audit): Html {
  return markup`<section aria-labelledby="clauses">
    <h2 id="clauses">Clauses</h2>
    <p>The worst counts of all that a clause takes: policies, and beyond them evidence, a letter, or tests. Tests are not run here, so that what
      rests on them is unknown; what nobody has built is not met.</p>
    <div data-group>
      ${table(
        "Each clause of the work order and what it rests on",
        [
          { title: "Clause", wide: true },
          { title: "State" },
          { title: "Why", wide: true },
          { title: "Policies and tests", wide: true },
          { title: "Evidence" },
          { title: "Owner" },
          { title: "Due" },
        ],
        clauses.map((clause) => ({
          attributes: markup` id="clause-${clause.id}" data-item="clause" data-block="${clause.block}"
          data-state="${clause.state}"`,
          head: markup`<b>${clause.id}</b> ${sentence(clause.text)}
            <span class="quiet">Holds when: ${sentence(clause.holdsWhen)}</span>`,
          cells: [
            stateBadge(clause.state),
            clause.because.join("; "),
            markup`${policyLinks(clause.policies)}${testsOf(clause.proofs)}`,
            clause.evidence === undefined
              ? `none asked for; shown by ${shownByText[clause.shownBy]}`
              : markup`<a href="#evidence-${clause.id}">${stateBadge(clause.evidence)}</a>`,
            clause.owner ?? "none named",
            due(clause.dueHours, clause.dueAt, clause.overdue),
          ],
        })),
      )}
    </div>
  </section>`;
}

/** The ones that did not pass by name, the others too where there is room. */
function policyLinks(policies: Audit["clauses"][number]["policies"]): Html {
  if (policies.length === 0) return markup`none`;
  const links = policies.map(({ name, verdict }) => {
    const link = markup`<a href="#${policyAnchor(name)}">${name}</a>`;
    return verdict === "passed" ? link : markup`${link} ${verdictBadge(verdict)}`;
  });
  return joined(links, ", ");
}

function testsOf(proofs: Audit["clauses"][number]["proofs"]): Html | undefined {
  if (proofs.length === 0) return undefined;
  const files = [...new Set(proofs.map(({ file }) => file))];
  return markup`<br><span class="quiet">Tests, not run here: ${joined(
    files.map((file) => markup`<code>${file}</code>`),
    ", ",
  )}</span>`;
}

export function exceptionsSection({ exceptions }: Audit): Html {
  return markup`<section aria-labelledby="exceptions">
    <h2 id="exceptions">Exceptions</h2>
    <p>What is left open on purpose, and until when. One that is void lifts nothing.</p>
    ${
      exceptions.length === 0
        ? markup`<p>None.</p>`
        : markup`<div data-group>
            ${table(
              "Exceptions by their end",
              [
                { title: "Exception" },
                { title: "State" },
                { title: "Lifts" },
                { title: "Of" },
                { title: "Ends" },
                { title: "Reason", wide: true },
              ],
              exceptions.map((one) => ({
                attributes: markup` data-item="exception"
                data-state="${one.state === "in-force" ? "unknown" : "not-met"}"`,
                head: markup`<span class="id">${one.id}</span>`,
                cells: [
                  one.state === "in-force"
                    ? markup`<span class="badge open"><span aria-hidden="true">? </span>in force</span>`
                    : markup`<span class="badge bad"><span aria-hidden="true">✗ </span>void</span>
                        ${one.defect}`,
                  one.lifts.join(", "),
                  markup`<code>${one.resource}</code>
                    <span class="quiet">${plural(one.resources, "resource")}</span>`,
                  `${one.expires}, ${plural(one.daysLeft, "day")} left`,
                  one.reason,
                ],
              })),
            )}
          </div>`
    }
  </section>`;
}

export function evidenceSection({ evidence }: Audit): Html {
  const { shown, left } = bounded(evidence.refusals, MOST_REFUSALS);
  return markup`<section aria-labelledby="evidence">
    <h2 id="evidence">Evidence</h2>
    <p>
      Of the stack ${evidence.stack}, for the source with the digest
      <span class="digest">${evidence.source}</span>.
    </p>
    <div data-group>
      ${table(
        "Clauses that hold by evidence",
        [
          { title: "Clause" },
          { title: "State" },
          { title: "Why", wide: true },
          { title: "Pieces that count", wide: true },
        ],
        evidence.clauses.map((row) => ({
          attributes: markup` id="evidence-${row.clause}" data-item="evidence"
          data-block="${row.clause.split(".")[0]}" data-state="${row.state}"`,
          head: row.clause,
          cells: [
            stateBadge(row.state),
            row.because.join("; "),
            row.pieces.length === 0
              ? "none"
              : markup`<ul class="plain">
                  ${row.pieces.map(pieceItem)}
                </ul>`,
          ],
        })),
      )}
    </div>
    ${
      evidence.refusals.length === 0
        ? undefined
        : table(
            "Files that are not believed",
            [{ title: "File" }, { title: "Why", wide: true }],
            shown.map(({ what, why }) => ({ head: markup`<code>${what}</code>`, cells: [why] })),
          )
    }${left === 0 ? undefined : markup`<p>And ${left} more, in <code>audit.json</code>.</p>`}
  </section>`;
}

const pieceItem = ({ kind, collectedAt, signedBy, sha256, path, sourceDigest }: EvidencePiece): Html =>
  markup`<li>
    ${kind} of ${instantText(collectedAt)}, signed by ${signedBy.join(", ")}; SHA-256
    <span class="digest">${sha256}</span>; <code>${path}</code>; of the source
    <span class="digest">${sourceDigest}</span>
  </li>`;

export function lettersSection({ letters }: Audit): Html {
  return markup`<section aria-labelledby="letters">
    <h2 id="letters">Carta GO</h2>
    ${table(
      "The letters of both phases",
      [{ title: "Letter" }, { title: "Validity" }, { title: "What it says", wide: true }],
      letters.map(({ title, valid, says }) => ({
        head: title,
        cells: [validBadge(valid, valid ? "valid" : "not valid"), says],
      })),
    )}
  </section>`;
}

export function architectureSection({ architecture }: Audit): Html {
  if (architecture.length === 0)
    return markup`<section aria-labelledby="architecture">
      <h2 id="architecture">Architecture</h2>
      <p>No component of the stack says which clauses it serves.</p>
    </section>`;
  const titles = new Map(architecture.map((node) => [node.id, `${node.block} ${titleOf(node)}`]));
  return markup`<section aria-labelledby="architecture">
    <h2 id="architecture">Architecture</h2>
    <p>
      Drawn from the resources that were judged: components of one type and block are one box, and an arrow
      goes to what a box's resources refer to. The table says the same.
    </p>
    <div class="picture" role="region" aria-label="The picture of the architecture" tabindex="0">
      ${pictureOf(architecture)}
    </div>
    <div data-group>
      ${table(
        "The components, and whose resources theirs refer to",
        [
          { title: "Component" },
          { title: "Names", wide: true },
          { title: "Clauses" },
          { title: "Resources", wide: true },
          { title: "Refers to", wide: true },
        ],
        architecture.map((node) => {
          const names = bounded(node.names, MOST_NAMES);
          return {
            attributes: markup` data-item="component" data-block="${node.block}"`,
            head: markup`${titles.get(node.id)}`,
            cells: [
              `${names.shown.join(", ")}${names.left === 0 ? "" : ` and ${names.left} more`}`,
              node.clauses.join(", "),
              `${node.resources}: ${node.types.map(([type, count]) => `${type} ${count}`).join(", ")}`,
              node.uses.length === 0 ? "none" : node.uses.map((id) => titles.get(id) ?? id).join(", "),
            ],
          };
        }),
      )}
    </div>
  </section>`;
}
