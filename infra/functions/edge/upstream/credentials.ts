/** Whom a call believes, and how it says who it is. PEM. */
export interface Credentials {
  /** The authorities of upstreams' certificates; no other counts. */
  readonly ca: string;
  /** Shown to upstreams that ask who calls: the leaf and what stands between it and the root. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
}

/** Where a sender gets them from, at each request. */
export interface CredentialSource {
  /** The same object as long as nothing has changed; rejects while there are none. */
  current(): Promise<Credentials>;
  /** An upstream's certificate, or ours, was refused: what is known may be of yesterday. */
  onTlsFailure(): void;
}

/** For whoever knows them once and for all. */
export const fixedCredentials = (credentials: Credentials): CredentialSource => ({
  current: () => Promise.resolve(credentials),
  onTlsFailure: () => undefined,
});
