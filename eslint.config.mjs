import js from "@eslint/js";
import tseslint from "typescript-eslint";
import vitest from "@vitest/eslint-plugin";

export default tseslint.config(
  { ignores: ["**/node_modules/**", "**/.cache/**", "**/.build/**", "**/.local/**", "test/fixtures/**"] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_$" }],
      // A type escape is a hole in a control; it is refused, never explained away.
      "@typescript-eslint/ban-ts-comment": [
        "error",
        { "ts-expect-error": true, minimumDescriptionLength: 3 },
      ],
      "@typescript-eslint/no-non-null-assertion": "error",
      eqeqeq: "error",
      "no-console": "off",
    },
  },
  { files: ["**/*.mjs"], languageOptions: { globals: { console: "readonly", process: "readonly" } } },
  {
    // Auditors must not be shown a mirror: the pack judges the program without reading any of its code.
    files: ["policies/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: ["**/infra/**", "**/stacks/**", "**/cli/**"],
              message: "policies import nothing from the program.",
            },
          ],
        },
      ],
    },
  },
  {
    // Code that runs in Lambda never sees Pulumi.
    files: ["infra/functions/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["@pulumi/*"], message: "Function code never imports Pulumi." }] },
      ],
    },
  },
  {
    files: ["**/*.test.ts", "**/*.mutation.ts"],
    plugins: { vitest },
    rules: {
      ...vitest.configs.recommended.rules,
      "vitest/no-focused-tests": "error",
      // A test that cannot run says why at run time (context.skip(reason)); a silent skip is an error.
      "vitest/no-disabled-tests": "error",
      "vitest/expect-expect": [
        "error",
        { assertFunctionNames: ["expect", "expect*", "assert*", "fc.assert"] },
      ],
    },
  },
);
