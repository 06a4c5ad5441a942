import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { decode, isObject, list, object, show, text } from "../lib/values";

/** Inputs that send calls elsewhere. */
const detours = ["customCaBundle", "endpoints", "httpProxy", "httpsProxy", "insecure", "pluginDownloadURL"];
/** Inputs by which the provider does not ask who it is. */
const unasked = ["skipCredentialsValidation", "skipRequestingAccountId"];
const off: readonly unknown[] = [undefined, false, "false", "[]", "{}"];

export const providerRequiresOneAccount = resourcePolicy({
  name: "provider-requires-one-account",
  severity: "critical",
  clauses: ["B0.1"],
  summary: "The AWS provider may touch exactly one account and one region, and tags what it creates.",
  reads:
    "pulumi:providers:aws: allowedAccountIds, region, defaultTags, what would lead elsewhere, and its name",
  remediation:
    "create one aws.Provider with allowedAccountIds, region and defaultTags, and hand it to every component.",
  url: "https://www.pulumi.com/registry/packages/aws/api-docs/provider/",
  types: [types.provider],
  neverExcepted: true,
  check(resource, report) {
    const { name, props } = resource;
    if (/^default($|_)/.test(name)) {
      report({ resource, got: "a default provider", expected: "explicit providers only" });
      return;
    }
    const accounts = list(decode(props.allowedAccountIds));
    if (accounts.length !== 1 || !/^\d{12}$/.test(text(accounts[0]))) {
      report({
        resource,
        got: `allowedAccountIds ${show(accounts)}`,
        expected: "exactly one account id of 12 digits",
      });
    }
    if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(text(props.region))) {
      report({ resource, got: `region ${show(props.region)}`, expected: "a region, such as eu-west-1" });
    }
    for (const key of [...detours, ...unasked].filter((one) => !off.includes(props[one]))) {
      report({ resource, got: `${key} set`, expected: "AWS itself, asked which account it is" });
    }
    const defaultTags = object(decode(props.defaultTags));
    if (!isObject(defaultTags.tags) || Object.keys(defaultTags.tags).length === 0) {
      report({
        resource,
        got: `defaultTags ${show(props.defaultTags)}`,
        expected: "at least one default tag",
      });
    }
  },
});
