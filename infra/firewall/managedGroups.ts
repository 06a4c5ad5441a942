/**
 * The AWS managed rule groups that this firewall knows, in the order in which it evaluates them: cheap lists
 * first. Capacities and rule names are the vendor's; a name that is not in this table is refused, since an
 * override of a misspelt rule would leave the real one as it was.
 *
 * https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
 */
export const MANAGED_GROUPS = {
  /** https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-ip-rep.html */
  AWSManagedRulesAmazonIpReputationList: {
    capacityWcu: 25,
    step: "managed-ip-reputation",
    rules: ["AWSManagedIPReputationList", "AWSManagedReconnaissanceList", "AWSManagedIPDDoSList"],
  },
  /** https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-ip-rep.html#aws-managed-rule-groups-ip-rep-anonymous */
  AWSManagedRulesAnonymousIpList: {
    capacityWcu: 50,
    step: "managed-anonymous-ip",
    rules: ["AnonymousIPList", "HostingProviderIPList"],
  },
  /** https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html#aws-managed-rule-groups-baseline-known-bad-inputs */
  AWSManagedRulesKnownBadInputsRuleSet: {
    capacityWcu: 200,
    step: "managed-known-bad-inputs",
    rules: [
      "JavaDeserializationRCE_HEADER",
      "JavaDeserializationRCE_BODY",
      "JavaDeserializationRCE_URIPATH",
      "JavaDeserializationRCE_QUERYSTRING",
      "Host_localhost_HEADER",
      "PROPFIND_METHOD",
      "ExploitablePaths_URIPATH",
      "Log4JRCE_HEADER",
      "Log4JRCE_QUERYSTRING",
      "Log4JRCE_BODY",
      "Log4JRCE_URIPATH",
      "ReactJSRCE_BODY",
    ],
  },
  /** https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html#aws-managed-rule-groups-baseline-crs */
  AWSManagedRulesCommonRuleSet: {
    capacityWcu: 700,
    step: "managed-common",
    rules: [
      "NoUserAgent_HEADER",
      "UserAgent_BadBots_HEADER",
      "SizeRestrictions_QUERYSTRING",
      "SizeRestrictions_Cookie_HEADER",
      "SizeRestrictions_BODY",
      "SizeRestrictions_URIPATH",
      "EC2MetaDataSSRF_BODY",
      "EC2MetaDataSSRF_COOKIE",
      "EC2MetaDataSSRF_URIPATH",
      "EC2MetaDataSSRF_QUERYARGUMENTS",
      "GenericLFI_QUERYARGUMENTS",
      "GenericLFI_URIPATH",
      "GenericLFI_BODY",
      "RestrictedExtensions_URIPATH",
      "RestrictedExtensions_QUERYARGUMENTS",
      "GenericRFI_QUERYARGUMENTS",
      "GenericRFI_BODY",
      "GenericRFI_URIPATH",
      "CrossSiteScripting_COOKIE",
      "CrossSiteScripting_QUERYARGUMENTS",
      "CrossSiteScripting_BODY",
      "CrossSiteScripting_URIPATH",
    ],
  },
  /** https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-use-case.html#aws-managed-rule-groups-use-case-sql-db */
  AWSManagedRulesSQLiRuleSet: {
    capacityWcu: 200,
    step: "managed-sqli",
    rules: [
      "SQLi_QUERYARGUMENTS",
      "SQLiExtendedPatterns_QUERYARGUMENTS",
      "SQLi_BODY",
      "SQLiExtendedPatterns_BODY",
      "SQLi_COOKIE",
      "SQLi_URIPATH",
    ],
  },
} as const;

export type ManagedGroupName = keyof typeof MANAGED_GROUPS;

export const MANAGED_GROUP_NAMES = Object.keys(MANAGED_GROUPS) as readonly ManagedGroupName[];
