import { bodyOf, label, operationsOf } from "../lib/openapi";
import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, objects, text, type Props } from "../lib/values";

/** What is not harmless to repeat: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 */
const notIdempotent = ["POST", "PATCH", "ANY"];

/** Written out: what a reference says is not read here. */
const isRequiredKey = ({ name, in: place, required }: Props): boolean =>
  text(name).toLowerCase() === "idempotency-key" && place === "header" && required === true;

export const operationsRequireIdempotencyKey = resourcePolicy({
  name: "operations-require-idempotency-key",
  severity: "high",
  clauses: ["B3.1"],
  summary: "No POST of the contract is taken without an Idempotency-Key.",
  reads: "aws:apigateway/restApi:RestApi.body: parameters of each path and operation",
  remediation:
    "declare the header Idempotency-Key as a required parameter of the operation; the gateway then answers 400 without it.",
  url: "https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/",
  types: [types.restApi],
  check(resource, report) {
    const body = bodyOf(resource, report);
    if (!body) return;
    for (const operation of operationsOf(body)) {
      if (!notIdempotent.includes(operation.method)) continue;
      const ofOperation = objects(operation.definition.parameters);
      const ofPath = objects(object(object(body.paths)[operation.path]).parameters);
      const named = (parameter: Props): boolean => text(parameter.name).toLowerCase() === "idempotency-key";
      // An operation's own parameter stands for its path's of the same name.
      const standing = ofOperation.some(named) ? ofOperation : ofPath;
      if (!standing.some(isRequiredKey)) {
        report({
          resource,
          got: `${label(operation)} without a required Idempotency-Key`,
          expected: "a header parameter Idempotency-Key with required true",
        });
      }
    }
  },
});
