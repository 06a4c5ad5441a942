/**
 * The quota of a client's usage plan: the contract's plus a margin. Usage plans are best effort, so the plan is the
 * backstop; a plan at the contract's own number would refuse requests that the contract grants.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
 */
export function planQuota(monthlyQuotaRequests: number, marginPercent: number): number {
  return monthlyQuotaRequests + Math.ceil((monthlyQuotaRequests * marginPercent) / 100);
}
