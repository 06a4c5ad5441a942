import { blocks } from "../../../policies/clauses";
import { plural } from "../../style";
import type { Audit, AuditedResource, PolicyRow } from "../model";
import { markup, type Html } from "./html";
import { bounded, table, verdictBadge, verdictFilter } from "./parts";

/** A page of every name of a large stack would be read by nobody, and by no browser fast. */
const MOST_FINDINGS = 200;
const MOST_PASSED = 40;

export const policyAnchor = (name: string): string => `policy-${name}`;

export function policiesSection({ policies, resources }: Audit): Html {
  return markup`<section aria-labelledby="policies">
    <h2 id="policies">Policies</h2>
    <p>
      Each with its verdict and, inside, what it says of each resource. A mandatory policy that is violated
      stops a deployment; an advisory one tells.
    </p>
    ${blocks.map(({ id, title }) => {
      const own = policies.filter(({ block }) => block === id);
      return own.length === 0
        ? undefined
        : markup`<div data-group>
            <h3 id="policies-${id}">${id} ${title}</h3>
            ${own.map((policy) => detailsOf(policy, resources))}
          </div> `;
    })}${unplaced(policies, resources)}
  </section>`;
}

/** Of a pack whose clauses are not the work order's. */
function unplaced(policies: readonly PolicyRow[], resources: readonly AuditedResource[]): Html | undefined {
  const own = policies.filter(({ block }) => !blocks.some(({ id }) => id === block));
  return own.length === 0
    ? undefined
    : markup`<div data-group>
        <h3>Without a clause of the work order</h3>
        ${own.map((policy) => detailsOf(policy, resources))}
      </div>`;
}

function detailsOf(policy: PolicyRow, resources: readonly AuditedResource[]): Html {
  const { name, verdict, severity, level, clauses, reason } = policy;
  const inBlocks = [...new Set(clauses.map((clause) => clause.split(".")[0] ?? ""))].join(" ");
  return markup`<details
    id="${policyAnchor(name)}"
    data-item="policy"
    data-block="${inBlocks}"
    data-state="${verdictFilter(verdict)}"
    data-severity="${severity}"
  >
    <summary>
      <code>${name}</code> ${verdictBadge(verdict)}
      <span class="quiet">${severity}, ${level}, ${clauses.join(", ")}; ${countsOf(policy)}</span>
    </summary>
    <div>
      <p>${policy.summary}</p>
      ${reason === undefined ? undefined : markup`<p>It found nothing to judge: ${reason}</p>`}
      <dl>
        <dt>Reads</dt>
        <dd>${policy.reads}</dd>
        ${
          policy.controls.length === 0
            ? undefined
            : markup`<dt>Controls</dt>
                <dd>${policy.controls.join(", ")}</dd>`
        }
        <dt>To mend it</dt>
        <dd>${policy.remediation}</dd>
        <dt>Reference</dt>
        <dd>${linkTo(policy.url)}</dd>
      </dl>
      ${findingsOf(policy, resources)}${passedOf(policy, resources)}
    </div>
  </details> `;
}

/** A link that a person may follow; the page itself asks nobody. */
const linkTo = (url: string): Html =>
  url.startsWith("https://") ? markup`<a href="${url}" rel="noreferrer">${url}</a>` : markup`${url}`;

function countsOf({ verdict, findings, passed }: PolicyRow): string {
  const of = (verdict: string): number => findings.filter((finding) => finding.verdict === verdict).length;
  const found = [
    ...(of("violated") > 0 ? [plural(of("violated"), "violation")] : []),
    ...(of("advisory") > 0 ? [plural(of("advisory"), "advisory finding")] : []),
    ...(of("excepted") > 0 ? [`${of("excepted")} excepted`] : []),
  ];
  const passing =
    passed === undefined
      ? verdict === "passed"
        ? [found.length === 0 ? "the whole stack" : "the rest of the stack passed"]
        : []
      : [`${plural(passed.length, "resource")} passed`];
  return [...found, ...passing].join(", ");
}

function findingsOf({ name, findings }: PolicyRow, resources: readonly AuditedResource[]): Html | undefined {
  if (findings.length === 0) return undefined;
  const { shown, left } = bounded(findings, MOST_FINDINGS);
  return markup`${table(
    `What ${name} says`,
    [{ title: "Resource" }, { title: "Verdict" }, { title: "What it says", wide: true }],
    shown.map(({ resource, verdict, message }) => ({
      head: resourceName(resource === undefined ? undefined : resources[resource]),
      cells: [verdictBadge(verdict), message],
    })),
  )}${left === 0 ? undefined : markup`<p>And ${left} more, in <code>audit.json</code>.</p>`}`;
}

const resourceName = (resource: AuditedResource | undefined): Html =>
  resource === undefined
    ? markup`the stack as a whole`
    : markup`<code>${resource.name}</code> <span class="quiet">${resource.type}</span>`;

function passedOf(
  { passed, verdict, findings }: PolicyRow,
  resources: readonly AuditedResource[],
): Html | undefined {
  if (passed === undefined)
    return verdict === "passed"
      ? markup`<p>It judged the stack as a whole, ${plural(resources.length, "resource")}, and found nothing wrong${findings.length === 0 ? "" : " but for what is excepted"}. Which of them it looked at on its way is not recorded.</p>`
      : undefined;
  if (passed.length === 0) return undefined;
  const { shown, left } = bounded(passed, MOST_PASSED);
  return markup`<p>
      Passed by
      ${plural(passed.length, "resource")}${left === 0 ? "" : `, of which the first ${MOST_PASSED} are here and all in audit.json`}:
    </p>
    <ul class="names">
      ${shown.map((index) => markup`<li><code>${resources[index]?.name}</code></li>`)}
    </ul>`;
}
