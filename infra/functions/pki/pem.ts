/** A request or a certificate of an RSA-4096 key with many names takes less than 4 KiB. */
export const MAX_PEM_CHARACTERS = 8_192;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a chain, each in a block of its own that ends with a line break. */
export const certificatesIn = (pems: string): readonly string[] =>
  (pems.match(CERTIFICATE) ?? []).map((pem) => `${pem}\n`);

export function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
