/**
 * What is used of the client, for those who load it late: of a package that is imported as a whole when it runs, the
 * bundler can't tell what nobody needs.
 */
export { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
