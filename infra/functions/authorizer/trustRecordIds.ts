/**
 * Items of the table of trust, each with one owner:
 *
 * | `id`                    | attributes                                                               | owner                                   |
 * | ----------------------- | ------------------------------------------------------------------------ | --------------------------------------- |
 * | `issuers`               | `pems`: certificates of the clients' issuers, one after another          | the program                             |
 * | `services`              | `pems`: certificates of the services' issuers and of the roots above them | the program                             |
 * | `revocation`            | `revoked`: a set of `<issuer's key id>:<serial>`, if any                 | who revokes; the program seeds it empty |
 * | `client#<client>`       | `keyDigests`: a set of SHA-256 of the live keys, hex                     | who rotates keys; the program seeds it  |
 * | `certificates#<client>` | `issued`: a set of `<issuer's key id>:<serial>:<end, epoch ms>`          | who enrols                              |
 */
export const ISSUERS_ID = "issuers";
export const SERVICES_ID = "services";
export const REVOCATION_ID = "revocation";
export const clientRecordId = (clientId: string): string => `client#${clientId}`;
export const certificatesRecordId = (clientId: string): string => `certificates#${clientId}`;
