import { IMAGES, UNPINNED, type ImageName, type Pins } from "./pins";

/** Pins as tests need them: made up, and those that are named unpinned. */
export const somePins = (...unpinned: readonly ImageName[]): Pins => ({
  images: Object.fromEntries(
    IMAGES.map((name) => {
      const image = { image: `registry.example.com/${name}`, version: "v1.2.3" };
      return [
        name,
        unpinned.includes(name)
          ? { ...image, digest: UNPINNED }
          : {
              ...image,
              digest: `sha256:${"0".repeat(64)}`,
              lookedUp: { on: "2026-11-26", by: "registry", how: "made up for a test" },
            },
      ];
    }),
  ) as Pins["images"],
  actions: {},
});
