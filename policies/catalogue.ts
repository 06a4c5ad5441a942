/** The policies of the pack, in the work order's order. */
import type { Policies } from "@pulumi/policy";
import { aliasesForbidOtherStacks } from "./b0-guardrails/aliasesForbidOtherStacks";
import { componentRequiresClauses } from "./b0-guardrails/componentRequiresClauses";
import { resourcesForbidUnjudgedTypes } from "./b0-guardrails/resourcesForbidUnjudgedTypes";
import { evidenceBindsChannel } from "./b0-guardrails/evidenceBindsChannel";
import { evidenceBucketBindsKey } from "./b0-guardrails/evidenceBucketBindsKey";
import { evidenceBucketForbidsChanges } from "./b0-guardrails/evidenceBucketForbidsChanges";
import { evidenceBucketRequiresLock } from "./b0-guardrails/evidenceBucketRequiresLock";
import { exceptionsListUse } from "./b0-guardrails/exceptionsListUse";
import { exceptionsRequireRecord } from "./b0-guardrails/exceptionsRequireRecord";
import { productionRequiresLetter } from "./b0-guardrails/productionRequiresLetter";
import { providerRequiresOneAccount } from "./b0-guardrails/providerRequiresOneAccount";
import { serviceProviderRequiresTls } from "./b0-guardrails/serviceProviderRequiresTls";
import { stackBindsFacts } from "./b0-guardrails/stackBindsFacts";
import { statefulResourcesRequireProtection } from "./b0-guardrails/statefulResourcesRequireProtection";
import { resourcesBindOneProvider } from "./b0-guardrails/resourcesBindOneProvider";
import { apiRequiresProblemAnswers } from "./b1-observability/apiRequiresProblemAnswers";
import { functionRequiresTracing } from "./b1-observability/functionRequiresTracing";
import { invocationsBindFunctions } from "./b1-observability/invocationsBindFunctions";
import { logSubscriptionsBindFunctions } from "./b1-observability/logSubscriptionsBindFunctions";
import { metricFiltersBindLogs } from "./b1-observability/metricFiltersBindLogs";
import { logGroupRequiresRetention } from "./b1-observability/logGroupRequiresRetention";
import { logsBindGroups } from "./b1-observability/logsBindGroups";
import { methodSettingsRequireSafeLogging } from "./b1-observability/methodSettingsRequireSafeLogging";
import { alertsBindDashboards } from "./b1-observability/alertsBindDashboards";
import { alertsBindMetrics } from "./b1-observability/alertsBindMetrics";
import { alertsBindPager } from "./b1-observability/alertsBindPager";
import { dashboardsBindStages } from "./b1-observability/dashboardsBindStages";
import { dataSourcesBindReaders } from "./b1-observability/dataSourcesBindReaders";
import {
  contactPointForbidsSecrets,
  dataSourceForbidsSecrets,
  grafanaTextsForbidSecrets,
} from "./b1-observability/forbidPlainSecrets";
import { orderedAlertsBindPager } from "./b1-observability/orderedAlertsBindPager";
import { ruleGroupRequiresRunbook } from "./b1-observability/ruleGroupRequiresRunbook";
import { pagerServicesBindPeople } from "./b1-observability/pagerServicesBindPeople";
import { grafanaBindsFolder, grafanaRequiresProvenance } from "./b1-observability/grafanaRequiresProvenance";
import { readersBindMetrics } from "./b1-observability/readersBindMetrics";
import { topicsBindPager } from "./b1-observability/topicsBindPager";
import { stageRequiresAccessLog } from "./b1-observability/stageRequiresAccessLog";
import { stageRequiresTracing } from "./b1-observability/stageRequiresTracing";
import { voiceStageRequiresAccessLog } from "./b1-observability/voiceStageRequiresAccessLog";
import { integrationsBindTimeouts } from "./b3-idempotency/integrationsBindTimeouts";
import { operationsRequireIdempotencyKey } from "./b3-idempotency/operationsRequireIdempotencyKey";
import { rightsBindData } from "./b3-idempotency/rightsBindData";
import { tableForbidsCopies } from "./b3-idempotency/tableForbidsCopies";
import { tableRequiresExpiry } from "./b3-idempotency/tableRequiresExpiry";
import { tableRequiresOnDemandBilling } from "./b3-idempotency/tableRequiresOnDemandBilling";
import { tableRequiresRecovery } from "./b3-idempotency/tableRequiresRecovery";
import { tablesBindKeys } from "./b3-idempotency/tablesBindKeys";
import { writtenBucketsBindKeys } from "./b3-idempotency/writtenBucketsBindKeys";
import { writtenBucketsRequireExpiry } from "./b3-idempotency/writtenBucketsRequireExpiry";
import { connectionRightsBindStages } from "./b4-limits/connectionRightsBindStages";
import { functionLimitsConcurrency } from "./b4-limits/functionLimitsConcurrency";
import { ipSetLimitsRange } from "./b4-limits/ipSetLimitsRange";
import { methodSettingsLimitRate } from "./b4-limits/methodSettingsLimitRate";
import { operationsBindThrottles } from "./b4-limits/operationsBindThrottles";
import { usagePlanRequiresQuota } from "./b4-limits/usagePlanRequiresQuota";
import { usagePlansBindKeys } from "./b4-limits/usagePlansBindKeys";
import { voiceStageLimitsRate } from "./b4-limits/voiceStageLimitsRate";
import { webAclBindsLog } from "./b4-limits/webAclBindsLog";
import { webAclBindsStage } from "./b4-limits/webAclBindsStage";
import { webAclLimitsCapacity } from "./b4-limits/webAclLimitsCapacity";
import { webAclRequiresDataProtection } from "./b4-limits/webAclRequiresDataProtection";
import { webAclRequiresGraduatedSteps } from "./b4-limits/webAclRequiresGraduatedSteps";
import { webAclRequiresManagedGroups } from "./b4-limits/webAclRequiresManagedGroups";
import { webAclRequiresMetrics } from "./b4-limits/webAclRequiresMetrics";
import { webAclRequiresVisionSizeCheck } from "./b4-limits/webAclRequiresVisionSizeCheck";
import {
  apiForbidsDefaultEndpoint,
  voiceApiForbidsDefaultEndpoint,
} from "./b5-tls/apiForbidsDefaultEndpoint";
import { apiRequiresStrictImport } from "./b5-tls/apiRequiresStrictImport";
import { authorizerLimitsScans } from "./b5-tls/authorizerLimitsScans";
import { authoritiesBindTrust } from "./b5-tls/authoritiesBindTrust";
import { authoritiesCountOneIssuing } from "./b5-tls/authoritiesCountOneIssuing";
import { authorityKeysBindSecrets } from "./b5-tls/authorityKeysBindSecrets";
import { callsBindFunctions } from "./b5-tls/callsBindFunctions";
import { certificateRequiresDnsValidation } from "./b5-tls/certificateRequiresDnsValidation";
import { certificatesBindDomains } from "./b5-tls/certificatesBindDomains";
import { certificatesCountThirteen } from "./b5-tls/certificatesCountThirteen";
import { imagesRequirePins } from "./b2-dast/imagesRequirePins";
import { scansBindAccount } from "./b2-dast/scansBindAccount";
import { scansLimitEgress } from "./b2-dast/scansLimitEgress";
import { scansRequireSchedule } from "./b2-dast/scansRequireSchedule";
import { clusterCertificateRequiresRenewal } from "./b5-tls/clusterCertificateRequiresRenewal";
import { configurationsRequireParts } from "./b5-tls/configurationsRequireParts";
import { domainRequiresMutualTls } from "./b5-tls/domainRequiresMutualTls";
import { domainRequiresTlsPolicy } from "./b5-tls/domainRequiresTlsPolicy";
import { domainsBindExpiryAlarm } from "./b5-tls/domainsBindExpiryAlarm";
import { domainsBindTruststore } from "./b5-tls/domainsBindTruststore";
import { domainsCountEighteen } from "./b5-tls/domainsCountEighteen";
import { issuerRequiresConstraints } from "./b5-tls/issuerRequiresConstraints";
import { issuersBindRoot } from "./b5-tls/issuersBindRoot";
import { issuersRecordBindsAuthority } from "./b5-tls/issuersRecordBindsAuthority";
import { keyRecordsBindKeys } from "./b5-tls/keyRecordsBindKeys";
import { leafLimitsLifetime } from "./b5-tls/leafLimitsLifetime";
import { namespacesBindNetworkPolicies } from "./b5-tls/namespacesBindNetworkPolicies";
import { operationsRequireGuards } from "./b5-tls/operationsRequireGuards";
import { privateKeyRequiresStrength } from "./b5-tls/privateKeyRequiresStrength";
import { recordsBindTables } from "./b5-tls/recordsBindTables";
import { revocationRecordsCountOne } from "./b5-tls/revocationRecordsCountOne";
import { secretsBindReaders } from "./b6-secrets/secretsBindReaders";
import { servicesRecordBindsAuthority } from "./b5-tls/servicesRecordBindsAuthority";
import { stageBindsDeployment } from "./b5-tls/stageBindsDeployment";
import { trustedTablesForbidWrites } from "./b5-tls/trustedTablesForbidWrites";
import { voiceConnectBindsAuthorizer } from "./b5-tls/voiceConnectBindsAuthorizer";
import { voiceDomainRequiresTlsPolicy } from "./b5-tls/voiceDomainRequiresTlsPolicy";
import { workloadForbidsPrivileges } from "./b5-tls/workloadForbidsPrivileges";
import { patchesRequireEvidence } from "./b6-secrets/patchesRequireEvidence";
import { sbomsRequireEvidence } from "./b6-secrets/sbomsRequireEvidence";
import { externalSecretsBindSecrets } from "./b6-secrets/externalSecretsBindSecrets";
import { functionsBindSboms } from "./b6-secrets/functionsBindSboms";
import { gatewayRightsBindRotations } from "./b6-secrets/gatewayRightsBindRotations";
import { resourcesLimitIgnoredChanges } from "./b6-secrets/resourcesLimitIgnoredChanges";
import { rotationLimitsInterval } from "./b6-secrets/rotationLimitsInterval";
import { secretRequiresClosedPolicy } from "./b6-secrets/secretRequiresClosedPolicy";
import { secretRequiresRecovery } from "./b6-secrets/secretRequiresRecovery";
import { secretValuesBindOwner } from "./b6-secrets/secretValuesBindOwner";
import { secretsBindKey } from "./b6-secrets/secretsBindKey";
import { secretsBindRotation } from "./b6-secrets/secretsBindRotation";
import { secretsBindUses } from "./b6-secrets/secretsBindUses";
import { valuesForbidPrivateKeys } from "./b6-secrets/valuesForbidPrivateKeys";
import { logsBindProtection } from "./b8-done/logsBindProtection";
import { breakersRequireEvidence } from "./b8-done/breakersRequireEvidence";
import { coverageRequiresEvidence } from "./b8-done/coverageRequiresEvidence";
import { errorsRequireEvidence } from "./b8-done/errorsRequireEvidence";
import { idempotencyRequiresEvidence } from "./b8-done/idempotencyRequiresEvidence";
import { latencyRequiresEvidence } from "./b8-done/latencyRequiresEvidence";
import { logsRequireEvidence } from "./b8-done/logsRequireEvidence";
import { rateLimitsRequireEvidence } from "./b8-done/rateLimitsRequireEvidence";
import { scansRequireEvidence } from "./b8-done/scansRequireEvidence";
import { stagingListsMissingEvidence } from "./b8-done/stagingListsMissingEvidence";
import { latencyBudgetLimitsHops, latencyBudgetsCountOne } from "./b8-done/latencyBudget";
import { bucketPolicyRequiresTls } from "./baseline/bucketPolicyRequiresTls";
import { bucketsRequireClosedSet } from "./baseline/bucketsRequireClosedSet";
import { functionForbidsSecrets } from "./baseline/functionForbidsSecrets";
import { functionPermissionRequiresSource } from "./baseline/functionPermissionRequiresSource";
import { functionRequiresOwnCode } from "./baseline/functionRequiresOwnCode";
import { functionRequiresSupportedRuntime } from "./baseline/functionRequiresSupportedRuntime";
import { functionsBindRoles } from "./baseline/functionsBindRoles";
import { keyRequiresRotation } from "./baseline/keyRequiresRotation";
import { roleRequiresBoundary } from "./baseline/roleRequiresBoundary";
import { rolePolicyForbidsWildcards } from "./baseline/rolePolicyForbidsWildcards";
import { rolePolicyRequiresKnownActions } from "./baseline/rolePolicyRequiresKnownActions";
import { logDeliveryForbidsStrangers } from "./baseline/logDeliveryForbidsStrangers";
import { roleRequiresKnownTrust } from "./baseline/roleRequiresKnownTrust";
import { topicPolicyForbidsStrangers } from "./baseline/topicPolicyForbidsStrangers";
import { topicRequiresEncryption } from "./baseline/topicRequiresEncryption";
import { topicsBindPolicy } from "./baseline/topicsBindPolicy";
import type { Context, PolicyDefinition } from "./lib/policy";

export const definitions: readonly PolicyDefinition[] = [
  // b0-guardrails
  productionRequiresLetter,
  stackBindsFacts,
  aliasesForbidOtherStacks,
  statefulResourcesRequireProtection,
  providerRequiresOneAccount,
  resourcesBindOneProvider,
  serviceProviderRequiresTls,
  resourcesForbidUnjudgedTypes,
  componentRequiresClauses,
  exceptionsRequireRecord,
  exceptionsListUse,
  evidenceBucketRequiresLock,
  evidenceBucketBindsKey,
  evidenceBucketForbidsChanges,
  evidenceBindsChannel,
  // b1-observability
  stageRequiresAccessLog,
  voiceStageRequiresAccessLog,
  stageRequiresTracing,
  methodSettingsRequireSafeLogging,
  apiRequiresProblemAnswers,
  logGroupRequiresRetention,
  logsBindGroups,
  functionRequiresTracing,
  dashboardsBindStages,
  dataSourcesBindReaders,
  dataSourceForbidsSecrets,
  grafanaTextsForbidSecrets,
  orderedAlertsBindPager,
  alertsBindPager,
  ruleGroupRequiresRunbook,
  alertsBindDashboards,
  alertsBindMetrics,
  contactPointForbidsSecrets,
  pagerServicesBindPeople,
  topicsBindPager,
  readersBindMetrics,
  grafanaRequiresProvenance,
  grafanaBindsFolder,
  metricFiltersBindLogs,
  logSubscriptionsBindFunctions,
  invocationsBindFunctions,
  // b2-dast
  scansRequireSchedule,
  scansLimitEgress,
  scansBindAccount,
  imagesRequirePins,
  // b3-idempotency
  tablesBindKeys,
  tableRequiresRecovery,
  tableRequiresExpiry,
  tableRequiresOnDemandBilling,
  tableForbidsCopies,
  rightsBindData,
  writtenBucketsBindKeys,
  writtenBucketsRequireExpiry,
  operationsRequireIdempotencyKey,
  integrationsBindTimeouts,
  // b4-limits
  usagePlanRequiresQuota,
  usagePlansBindKeys,
  methodSettingsLimitRate,
  operationsBindThrottles,
  webAclRequiresGraduatedSteps,
  webAclRequiresVisionSizeCheck,
  webAclLimitsCapacity,
  webAclRequiresManagedGroups,
  ipSetLimitsRange,
  webAclRequiresMetrics,
  webAclRequiresDataProtection,
  webAclBindsStage,
  webAclBindsLog,
  voiceStageLimitsRate,
  functionLimitsConcurrency,
  connectionRightsBindStages,
  // b5-tls
  certificatesCountThirteen,
  certificateRequiresDnsValidation,
  certificatesBindDomains,
  domainsCountEighteen,
  configurationsRequireParts,
  domainsBindExpiryAlarm,
  domainRequiresMutualTls,
  domainRequiresTlsPolicy,
  voiceDomainRequiresTlsPolicy,
  domainsBindTruststore,
  apiForbidsDefaultEndpoint,
  voiceApiForbidsDefaultEndpoint,
  apiRequiresStrictImport,
  operationsRequireGuards,
  callsBindFunctions,
  stageBindsDeployment,
  voiceConnectBindsAuthorizer,
  privateKeyRequiresStrength,
  issuerRequiresConstraints,
  issuersBindRoot,
  leafLimitsLifetime,
  authoritiesCountOneIssuing,
  authorizerLimitsScans,
  authoritiesBindTrust,
  authorityKeysBindSecrets,
  recordsBindTables,
  issuersRecordBindsAuthority,
  servicesRecordBindsAuthority,
  revocationRecordsCountOne,
  keyRecordsBindKeys,
  trustedTablesForbidWrites,
  clusterCertificateRequiresRenewal,
  namespacesBindNetworkPolicies,
  workloadForbidsPrivileges,
  // b6-secrets
  secretsBindRotation,
  rotationLimitsInterval,
  secretsBindKey,
  secretRequiresClosedPolicy,
  secretRequiresRecovery,
  secretsBindUses,
  secretValuesBindOwner,
  resourcesLimitIgnoredChanges,
  secretsBindReaders,
  valuesForbidPrivateKeys,
  gatewayRightsBindRotations,
  externalSecretsBindSecrets,
  functionsBindSboms,
  sbomsRequireEvidence,
  patchesRequireEvidence,
  // b8-done
  latencyBudgetLimitsHops,
  latencyBudgetsCountOne,
  logsBindProtection,
  latencyRequiresEvidence,
  errorsRequireEvidence,
  logsRequireEvidence,
  coverageRequiresEvidence,
  scansRequireEvidence,
  idempotencyRequiresEvidence,
  breakersRequireEvidence,
  rateLimitsRequireEvidence,
  stagingListsMissingEvidence,
  // baseline
  functionRequiresSupportedRuntime,
  functionRequiresOwnCode,
  functionForbidsSecrets,
  functionPermissionRequiresSource,
  roleRequiresKnownTrust,
  roleRequiresBoundary,
  rolePolicyForbidsWildcards,
  rolePolicyRequiresKnownActions,
  functionsBindRoles,
  keyRequiresRotation,
  logDeliveryForbidsStrangers,
  topicRequiresEncryption,
  topicPolicyForbidsStrangers,
  topicsBindPolicy,
  bucketsRequireClosedSet,
  bucketPolicyRequiresTls,
];

/** The policies as `@pulumi/policy` takes them. */
export function buildPolicies(given: Omit<Context, "policyNames">): Policies {
  const context = { ...given, policyNames: definitions.map(({ name }) => name) };
  return definitions.map((definition) => definition.build(context));
}
