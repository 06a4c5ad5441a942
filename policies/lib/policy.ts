/**
 * From a rule to a policy of the pack.
 *
 * A rule is pure: it gets a resource, or the whole stack, and reports what is wrong. This file adds what every
 * policy has in common: metadata, the form of a violation, exceptions, and the answer to an unknown value.
 */
import type {
  ReportViolation,
  ResourceValidation,
  ResourceValidationPolicy,
  Severity,
  StackValidationPolicy,
} from "@pulumi/policy";
import { clauses as workOrder, type ClauseId } from "../clauses";
import { isAbout, isExpired, type ControlException, type PolicyException } from "./exceptions";
import type { ReleaseRecord } from "./release/record";
import { isUnknownValueError, type Props } from "./values";

/** What a rule may know beside the resources. */
export interface Context {
  readonly now: Date;
  readonly exceptions: readonly PolicyException[];
  readonly controlExceptions: readonly ControlException[];
  /** Names of all policies of the pack. */
  readonly policyNames: readonly string[];
  /** Letters, keys, evidence and the source's digest, as they were found. */
  readonly release: ReleaseRecord;
}

/** What the auditor reads about a policy. */
export interface Facts {
  /** `<subject>-<verb>-<object>`; verbs: requires, forbids, limits, binds, counts, lists. */
  readonly name: string;
  readonly severity: Severity;
  readonly clauses: readonly [ClauseId, ...ClauseId[]];
  /** What is true when the policy passes, in one sentence. */
  readonly summary: string;
  /** The properties and relations that are judged. */
  readonly reads: string;
  /** Published controls that it meets, e.g. `FSBP APIGateway.1`, `CKV_AWS_76`, `AwsSolutions-APIG1`. */
  readonly controls?: readonly string[];
  readonly remediation: string;
  /** The vendor's document or the published control. */
  readonly url: string;
  /** @default "mandatory" */
  readonly level?: "mandatory" | "advisory";
  /**
   * The verdict depends on the day and on what was signed until then, not on the stack alone: it stands in no committed file, and no
   * exception lifts it.
   */
  readonly byTheDay?: boolean;
  /** No exception lifts it: what it guards is released by a letter alone. */
  readonly neverExcepted?: boolean;
}

/** The tag of a policy that is judged by the day. */
export const byTheDayTag = "by-the-day";

/** The part of a resource that rules of both kinds see. */
export interface ResourceView {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly props: Props;
  readonly provider?: { readonly urn: string; readonly name: string; readonly props: Props };
  readonly opts: {
    /** Properties that an update leaves as they are: somebody else owns them once they are there. */
    readonly ignoreChanges: readonly string[];
    /** Nothing deletes it, be it by a slip in the program. */
    readonly protect: boolean;
    /** URNs under which it may have been known: what is there under one of them becomes this resource. */
    readonly aliases: readonly string[];
  };
}

/** A resource with its relations. Its `props` are outputs; inputs come back in them. */
export interface StackResource extends ResourceView {
  readonly parent?: StackResource;
  readonly dependencies: readonly StackResource[];
  readonly propertyDependencies: Readonly<Record<string, readonly StackResource[]>>;
}

export interface Stack {
  /** In the order of their URNs, so that violations come in the same order on every run. */
  readonly resources: readonly StackResource[];
  ofType(type: string): readonly StackResource[];
}

/** A violation. `fix` defaults to the policy's remediation; without `resource` it is the whole stack's. */
export interface Finding {
  readonly resource?: ResourceView;
  readonly got: string;
  readonly expected: string;
  readonly fix?: string;
}

export type Report = (finding: Finding) => void;

export interface PolicyDefinition extends Facts {
  readonly kind: "resource" | "stack";
  /** Type tokens that a resource policy judges; empty: it looks at every resource. */
  readonly types: readonly string[];
  build(context: Context): ResourceValidationPolicy | StackValidationPolicy;
}

export const framework = { name: "Fase B work order", version: "1" } as const;

/** `B4.1 Monthly quotas per client_id.`, one a clause. */
const specification = (ids: readonly ClauseId[]): string =>
  workOrder
    .filter(({ id }) => ids.includes(id))
    .map(({ id, text }) => `${id} ${text}`)
    .join(" ");

const metadata = (facts: Facts) => ({
  name: facts.name,
  description: facts.controls?.length
    ? `${facts.summary} Meets ${facts.controls.join(", ")}.`
    : facts.summary,
  enforcementLevel: facts.level ?? ("mandatory" as const),
  severity: facts.severity,
  framework: {
    ...framework,
    reference: facts.clauses.join(", "),
    specification: specification(facts.clauses),
  },
  tags: [...(facts.controls ?? []), ...(facts.byTheDay === true ? [byTheDayTag] : [])],
  remediationSteps: facts.remediation,
  url: facts.url,
});

/** What an exception of a policy can lift, the same for every resource. */
interface Exceptions {
  /** Those that are about this policy and have not ended. */
  readonly standing: readonly PolicyException[];
  /** Nothing lifts this policy: an exception of it is itself a violation. */
  readonly isFirm: boolean;
}

const exceptionsOf = (facts: Facts, { exceptions, now }: Context): Exceptions => ({
  standing: exceptions.filter((each) => each.policy === facts.name && !isExpired(each, now)),
  isFirm: facts.byTheDay === true || facts.neverExcepted === true,
});

/**
 * Runs a rule and reports its findings, less those that an exception lifts. A rule that ends at once is answered at once: the
 * pack asks thousands of them, and each promise waits for its turn.
 *
 * An unknown value that the rule reads is a violation like any other: left to the SDK it would turn a mandatory
 * policy into a warning. https://www.pulumi.com/docs/insights/policy/policy-packs/authoring/
 *
 * @returns the exceptions that lifted something
 */
function judge(
  facts: Facts,
  { standing, isFirm }: Exceptions,
  resources: readonly ResourceView[],
  reportViolation: ReportViolation,
  rule: (report: Report) => void | Promise<void>,
): readonly PolicyException[] | Promise<readonly PolicyException[]> {
  const used = new Set<PolicyException>();
  const report: Report = ({ resource, got, expected, fix }) => {
    const exception =
      resource && !isFirm
        ? standing.find((candidate) => isAbout(candidate, facts.name, resource.urn))
        : undefined;
    if (exception) {
      used.add(exception);
      return;
    }
    const subject = resource ? `${resource.type} '${resource.name}'` : "The stack";
    reportViolation(
      `${subject}: got ${got}; expected ${expected}. Fix: ${fix ?? facts.remediation}`,
      resource?.urn,
    );
  };
  const afterError = (error: unknown): readonly PolicyException[] => {
    if (!isUnknownValueError(error)) throw error;
    const [only] = resources.length === 1 ? resources : [];
    reportViolation(
      `got a value at .${error.props.join(".")} that is unknown at preview; expected a known one, since nobody can ` +
        "judge the other. Fix: build it from account, region and name, or relate the resources by reference.",
      only?.urn,
    );
    return [...used];
  };
  const afterRule = (): readonly PolicyException[] => {
    for (const exception of standing.filter((candidate) => !used.has(candidate))) {
      const subject = resources.find(({ urn }) => isAbout(exception, facts.name, urn));
      if (subject) {
        reportViolation(
          `exception ${exception.id}: got ${isFirm ? "an exception of a policy that none lifts" : "nothing to except"}; expected ` +
            `${isFirm ? "none" : "a violation of this policy"}. ` +
            "Fix: remove the exception from policies/exceptions.ts.",
          subject.urn,
        );
      }
    }
    return [...used];
  };
  let running: void | Promise<void>;
  try {
    running = rule(report);
  } catch (error) {
    return afterError(error);
  }
  return running ? running.then(afterRule, afterError) : afterRule();
}

/** The properties of a resource, as the SDK shows them to one policy after the other: which view is of them. */
const views = new WeakMap<Props, ResourceView>();

/**
 * The SDK makes a resource anew for each policy, from the same parts. Rules are shown the first, so that what one of them reads of it
 * (`once.ts`) is read for all.
 */
function viewOf(resource: ResourceView): ResourceView {
  const known = views.get(resource.props);
  if (known && isSame(known, resource)) return known;
  views.set(resource.props, resource);
  return resource;
}

const isSame = (one: ResourceView, other: ResourceView): boolean =>
  one.urn === other.urn &&
  one.type === other.type &&
  one.name === other.name &&
  one.provider?.urn === other.provider?.urn &&
  one.provider?.props === other.provider?.props &&
  one.opts.protect === other.opts.protect &&
  one.opts.ignoreChanges === other.opts.ignoreChanges &&
  one.opts.aliases === other.opts.aliases;

export interface ResourceRule extends Facts {
  /** Type tokens; with exactly one, the SDK skips other resources without reading them. `"*"`: every resource. */
  readonly types: readonly [string, ...string[]];
  check(resource: ResourceView, report: Report, context: Context): void | Promise<void>;
}

/** A policy on one resource at a time. It reads the inputs, before the provider is asked. */
export function resourcePolicy(rule: ResourceRule): PolicyDefinition {
  const everything = rule.types.includes("*");
  return {
    ...rule,
    kind: "resource",
    types: everything ? [] : rule.types,
    build(context) {
      const exceptions = exceptionsOf(rule, context);
      const validate: ResourceValidation = (args, reportViolation) => {
        if (!everything && !rule.types.includes(args.type)) return;
        const resource = viewOf(args);
        const afterwards = ([exception]: readonly PolicyException[]): void => {
          if (exception)
            args.notApplicable(`Excepted by ${exception.id} until ${exception.expires}: ${exception.reason}`);
        };
        const used = judge(rule, exceptions, [resource], reportViolation, (report) =>
          rule.check(resource, report, context),
        );
        return used instanceof Promise ? used.then(afterwards) : afterwards(used);
      };
      const [only] = rule.types;
      // The SDK reads the type token that its own typed helpers leave on the function; the helpers need the
      // resource's class, and loading @pulumi/aws takes longer than judging the whole stack.
      const validateResource =
        !everything && rule.types.length === 1 ? Object.assign(validate, { __pulumiType: only }) : validate;
      return { ...metadata(rule), validateResource };
    },
  };
}

export interface StackRule extends Facts {
  check(stack: Stack, report: Report, context: Context): void;
}

/** A policy on existence and relations. It runs at the end of a preview or an update. */
export function stackPolicy(rule: StackRule): PolicyDefinition {
  return {
    ...rule,
    kind: "stack",
    types: [],
    build(context) {
      const exceptions = exceptionsOf(rule, context);
      return {
        ...metadata(rule),
        validateStack: (args, reportViolation) => {
          const stack = toStack(args.resources);
          // A rule on the stack ends at once, and so does its judgement.
          void judge(rule, exceptions, stack.resources, reportViolation, (report) => {
            rule.check(stack, report, context);
          });
        },
      };
    },
  };
}

const byUrn = (one: StackResource, other: StackResource): number =>
  one.urn < other.urn ? -1 : one.urn > other.urn ? 1 : 0;

/** By the list that the SDK hands over, which is mostly the same for all policies (`runtime/policySdk.ts`). */
const stacks = new WeakMap<readonly StackResource[], Stack>();

function toStack(resources: readonly StackResource[]): Stack {
  let stack = stacks.get(resources);
  if (!stack) stacks.set(resources, (stack = sortStack(resources)));
  return stack;
}

function sortStack(resources: readonly StackResource[]): Stack {
  const sorted = [...resources].sort(byUrn);
  const byType = new Map<string, StackResource[]>();
  for (const resource of sorted) {
    const known = byType.get(resource.type);
    if (known) known.push(resource);
    else byType.set(resource.type, [resource]);
  }
  return { resources: sorted, ofType: (type) => byType.get(type) ?? [] };
}
