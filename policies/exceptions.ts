/**
 * What is left open on purpose, for a time. Each record ends within a year; an expired, malformed or needless one
 * fails the pack.
 */
import type { ControlException, PolicyException } from "./lib/exceptions";

/** One policy, one resource of one stack. */
export const policyExceptions: readonly PolicyException[] = [
  ...["root", "clients-issuer", "services-issuer"].map((part, at) => ({
    id: `EX-00${at + 1}`,
    policy: "secrets-bind-rotation",
    stack: "staging",
    resource: `aws:secretsmanager/secret:Secret::authority-g1-${part}-secret`,
    reason:
      "An authority's key changes with its generation: replaced in place it would cut off everybody who trusts it.",
    recorded: "2026-11-26",
    expires: "2027-11-26",
  })),
  {
    id: "EX-004",
    policy: "secrets-bind-rotation",
    stack: "staging",
    resource: "aws:secretsmanager/secret:Secret::pagerduty-key-secret",
    reason:
      "A key comes with its integration and no function can change it; a person raises pager.keyGeneration when its age alarms.",
    recorded: "2026-11-26",
    expires: "2027-11-26",
  },
  {
    id: "EX-005",
    policy: "secrets-bind-rotation",
    stack: "staging",
    resource: "aws:secretsmanager/secret:Secret::trust-records-services-secret",
    reason:
      "It holds certificates and no key: by whom services are verified, which changes with the authority's generations.",
    recorded: "2026-11-26",
    expires: "2027-11-26",
  },
];

/** Published controls that the program does not meet, for all resources of a type. */
export const controlExceptions: readonly ControlException[] = [
  {
    id: "CX-001",
    controls: ["FSBP APIGateway.11"],
    resourceType: "aws:apigateway/domainName:DomainName",
    reason: "Mutual TLS and the newer TLS policies exclude each other; TLS_1_2 still negotiates 1.3.",
    recorded: "2026-11-22",
    expires: "2027-11-22",
  },
  {
    id: "CX-002",
    controls: ["CKV_AWS_120"],
    resourceType: "aws:apigateway/stage:Stage",
    reason: "Answers belong to one caller each; a cache at the gateway could hand them to another.",
    recorded: "2026-11-22",
    expires: "2027-11-22",
  },
  {
    id: "CX-003",
    controls: ["CKV_AWS_225"],
    resourceType: "aws:apigateway/methodSettings:MethodSettings",
    reason: "Answers belong to one caller each; a cache at the gateway could hand them to another.",
    recorded: "2026-11-22",
    expires: "2027-11-22",
  },
  {
    id: "CX-004",
    controls: ["AwsSolutions-COG4"],
    resourceType: "aws:apigateway/restApi:RestApi",
    reason:
      "Callers are machines known by certificate and key; the authorizer is ours, and no user pool knows them.",
    recorded: "2026-11-22",
    expires: "2027-11-22",
  },
  {
    id: "CX-005",
    controls: ["FSBP APIGateway.8", "CKV_AWS_309"],
    resourceType: "aws:apigatewayv2/route:Route",
    reason:
      "A WebSocket API asks its authorizer on $connect only; the other routes inherit that connection's verdict.",
    recorded: "2026-11-22",
    expires: "2027-11-22",
  },
  {
    id: "CX-006",
    controls: ["CKV2_AWS_51"],
    resourceType: "aws:apigatewayv2/stage:Stage",
    reason: "The WebSocket stage calls a function, to which the gateway shows IAM, not a client certificate.",
    recorded: "2026-11-22",
    expires: "2027-11-22",
  },
  {
    id: "CX-007",
    controls: ["CKV_AWS_116"],
    resourceType: "aws:lambda/function:Function",
    reason:
      "What a caller waits for is the caller's to repeat. Rotations, schedules and announcements are invoked without one and tried again; after that no queue keeps them: an event that is dropped rings, an order to rotate is renewed by its schedule, and an announcement that is lost stays lost.",
    recorded: "2026-11-22",
    expires: "2027-11-22",
  },
  {
    id: "CX-008",
    controls: ["SecurityHub Lambda.3", "CKV_AWS_117"],
    resourceType: "aws:lambda/function:Function",
    reason: "The functions reach nothing in a private network; a VPC would add a path out and a way to fail.",
    recorded: "2026-11-22",
    expires: "2027-11-22",
  },
  {
    id: "CX-009",
    controls: ["CKV_AWS_272"],
    resourceType: "aws:lambda/function:Function",
    reason:
      "The code is bundled from this repository by the program itself, whose commit the release letter names.",
    recorded: "2026-11-22",
    expires: "2027-11-22",
  },
  {
    id: "CX-010",
    controls: ["FSBP S3.9", "CKV_AWS_18", "AwsSolutions-S1"],
    resourceType: "aws:s3/bucket:Bucket",
    reason:
      "The truststore holds public certificates and each change is a version; answers are reached by one function, which logs, and are gone in days. Of evidence each put is announced and locked; who read it is not recorded.",
    recorded: "2026-11-22",
    expires: "2027-11-22",
  },
  {
    id: "CX-011",
    controls: ["CKV_AWS_144", "CKV_AWS_143", "CKV2_AWS_62"],
    resourceType: "aws:s3/bucket:Bucket",
    reason:
      "The truststore is made anew from the state, an answer is of use for a day; both serve a gateway of the same region. Evidence has its lock and its events; its copy elsewhere is the repository's, signed, and not S3's.",
    recorded: "2026-11-22",
    expires: "2027-11-22",
  },
  {
    id: "CX-012",
    controls: ["CKV_AWS_145"],
    resourceType: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    reason:
      "The truststore's public certificates are no secret, and a key of ours could keep the gateway from them; answers and evidence do rest under ours.",
    recorded: "2026-11-22",
    expires: "2027-11-22",
  },
  {
    id: "CX-013",
    controls: ["CKV_AWS_186"],
    resourceType: "aws:s3/bucketObjectv2:BucketObjectv2",
    reason:
      "Public certificates are no secret; a key of ours would add a way for the gateway to fail to read them.",
    recorded: "2026-11-22",
    expires: "2027-11-22",
  },
  {
    id: "CX-014",
    controls: ["CKV_K8S_15"],
    resourceType: "kubernetes:apps/v1:Deployment",
    reason: "Images are named by their digest: what a node has of it is what a registry would give again.",
    recorded: "2026-11-26",
    expires: "2027-11-26",
  },
  {
    id: "CX-015",
    controls: ["CKV_K8S_40"],
    resourceType: "kubernetes:batch/v1:CronJob",
    reason:
      "The scanners' images keep their files for user 1000, which is no root; no pod of these has a part of its node.",
    recorded: "2026-11-26",
    expires: "2027-11-26",
  },
  {
    id: "CX-016",
    controls: ["FSBP KMS.2"],
    resourceType: "aws:iam/rolePolicy:RolePolicy",
    reason:
      "A key's id is made up by AWS: a right names the account's keys of one region and, as a condition, one alias; the control may take that for all keys.",
    recorded: "2026-11-26",
    expires: "2027-11-26",
  },
];
