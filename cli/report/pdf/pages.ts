/** What was ordered of Informe B (B7.1): so many pages, the annex's not counted. */
export const BODY_PAGES = { least: 2, most: 3 } as const;

/**
 * How many pages a PDF of Chromium's has. Its writer leaves page objects outside of compressed streams
 * (https://source.chromium.org/chromium/chromium/src/+/main:third_party/skia/src/pdf/SkPDFDocument.cpp).
 */
export const pagesOf = (pdf: Uint8Array): number =>
  Buffer.from(pdf)
    .toString("latin1")
    .match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0;

export const isWithin = (pages: number): boolean => pages >= BODY_PAGES.least && pages <= BODY_PAGES.most;
