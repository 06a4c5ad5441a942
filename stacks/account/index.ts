import { account, asAPersonReads } from "../account";

/** The entry point of the account's own project. */
export = async () => asAPersonReads(account);
