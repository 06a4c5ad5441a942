/** Which generic mutants nobody noticed, as a page that a person judges. */
import { operators, type Operator } from "./generic";
import { watching } from "./reasons";

export interface Survivor {
  readonly type: string;
  readonly place: string;
  readonly operator: Operator;
  /** How many resources of the type have the place. */
  readonly resources: number;
}

export interface Tally {
  readonly places: number;
  readonly tried: number;
  readonly noticed: number;
  /** Noticed only when all resources of the type were changed. */
  readonly noticedTogether: number;
}

/** Places where the program writes out what holds without it, by type and place. */
const vendorsDefaults: ReadonlySet<string> = new Set([
  // https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html: RSA_2048
  "aws:acm/certificate:Certificate keyAlgorithm",
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-api-key-source.html: HEADER
  "aws:apigateway/restApi:RestApi body.#.x-amazon-apigateway-api-key-source",
  // The provider imports with overwrite: https://www.pulumi.com/registry/packages/aws/api-docs/apigateway/restapi/
  "aws:apigateway/restApi:RestApi putRestApiMode",
  "aws:apigatewayv2/stage:Stage autoDeploy",
  "aws:apigatewayv2/stage:Stage defaultRouteSettings.dataTraceEnabled",
  // 16 KB: https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-setting-body-inspection-limit.html
  ...[
    "",
    ".requestBodies",
    ".requestBodies.*",
    ".requestBodies.*.apiGateway",
    ".requestBodies.*.apiGateway.defaultSizeInspectionLimit",
  ].map((place) => `aws:wafv2/webAcl:WebAcl associationConfig${place}`),
  // The first that it meets is an empty list.
  "aws:wafv2/webAcl:WebAcl rules.*.statement.managedRuleGroupStatement.ruleActionOverrides",
  // 300 s: https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
  "aws:wafv2/webAcl:WebAcl rules.*.statement.rateBasedStatement.evaluationWindowSec",
  // TCP: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
  "kubernetes:networking.k8s.io/v1:NetworkPolicy spec.ingress.*.ports.*.protocol",
]);

/** A kind of place, and the reason. */
export interface Judgement {
  readonly fits: (survivor: Survivor) => boolean;
  readonly because: string;
}

/** Why a place may change without anybody's notice. The first that fits is said; what none fits is for a person to judge. */
export const judgements: readonly Judgement[] = [
  {
    fits: ({ place }) =>
      /(^|\.)(description|alarmDescription|jobTitle|label|title|summary|displayName)$/.test(place),
    because: "words for people",
  },
  {
    fits: ({ place }) => /(^|\.)(tags|labels|annotations)(\.|$)/.test(place),
    because: "tags and labels that no control goes by",
  },
  {
    fits: ({ type, place }) => type === "grafana:oss/dashboard:Dashboard" && /^configJson\.#\./.test(place),
    because: "how a dashboard looks: what it must show is judged, not how",
  },
  {
    fits: ({ place }) => /(^|\.)Sid$/.test(place),
    because: "a statement's name means nothing to AWS",
  },
  {
    fits: ({ type, place }) => type === "kubernetes:core/v1:ConfigMap" && place.startsWith("data"),
    because: "content of a file, tested where it is written: `test/prober`, `infra/scanning`",
  },
  {
    fits: ({ type, place }) => type === "aws:lambda/function:Function" && place.startsWith("code.assets"),
    because:
      "a function's configuration, checked by its own schema when it starts and by `infra/functions`' tests",
  },
  {
    fits: ({ type, place }) => type === "aws:apigateway/apiKey:ApiKey" && place === "enabled",
    because:
      "what a function owns once it is there: the program seeds it, and `resources-limit-ignored-changes` keeps updates off it",
  },
  {
    fits: ({ type, place, operator }) => operator === "drop" && vendorsDefaults.has(`${type} ${place}`),
    because: "the vendor's or the provider's own default is the same",
  },
  {
    fits: ({ type, place, operator }) =>
      operator === "drop" &&
      /^(aws:wafv2\/.* (.*\.insertHeaders\.\*\.(name|value)|.*\.singleHeader(\.name)?|.*ipSetReferenceStatement\.arn|rules\.\*\.name)|aws:route53\/record:Record (aliases\.\*\.name|ttl))$/.test(
        `${type} ${place}`,
      ),
    because: "AWS refuses the resource without it",
  },
  {
    fits: ({ type, place }) => type === "aws:apigateway/restApi:RestApi" && place === "body.#.servers.*.url",
    because:
      "an address that the import leaves aside, as its basepath is ignore by default: domains are mapped to the stage",
  },
  {
    fits: ({ type, place }) => type === "aws:apigateway/stage:Stage" && place === "cacheClusterEnabled",
    because:
      "a cache that no method may use: `method-settings-require-safe-logging` judges each, `operations-bind-throttles` asks for those of all",
  },
  {
    fits: ({ type, place }) =>
      type === "aws:apigatewayv2/integration:Integration" && place === "contentHandlingStrategy",
    because: "how a binary message comes to the voice function, which refuses it either way",
  },
  {
    fits: ({ type, place }) => type === "aws:apigatewayv2/api:Api" && place === "routeSelectionExpression",
    because: "voice has one route for every message, whatever selects it",
  },
  {
    fits: ({ type, place }) =>
      type === "aws:route53/record:Record" && place === "aliases.*.evaluateTargetHealth",
    because: "a name with one record and no other to fail over to is answered by that one",
  },
  {
    fits: ({ type, place }) => type === "aws:wafv2/ipSet:IpSet" && place.startsWith("addresses"),
    because:
      "whom the lists name is a person's decision of the day; that they are looked at, and how wide they may be, is judged",
  },
  {
    fits: ({ type, place }) =>
      type === "aws:wafv2/webAcl:WebAcl" &&
      (place === "rules.*.statement.managedRuleGroupStatement.ruleActionOverrides.*" ||
        place === "rules.*.statement.managedRuleGroupStatement.scopeDownStatement"),
    because:
      "it takes more than was asked: a vendor's rule refuses what it counted, or a group looks at exempt callers too; the one that would refuse every image is judged",
  },
  {
    fits: ({ type, place }) =>
      type === "aws:wafv2/webAcl:WebAcl" &&
      /(^customResponseBodies\.\*\.content\.#\.(code|detail)|\.insertHeaders\.\*)$/.test(place),
    because: "the words of a refusal or a warning, whose status, type and wait are judged",
  },
  {
    fits: ({ type, place }) =>
      type === "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration" && place === "loggingFilter",
    because: "without a filter every request is logged, under the same redaction and masking",
  },
  {
    fits: ({ type, place }) =>
      type.startsWith("aws:s3/bucket") &&
      /^(rules\.\*\.(expiration\.expiredObjectDeleteMarker|bucketKeyEnabled)|contentType)$/.test(place),
    because:
      "what storage and calls cost, or what a browser would take an object for; nobody gets at more by it",
  },
  {
    fits: ({ type, place, operator }) =>
      operator === "drop" &&
      type === "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration" &&
      /^rules\.\*\.filter(\.prefix)?$/.test(place),
    because:
      "the rule is for the whole bucket, which holds nothing else (`written-buckets-bind-keys`); evidence has no rule that ends it (`evidence-bucket-requires-lock`)",
  },
  {
    fits: ({ type, place, operator }) =>
      type.startsWith("tls:index/") &&
      (place === "subject.organization" ||
        (place === "validityPeriodHours" && (operator === "plus one" || operator === "minus one"))),
    because:
      "an authority's organization, for people to read, and an hour of a life of years: `issuers-bind-root` judges names, and lives against each other",
  },
  {
    fits: ({ type, operator }) =>
      type.startsWith("aws:") && (operator === "plus one" || operator === "minus one"),
    because:
      "a number that stays within the bounds that policies set; the bounds themselves have curated mutants",
  },
  {
    fits: ({ type, place }) =>
      type === "aws:apigateway/restApi:RestApi" &&
      /^body\.#\.(components\.|paths\.[^.]+\.[a-z]+\.parameters)/.test(place),
    because:
      "the contract's schemas: the edge holds each body to the contract itself, and the gateway's copy of it is a second net (`infra/contract`)",
  },
  {
    fits: ({ type, place }) =>
      type === "aws:apigateway/restApi:RestApi" && /\.(responses(\.|$)|operationId$)/.test(place),
    because: "what the contract says of answers, by which the gateway does nothing",
  },
  {
    fits: ({ type, place }) =>
      type === "aws:apigateway/restApi:RestApi" && /x-amazon-apigateway-gateway-responses\./.test(place),
    because:
      "the words, the status and the headers of an answer of the gateway's own, where it has defaults; what clients rely on is tested in `infra/contract`",
  },
  {
    fits: ({ type, place }) =>
      type === "aws:apigateway/restApi:RestApi" && /x-amazon-apigateway-request-validator$/.test(place),
    because: "one of two places that say the same: of the whole API and of each method",
  },
  {
    fits: ({ type, place, operator }) =>
      operator === "drop" &&
      type.startsWith("aws:") &&
      /(^|\.)(Effect|Action|apiId|httpMethod|integrationMethod|target|targetKeyId|zoneId|statement\..*textTransformations(\.\*)?(\.(type|priority))?|attributes(\.\*)?(\.(name|type))?|ipAddressVersion|scope|scheduleExpression|returnData|priority|overrideAction|keyType|objectLockEnabled|vendorName)$/.test(
        place,
      ),
    because: "AWS refuses the resource without it",
  },
  {
    fits: ({ type, place, operator }) =>
      operator === "drop" &&
      type.startsWith("kubernetes:") &&
      /(^(apiVersion|kind|metadata\.name|spec\.(selector|secretName|issuerRef)(\..*)?)|containers\.\*\.(name|args|command)(\.\*)?|(volumes|volumeMounts|ports|env)(\.\*)?(\..*)?)$/i.test(
        place,
      ),
    because: "the cluster refuses the object without it, or the workload does not start",
  },
  {
    fits: ({ type, place }) =>
      /^kubernetes:(apps|batch|core)\//.test(type) &&
      /(resources|Probe|replicas|ports|HistoryLimit|DeadlineSeconds|GracePeriodSeconds|defaultMode|runAs(User|Group)|fsGroup|enableServiceLinks|readOnly|emptyDir|template\.metadata|jobTemplate\.metadata|suspend|spec\.type)/.test(
        place,
      ),
    because:
      "how a workload runs: it may be late or refused, and gets no right by it; what it may is judged by `workload-forbids-privileges`",
  },
  {
    fits: ({ place, operator }) =>
      operator === "drop" && /(^|\.)(name|policyName|Name|targetId|uid|Version|version)$/.test(place),
    because: "a name or a version that the provider, or the vendor, has a default for",
  },
  {
    fits: ({ type, place }) => type.startsWith("fase-b:") && /(^clauses\.|^hops\.|unpinned$)/.test(place),
    because: "what a component says of itself, not what it registers; a budget's hops are held to their sum",
  },
  {
    fits: ({ type, operator }) => type.startsWith("pulumi:providers:") && operator === "drop",
    because: "an option that the SDK writes out and that is the provider's default",
  },
  {
    fits: ({ type, place }) =>
      (type === "grafana:alerting/contactPoint:ContactPoint" && place.startsWith("pagerduties.*.")) ||
      (type === "grafana:alerting/notificationPolicy:NotificationPolicy" &&
        /(Interval|Wait|groupBies)$/.test(place)) ||
      type.startsWith("pagerduty:index/"),
    because: "what stands in a page, how pages are bundled, and whose turn it is; that they arrive is judged",
  },
  {
    fits: ({ type, place }) =>
      type.endsWith("/stage:Stage") && place.startsWith("accessLogSettings.format.#."),
    because: "a field of the access log that no clause asks for",
  },
  ...watching,
];

const judgementOf = (survivor: Survivor): string | undefined =>
  judgements.find(({ fits }) => fits(survivor))?.because;

const order = (one: Survivor, other: Survivor): number =>
  one.type === other.type
    ? one.place === other.place
      ? operators.indexOf(one.operator) - operators.indexOf(other.operator)
      : one.place < other.place
        ? -1
        : 1
    : one.type < other.type
      ? -1
      : 1;

/** One line a place. */
function rowsOf(survivors: readonly Survivor[]): readonly string[] {
  const rows = new Map<string, { readonly first: Survivor; readonly operators: Operator[] }>();
  for (const survivor of [...survivors].sort(order)) {
    const known = rows.get(`${survivor.type} ${survivor.place}`);
    if (known) known.operators.push(survivor.operator);
    else rows.set(`${survivor.type} ${survivor.place}`, { first: survivor, operators: [survivor.operator] });
  }
  return [...rows.values()].map(
    ({ first: { type, place, resources }, operators: survived }) =>
      `| \`${type}\` | \`${place.replaceAll("|", "\\|")}\` | ${survived.join(", ")} | ${resources} |`,
  );
}

const HEAD = ["| type | place | what was done | resources |", "| --- | --- | --- | --- |"];

export function survivorsMarkdown(survivors: readonly Survivor[], tally: Tally): string {
  const reasons = [...new Set(judgements.map(({ because }) => because))];
  const groups = reasons.map((because) => ({
    because,
    survivors: survivors.filter((survivor) => judgementOf(survivor) === because),
  }));
  const open = survivors.filter((survivor) => judgementOf(survivor) === undefined);
  return [
    "# Generic mutants that nobody noticed",
    "",
    "Made by `npm run mutation -- --generic`. At each place of the program's inputs a property is dropped, a boolean flipped, a number moved by",
    "one, an ARN widened to `*`; places of one type that differ in an index alone are one. What survives is no fault by itself: a policy holds",
    "what the work order asks, not each word of the program. Each survivor is to be judged: a policy is missing, or nothing depends on it.",
    "",
    `Places: ${tally.places}. Mutants: ${tally.tried}, noticed ${tally.noticed}, of these ${tally.noticedTogether} only when all resources of the type were changed; survivors ${survivors.length}.`,
    "",
    `## To be judged: ${open.length}`,
    "",
    ...(open.length === 0 ? ["None."] : [...HEAD, ...rowsOf(open)]),
    ...groups
      .filter((group) => group.survivors.length > 0)
      .flatMap(({ because, survivors: judged }) => [
        "",
        `## ${because.charAt(0).toUpperCase()}${because.slice(1)}: ${judged.length}`,
        "",
        ...HEAD,
        ...rowsOf(judged),
      ]),
    "",
  ].join("\n");
}
