/**
 * Items of the table of trust, each with one owner:
 *
 * | `id`              | attributes                                                      | owner                                  |
 * | ----------------- | --------------------------------------------------------------- | -------------------------------------- |
 * | `issuers`         | `pems`: certificates of the clients' issuers, one after another | the program                            |
 * | `revocation`      | `revoked`: a set of `<issuer's key id>:<serial>`, if any        | who revokes; the program seeds it empty |
 * | `client#<client>` | `keyDigests`: a set of SHA-256 of the live keys, hex            | who rotates keys; the program seeds it |
 */
export const ISSUERS_ID = "issuers";
export const REVOCATION_ID = "revocation";
export const clientRecordId = (clientId: string): string => `client#${clientId}`;
